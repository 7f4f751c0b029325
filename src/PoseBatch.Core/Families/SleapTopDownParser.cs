using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>sleap-topdown</c> (docs/spec, 13.8): an export of sleap-nn that finds centroids, cuts its own crops and reads them. Several
/// individuals, in a fixed number of rows of which those without a centroid are zeros.
/// </summary>
internal sealed class SleapTopDownParser : IPoseParser
{
    /// <summary>sleap-nn, centroid and centered instance in one graph.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "sleap-topdown",
        Summary = "finished peaks of an export of sleap-nn that has centroid and centered instance in one graph; several individuals",
        Roles =
        [
            OutputRole.Plain(
                "peaks", [AxisRule.Found("individuals"), AxisRule.PerJoint(1), AxisRule.Exactly(2)],
                "x, y in input pixels; not a number where there is no peak") with { HasGaps = true },
            OutputRole.Plain("peak_vals", [AxisRule.Found("individuals"), AxisRule.PerJoint(1)], "score of each joint"),
            OutputRole.Plain("centroid_vals", [AxisRule.Found("individuals")], "score of each individual; 0 for none"),
        ],
        CreateParser = static contract => new SleapTopDownParser(contract),
    };

    private readonly int _peaks;
    private readonly int _values;
    private readonly int _scores;

    public SleapTopDownParser(ParserContract contract)
    {
        (_peaks, IReadOnlyList<int> peaks, _) = contract.Output("peaks");
        (_values, IReadOnlyList<int> values, _) = contract.Output("peak_vals");
        _scores = contract.Output("centroid_vals").Index;
        if (peaks is not [_, int count, 2] || values is not [_, int same] || count != contract.KeypointCount || same != count)
        {
            throw contract.Mismatch(
                $"needs peaks [n,{contract.KeypointCount},2] and peak_vals [n,{contract.KeypointCount}] but gives [{string.Join(',', peaks)}] and [{string.Join(',', values)}]");
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        ReadOnlySpan<float> peaks = outputs.Output(_peaks, image), values = outputs.Output(_values, image), scores = outputs.Output(_scores, image);
        int joints = poses.KeypointCount;
        for (int row = 0; row < Math.Min(scores.Length, values.Length / joints); row++)
        {
            if (scores[row] > 0)
            {
                Span<Keypoint> keypoints = poses.Add(scores[row], BoundingBox.None);
                SleapPeaks.Read(peaks.Slice(2 * row * joints, 2 * joints), values.Slice(row * joints, joints), keypoints);
                KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
            }
        }
    }
}
