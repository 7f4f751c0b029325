using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Evaluation;

/// <summary>The smallest box around the joints that have a position.</summary>
public static class BoxOfJoints
{
    /// <summary>Pixels; <see cref="BoundingBox.None"/> when no joint has a position.</summary>
    public static BoundingBox Around(IReadOnlyList<Keypoint> joints)
    {
        float left = float.PositiveInfinity, top = float.PositiveInfinity, right = float.NegativeInfinity, bottom = float.NegativeInfinity;
        foreach (Keypoint joint in joints)
        {
            if (joint.IsFound)
            {
                (left, right) = (Math.Min(left, joint.X), Math.Max(right, joint.X));
                (top, bottom) = (Math.Min(top, joint.Y), Math.Max(bottom, joint.Y));
            }
        }

        return left <= right ? new(left, top, right, bottom) : BoundingBox.None;
    }
}
