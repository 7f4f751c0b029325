using PoseBatch.Geometry;

namespace PoseBatch.Families;

/// <summary>One box of a detector. Sorts by falling score; equal scores by the row of the output they came from.</summary>
/// <param name="Box">Pixels of the space the caller works in.</param>
/// <param name="Score">What the boxes are ordered by.</param>
/// <param name="Class">Class index.</param>
/// <param name="ClassScore">Score of the class alone, where the family has one.</param>
/// <param name="Row">Row of the output.</param>
internal readonly record struct Detection(BoundingBox Box, float Score, int Class, float ClassScore, int Row)
    : IComparable<Detection>
{
    /// <inheritdoc/>
    public int CompareTo(Detection other)
    {
        int byScore = other.Score.CompareTo(Score);
        return byScore != 0 ? byScore : Row.CompareTo(other.Row);
    }
}
