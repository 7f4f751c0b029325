namespace PoseBatch.Geometry;

/// <summary>An axis-parallel box, left and top below right and bottom. Frame pixels unless a member says otherwise.</summary>
public readonly record struct BoundingBox(float XMin, float YMin, float XMax, float YMax)
{
    /// <summary>No box: the model gives none. All four sides are NaN and become null in the table.</summary>
    public static BoundingBox None { get; } = new(float.NaN, float.NaN, float.NaN, float.NaN);

    /// <summary>False for <see cref="None"/>.</summary>
    public bool IsKnown => !float.IsNaN(XMin);

    /// <summary>Right minus left.</summary>
    public float Width => XMax - XMin;

    /// <summary>Bottom minus top.</summary>
    public float Height => YMax - YMin;

    /// <summary>The smallest box that holds this one and a point, which must be finite.</summary>
    public BoundingBox Including(float x, float y) => IsKnown
        ? new(Math.Min(XMin, x), Math.Min(YMin, y), Math.Max(XMax, x), Math.Max(YMax, y))
        : new(x, y, x, y);

    /// <summary>The smallest box that holds both; an unknown one adds nothing.</summary>
    public BoundingBox Union(BoundingBox other) => !IsKnown ? other : !other.IsKnown ? this : new(
        Math.Min(XMin, other.XMin), Math.Min(YMin, other.YMin), Math.Max(XMax, other.XMax), Math.Max(YMax, other.YMax));
}
