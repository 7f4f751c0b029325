using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Family <c>sleap-centered</c> (docs/spec, 13.8): the peaks that an export of sleap-nn has found in a crop around one individual.</summary>
internal sealed class SleapCenteredParser : ICropParser
{
    /// <summary>sleap-nn, centered instance.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "sleap-centered",
        Summary = "finished peaks of an export of sleap-nn, centered instance, on a crop of one individual",
        Roles = SleapPeaks.Roles,
        Parameters = [TopDownHeatmapParser.BoxScale],
        CreateCropParser = static contract => new SleapCenteredParser(contract),
    };

    private readonly SleapPeaks _peaks;

    public SleapCenteredParser(ParserContract contract) => _peaks = new(contract);

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints) => _peaks.Read(outputs, image, keypoints);
}
