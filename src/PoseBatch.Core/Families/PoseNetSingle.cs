using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>PoseNet, one person per picture (docs/spec, 3).</summary>
internal static class PoseNetSingle
{
    /// <summary>Finds each joint where its own map peaks; always one pose, however weak.</summary>
    /// <param name="heatmap">Logits [h,w,K]; the peak is searched here, before the sigmoid makes ties of high values.</param>
    /// <param name="heatmapShape">How they lie.</param>
    /// <param name="offset">Input pixels [h,w,2K]: first K channels of dy, then K of dx.</param>
    /// <param name="offsetShape">How they lie; the same grid.</param>
    /// <param name="outputStride">Input pixels per cell; cell 0 is input pixel 0.</param>
    /// <param name="peaks">Scratch, one per joint.</param>
    /// <param name="keypoints">
    /// Receives K joints in model pixels, not clamped; the score is the sigmoid of the peak. A map of NaN gives
    /// <see cref="Keypoint.NotFound"/>, and so does an offset that is not finite.
    /// </param>
    /// <returns>The pose score: the mean of the K scores.</returns>
    public static float Parse(
        ReadOnlySpan<float> heatmap, HeatmapShape heatmapShape, ReadOnlySpan<float> offset, HeatmapShape offsetShape,
        int outputStride, Span<int> peaks, Span<Keypoint> keypoints)
    {
        HeatmapPeaks.Find(heatmap, heatmapShape, peaks);
        int jointCount = heatmapShape.Channels;
        for (int joint = 0; joint < jointCount; joint++)
        {
            int cell = peaks[joint];
            if (cell < 0)
            {
                keypoints[joint] = Keypoint.NotFound;
                continue;
            }

            (int row, int column) = int.DivRem(cell, heatmapShape.Width);
            float x = (column * outputStride) + offset[offsetShape[jointCount + joint, cell]];
            float y = (row * outputStride) + offset[offsetShape[joint, cell]];
            keypoints[joint] = KeypointMath.At(x, y, KeypointMath.Sigmoid(heatmap[heatmapShape[joint, cell]]));
        }

        return KeypointMath.MeanScore(keypoints[..jointCount]);
    }
}
