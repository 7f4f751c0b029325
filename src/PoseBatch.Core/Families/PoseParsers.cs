using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>Parsers of whole-frame families.</summary>
public static class PoseParsers
{
    /// <summary>Makes the parser of a model, for one worker.</summary>
    /// <param name="model">Family, roles, decoder parameters, skeleton and input size are read from here.</param>
    /// <param name="outputShapes">Shapes of one image's outputs, batch dimension removed, in the order of the roles.</param>
    /// <exception cref="PoseBatchException">
    /// model_mismatch: unknown family, a missing role, a shape or a decoder parameter that does not fit, or an unknown one.
    /// </exception>
    public static IPoseParser Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes) =>
        ModelFamilies.Find(model.Family) is { CreateParser: { } create }
            ? create(new(model, outputShapes))
            : throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"Model '{model.Name}' is of the family '{model.Family}', which has no parser.",
                $"Families with a parser: {ModelFamilies.Names(family => family.CreateParser is not null)}.");
}
