using PoseBatch.Poses;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>The person's own left or right, or neither.</summary>
public enum BodySide
{
    /// <summary>On the midline, or joining the two sides.</summary>
    Middle,

    /// <summary>The person's left.</summary>
    Left,

    /// <summary>The person's right.</summary>
    Right,
}

/// <summary>Sides of joints and bones, read from the skeleton's pairs: no joint is known by its name.</summary>
public static class BodySides
{
    /// <summary>The side of a joint.</summary>
    public static BodySide OfJoint(Skeleton skeleton, int joint)
    {
        ArgumentNullException.ThrowIfNull(skeleton);
        foreach ((int left, int right) in skeleton.SwapPairs)
        {
            if (joint == left || joint == right)
            {
                return joint == left ? BodySide.Left : BodySide.Right;
            }
        }

        return BodySide.Middle;
    }

    /// <summary>A bone belongs to a side if one of its ends does; one from left to right is in the middle.</summary>
    public static BodySide OfBone(Skeleton skeleton, int from, int to) => (OfJoint(skeleton, from), OfJoint(skeleton, to)) switch
    {
        (BodySide.Middle, BodySide side) => side,
        (BodySide side, BodySide.Middle) => side,
        (BodySide one, BodySide other) => one == other ? one : BodySide.Middle,
    };
}
