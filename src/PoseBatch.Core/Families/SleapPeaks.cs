using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>The outputs of one individual: <c>peaks</c> and <c>peak_vals</c>.</summary>
internal sealed class SleapPeaks
{
    private readonly int _peaks;
    private readonly int _values;

    public SleapPeaks(ParserContract contract)
    {
        (_peaks, IReadOnlyList<int> peaks, _) = contract.Output("peaks");
        (_values, IReadOnlyList<int> values, _) = contract.Output("peak_vals");
        if (peaks is not [int count, 2] || values is not [int same] || count != contract.KeypointCount || same != count)
        {
            throw contract.Mismatch(
                $"needs peaks [{contract.KeypointCount},2] and peak_vals [{contract.KeypointCount}] but gives [{string.Join(',', peaks)}] and [{string.Join(',', values)}]");
        }
    }

    /// <summary>The two outputs, by role.</summary>
    public static IReadOnlyList<OutputRole> Roles { get; } =
    [
        OutputRole.Plain("peaks", [AxisRule.PerJoint(1), AxisRule.Exactly(2)], "x, y in input pixels; not a number where there is no peak") with { HasGaps = true },
        OutputRole.Plain("peak_vals", [AxisRule.PerJoint(1)], "score of each joint"),
    ];

    /// <summary>Reads every joint in input pixels.</summary>
    public void Read(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints) =>
        Read(outputs.Output(_peaks, image), outputs.Output(_values, image), keypoints);

    /// <summary>Reads the joints of one individual.</summary>
    /// <param name="peaks">x, y of each joint.</param>
    /// <param name="values">Score of each joint.</param>
    /// <param name="keypoints">Receives them; <see cref="Keypoint.NotFound"/> where a place is no number or a score is not above 0.</param>
    public static void Read(ReadOnlySpan<float> peaks, ReadOnlySpan<float> values, Span<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            keypoints[joint] = values[joint] > 0 ? KeypointMath.At(peaks[2 * joint], peaks[(2 * joint) + 1], values[joint]) : Keypoint.NotFound;
        }
    }
}
