using System.Globalization;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// What a family expects of one kind of network (outputs by role, parameters, rules of its own), and the parser that reads them. The
/// file of a family defines it as <c>Family</c> beside its parser; <see cref="ModelFamilies"/> lists them.
/// </summary>
public sealed record ModelFamily
{
    /// <summary>The word in <c>family</c>, for example <c>movenet-heads</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One line for people.</summary>
    public required string Summary { get; init; }

    /// <summary>Outputs the family knows, in the order in which they are numbered.</summary>
    public required IReadOnlyList<OutputRole> Roles { get; init; }

    /// <summary>Decoder parameters the family knows.</summary>
    public IReadOnlyList<DecoderParameter> Parameters { get; init; } = [];

    /// <summary>
    /// True for networks that look for one person: on video they may look around where that person was in the frame before (crop
    /// region).
    /// </summary>
    public bool FollowsOnePerson { get; init; }

    /// <summary>True where the first and the last cell lie on the first and the last pixel: sides are a multiple of the stride plus 1.</summary>
    public bool AlignsCorners { get; init; }

    /// <summary>What becomes of <see cref="ModelDescription.Limbs"/>.</summary>
    public LimbUse Limbs { get; init; }

    /// <summary>True for networks that find boxes, not joints; their packages need no skeleton.</summary>
    public bool IsDetector => CreateDetector is not null;

    /// <summary>True for networks that look at a crop around one person and so go with a detector.</summary>
    public bool IsTopDown => CreateCropParser is not null;

    /// <summary>Rules of this family that no single field can state; asked only when every parameter is right by itself.</summary>
    internal Func<ModelDescription, IEnumerable<string>> Rules { get; init; } = static _ => [];

    /// <summary>Rules for the shapes of one image's outputs that no single axis can state; asked only when every axis is right by itself.</summary>
    internal Func<ModelDescription, IReadOnlyList<IReadOnlyList<int>>, IEnumerable<string>> ShapeRules { get; init; } = static (_, _) => [];

    /// <summary>Makes the parser of a family that looks at whole frames; null for the other two kinds.</summary>
    internal Func<ParserContract, IPoseParser>? CreateParser { get; init; }

    /// <summary>Makes the parser of a top-down family; null for the other two kinds.</summary>
    internal Func<ParserContract, ICropParser>? CreateCropParser { get; init; }

    /// <summary>Makes the parser of a detector; null for the other two kinds.</summary>
    internal Func<ParserContract, IPersonDetector>? CreateDetector { get; init; }

    /// <summary>The parameter of that name, or null.</summary>
    public DecoderParameter? FindParameter(string name)
    {
        foreach (DecoderParameter parameter in Parameters)
        {
            if (parameter.Name == name)
            {
                return parameter;
            }
        }

        return null;
    }

    /// <summary>The output of that name, or null.</summary>
    public OutputRole? FindRole(string name) => Roles.FirstOrDefault(role => role.Name == name);

    /// <summary>Rules that no single field can state: returns one sentence for each one broken.</summary>
    internal IEnumerable<string> Problems(ModelDescription model)
    {
        string[] problems =
        [
            .. Parameters
                .Where(parameter => parameter.IsWhole && model.DecoderNumber(parameter.Name) % 1 != 0)
                .Select(parameter => string.Create(
                    CultureInfo.InvariantCulture,
                    $"$.decoder.{parameter.Name}: must be a whole number, not {model.DecoderNumber(parameter.Name)}")),
        ];
        return problems.Length > 0 ? problems : Rules(model);
    }

    /// <summary>The default of a number.</summary>
    /// <exception cref="ArgumentException">The family has no number of that name, or one without a default.</exception>
    internal double DefaultNumber(string name) => FindParameter(name)?.Default as double?
        ?? throw new ArgumentException($"Family {Name} has no number '{name}' with a default.", nameof(name));
}
