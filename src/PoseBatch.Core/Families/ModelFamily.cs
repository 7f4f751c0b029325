using System.Globalization;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>What a family expects of one kind of network: its outputs by role, its decoder parameters, its own rules.</summary>
public sealed record ModelFamily
{
    /// <summary>The word in <c>family</c>, for example <c>movenet-heads</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One line for people.</summary>
    public required string Summary { get; init; }

    /// <summary>False while PoseBatch can describe and run such a network but not yet read its outputs.</summary>
    public bool HasParser => PoseParsers.Knows(Name) || IsTopDown || IsDetector;

    /// <summary>True for networks that find boxes, not joints; their packages need no skeleton.</summary>
    public bool IsDetector { get; init; }

    /// <summary>True for networks that look at a crop around one person and so go with a detector.</summary>
    public bool IsTopDown { get; init; }

    /// <summary>Outputs the family knows, in the order in which they are numbered.</summary>
    public required IReadOnlyList<OutputRole> Roles { get; init; }

    /// <summary>Decoder parameters the family knows.</summary>
    public IReadOnlyList<DecoderParameter> Parameters { get; init; } = [];

    /// <summary>Rules of this family that no single field can state; asked only when every parameter is right by itself.</summary>
    internal Func<ModelDescription, IEnumerable<string>> OwnRules { get; init; } = static _ => [];

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

    /// <summary>Rules that no single field can state: returns one sentence for each one broken.</summary>
    internal IEnumerable<string> FurtherRules(ModelDescription model)
    {
        string[] problems =
        [
            .. Parameters
                .Where(parameter => parameter.IsWhole && model.DecoderNumber(parameter.Name) % 1 != 0)
                .Select(parameter => string.Create(
                    CultureInfo.InvariantCulture,
                    $"$.decoder.{parameter.Name}: must be a whole number, not {model.DecoderNumber(parameter.Name)}")),
        ];
        return problems.Length > 0 ? problems : OwnRules(model);
    }

    /// <summary>The default of a number.</summary>
    /// <exception cref="ArgumentException">The family has no number of that name, or one without a default.</exception>
    internal double DefaultNumber(string name) => FindParameter(name)?.Default as double?
        ?? throw new ArgumentException($"Family {Name} has no number '{name}' with a default.", nameof(name));
}

/// <summary>One output a family knows.</summary>
/// <param name="Name">The key in <c>outputs</c>, for example <c>heatmap</c>.</param>
/// <param name="IsRequired">Whether the parser cannot do without it.</param>
/// <param name="IsMap">
/// True: a map with channel, row and column axes in either layout. False: layout <c>plain</c>, axes as listed.
/// </param>
/// <param name="Axes">Axes of one image, batch removed: channels, rows, columns for a map, else in the tensor's order.</param>
/// <param name="Meaning">What the numbers are.</param>
public sealed record OutputRole(string Name, bool IsRequired, bool IsMap, IReadOnlyList<AxisRule> Axes, string Meaning);

/// <summary>How long one axis of an output must be.</summary>
/// <param name="Words">The rule for people, for example "2 per joint".</param>
/// <param name="Length">The length for a description, or null where any length will do.</param>
public sealed record AxisRule(string Words, Func<ModelDescription, int?> Length);

/// <summary>One parameter of a family's <c>decoder</c> section: a number within limits or one word of a list.</summary>
/// <param name="Name">The key.</param>
/// <param name="Default">Value when the file leaves it out, a <see cref="double"/> or a <see cref="string"/>; null makes it required.</param>
/// <param name="Minimum">Smallest number.</param>
/// <param name="Maximum">Largest number.</param>
/// <param name="Words">The words allowed; null for a number.</param>
/// <param name="Meaning">Meaning and unit.</param>
/// <param name="IsWhole">True for a number that must be whole.</param>
public sealed record DecoderParameter(
    string Name, object? Default, double Minimum, double Maximum, IReadOnlyList<string>? Words, string Meaning, bool IsWhole = false);
