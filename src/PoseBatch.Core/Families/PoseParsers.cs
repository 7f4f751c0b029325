using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>The parsers by family. A new family is one parser file, one line here and one entry in <see cref="ModelFamilies"/>.</summary>
public static class PoseParsers
{
    private static readonly Dictionary<string, Func<ParserContract, IPoseParser>> Families = new(StringComparer.Ordinal)
    {
        ["posenet"] = contract => new PoseNetParser(contract),
        ["movenet-heads"] = contract => new MoveNetHeadsParser(contract),
        ["movenet-points"] = contract => new MoveNetPointsParser(contract),
        ["movenet-multi"] = contract => new MoveNetMultiParser(contract),
        ["movenet-multi-heads"] = contract => new MoveNetMultiHeadsParser(contract),
        ["yolo-pose"] = contract => new YoloPoseParser(contract),
        ["openpose-paf"] = contract => new OpenPosePafParser(contract),
        ["tfpose-paf"] = contract => new TfPosePafParser(contract),
        ["centernet-pose"] = contract => new CenterNetParser(contract),
    };

    /// <summary>Names of all families that have a parser, in ordinal order.</summary>
    public static IEnumerable<string> FamilyNames => Families.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether a family has a parser.</summary>
    public static bool Knows(string family) => Families.ContainsKey(family);

    /// <summary>Makes the parser of a model, for one worker.</summary>
    /// <param name="model">Family, roles, decoder parameters, skeleton and input size are read from here.</param>
    /// <param name="outputShapes">Shapes of one image's outputs, batch dimension removed, in the order of the roles.</param>
    /// <exception cref="PoseBatchException">
    /// model_mismatch: unknown family, a missing role, a shape or a decoder parameter that does not fit, or an unknown one.
    /// </exception>
    public static IPoseParser Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        if (!Families.TryGetValue(model.Family, out Func<ParserContract, IPoseParser>? create))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"Model '{model.Name}' is of the family '{model.Family}', which has no parser.",
                $"Families with a parser: {string.Join(", ", FamilyNames)}.");
        }

        return create(new ParserContract(model, outputShapes));
    }
}
