namespace PoseBatch.Poses;

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
}
