using System.Globalization;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>One output a family knows.</summary>
/// <param name="Name">The key in <c>outputs</c>, for example <c>heatmap</c>.</param>
/// <param name="IsMap">
/// True: a map with channel, row and column axes in either layout. False: layout <c>plain</c>, axes as listed.
/// </param>
/// <param name="Axes">Axes of one image, batch removed: channels, rows, columns for a map, else in the tensor's order.</param>
/// <param name="Meaning">What the numbers are.</param>
public sealed record OutputRole(string Name, bool IsMap, IReadOnlyList<AxisRule> Axes, string Meaning)
{
    /// <summary>Whether the parser cannot do without it.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>Whether NaN says that there is nothing, and so is no fault of the network.</summary>
    public bool HasGaps { get; init; }

    /// <summary>Whether the numbers may be integers, as class indices are.</summary>
    public bool IsWhole { get; init; }

    /// <summary>A stack of maps with one cell per stride.</summary>
    internal static OutputRole Map(string name, AxisRule channels, string meaning) =>
        new(name, IsMap: true, [channels, CellGrid.Rows, CellGrid.Columns], meaning);

    /// <summary>An array whose axes stand in the order given.</summary>
    internal static OutputRole Plain(string name, IReadOnlyList<AxisRule> axes, string meaning) => new(name, IsMap: false, axes, meaning);
}

/// <summary>How long one axis of an output must be.</summary>
/// <param name="Words">The rule for people, for example "2 per joint".</param>
/// <param name="Length">The length for a description, or null where any length will do.</param>
public sealed record AxisRule(string Words, Func<ModelDescription, int?> Length)
{
    /// <summary>Whether the length may be another in every run; a shape has -1 there then.</summary>
    public bool Varies { get; init; }

    /// <summary>Whatever the network has.</summary>
    /// <param name="words">What it counts.</param>
    internal static AxisRule Free(string words) => new(words, static _ => null);

    /// <summary>As many as the network finds in a picture: no length at all, where the file leaves it free.</summary>
    /// <param name="words">What it counts.</param>
    internal static AxisRule Found(string words) => Free(words) with { Varies = true };

    /// <summary>One length for all models.</summary>
    internal static AxisRule Exactly(int length) => new(length.ToString(CultureInfo.InvariantCulture), _ => length);

    /// <summary>A multiple of the number of joints.</summary>
    internal static AxisRule PerJoint(int count) => new($"{count} per joint", model => count * model.Skeleton.KeypointCount);
}
