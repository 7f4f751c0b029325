namespace PoseBatch.Poses;

/// <summary>One joint of one person.</summary>
/// <param name="X">Pixels right of the centre of the frame's left-most pixel column; may lie outside the frame; NaN when not found.</param>
/// <param name="Y">Pixels below the centre of the frame's top pixel row; may lie outside the frame; NaN when not found.</param>
/// <param name="Score">The model's confidence, usually 0 to 1. A joint that was not found keeps its place with score 0.</param>
public readonly record struct Keypoint(float X, float Y, float Score)
{
    /// <summary>A joint without any comparable evidence: NaN position, score 0 (docs/spec, 1.2).</summary>
    public static Keypoint NotFound { get; } = new(float.NaN, float.NaN, 0f);

    /// <summary>Whether the joint has a position.</summary>
    public bool IsFound => !float.IsNaN(X) && !float.IsNaN(Y);

    /// <summary>Whether the joint has a position that can be calculated with; an infinite one cannot.</summary>
    public bool IsFinite => float.IsFinite(X) && float.IsFinite(Y);
}
