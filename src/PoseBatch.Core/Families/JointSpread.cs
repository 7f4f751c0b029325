using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>How far people disagree on where a joint is, as COCO measured it: the sigmas of OKS (docs/spec, 2).</summary>
internal static class JointSpread
{
    /// <summary>For a joint COCO does not know: the mean of those it knows.</summary>
    public const double Default = 0.067;

    // In the order of Skeletons.Coco17.
    private static readonly double[] Coco =
        [.026, .025, .025, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089];

    /// <summary>One sigma per joint, by its name.</summary>
    public static double[] Of(Skeleton skeleton) => [.. skeleton.Keypoints.Select(Of)];

    private static double Of(string joint)
    {
        for (int i = 0; i < Coco.Length; i++)
        {
            if (Skeletons.Coco17.Keypoints[i] == joint)
            {
                return Coco[i];
            }
        }

        return Default;
    }
}
