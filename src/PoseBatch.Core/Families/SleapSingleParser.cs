using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Family <c>sleap-single</c> (docs/spec, 13.8): the peaks that an export of sleap-nn has found. One individual.</summary>
internal sealed class SleapSingleParser : IPoseParser
{
    /// <summary>sleap-nn, single instance.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "sleap-single",
        Summary = "finished peaks of an export of sleap-nn, single instance; one individual",
        Roles = SleapPeaks.Roles,
        CreateParser = static contract => new SleapSingleParser(contract),
    };

    private readonly SleapPeaks _peaks;

    public SleapSingleParser(ParserContract contract) => _peaks = new(contract);

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        _peaks.Read(outputs, image, keypoints);
        poses.SetScore(poses.Count - 1, KeypointMath.MeanScore(keypoints));
        KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
    }
}
