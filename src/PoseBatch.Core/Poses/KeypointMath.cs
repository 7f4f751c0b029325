using PoseBatch.Geometry;

namespace PoseBatch.Poses;

/// <summary>The few sums all families share.</summary>
internal static class KeypointMath
{
    /// <summary>
    /// <c>1 / (1 + exp(-logit))</c>; exactly 1 from about 17.3 on, so never compare after it (docs/spec, 1.2).
    /// </summary>
    public static float Sigmoid(float logit) => 1f / (1f + MathF.Exp(-logit));

    /// <summary>
    /// A keypoint, or <see cref="Keypoint.NotFound"/> when a coordinate is not a finite number or the score is no number.
    /// </summary>
    public static Keypoint At(float x, float y, float score) =>
        float.IsFinite(x) && float.IsFinite(y) && !float.IsNaN(score) ? new(x, y, score) : Keypoint.NotFound;

    /// <summary>Carries every found keypoint from model pixels to frame pixels, in place.</summary>
    public static void ToFrame(Span<Keypoint> keypoints, in AffineMap modelToFrame, PixelOrigin origin)
    {
        foreach (ref Keypoint keypoint in keypoints)
        {
            if (keypoint.IsFound)
            {
                (float x, float y) = modelToFrame.ToFrame(origin, keypoint.X, keypoint.Y);
                keypoint = At(x, y, keypoint.Score);
            }
        }
    }

    /// <summary>The smallest box that holds all joints with a position; <see cref="BoundingBox.None"/> when there are none.</summary>
    public static BoundingBox Extent(ReadOnlySpan<Keypoint> keypoints)
    {
        BoundingBox extent = BoundingBox.None;
        foreach (Keypoint keypoint in keypoints)
        {
            if (keypoint.IsFinite)
            {
                extent = extent.Including(keypoint.X, keypoint.Y);
            }
        }

        return extent;
    }

    /// <summary>Mean score of all keypoints; those not found count as 0.</summary>
    public static float MeanScore(ReadOnlySpan<Keypoint> keypoints)
    {
        float sum = 0;
        foreach (Keypoint keypoint in keypoints)
        {
            sum += keypoint.Score;
        }

        return keypoints.IsEmpty ? 0 : sum / keypoints.Length;
    }

    /// <summary>Mean score of the found keypoints; 0 when there are none.</summary>
    public static float MeanScoreOfFound(ReadOnlySpan<Keypoint> keypoints)
    {
        float sum = 0;
        int count = 0;
        foreach (Keypoint keypoint in keypoints)
        {
            if (keypoint.IsFound)
            {
                sum += keypoint.Score;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
