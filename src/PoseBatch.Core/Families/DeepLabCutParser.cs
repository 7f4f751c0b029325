using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>deeplabcut</c> (docs/spec, 13.7): one score map per joint, and offsets from the middle of the cell. One animal or person.
/// </summary>
internal sealed class DeepLabCutParser : IPoseParser
{
    /// <summary>DeepLabCut, one individual.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "deeplabcut",
        Summary = "score maps with offsets from the middle of the cell; one individual",
        Roles =
        [
            OutputRole.Map("heatmap", AxisRule.PerJoint(1), "one channel per joint; probabilities, or logits"),
            OutputRole.Map("locref", AxisRule.PerJoint(2), "x then y per joint, times locref_stdev input pixels from the middle of the cell") with { IsRequired = false },
        ],
        Parameters =
        [
            CellGrid.Stride(8),
            DecoderParameter.Number("locref_stdev", 7.2801, 0.001, 1000, "input pixels that an offset of 1 means"),
            DecoderParameter.Word("scores", "probability", ["probability", "logit"], "logit: the sigmoid is taken here"),
        ],
        Rules = CellGrid.Problems,
        CreateParser = static contract => new DeepLabCutParser(contract),
    };

    private readonly int _heatmap;
    private readonly int _offset;
    private readonly HeatmapShape _heatmapShape;
    private readonly HeatmapShape _offsetShape;
    private readonly (float X, float Y) _cellSize;
    private readonly float _deviation;
    private readonly bool _isLogit;
    private readonly int[] _peaks;

    public DeepLabCutParser(ParserContract contract)
    {
        (_heatmap, _heatmapShape) = contract.Maps("heatmap", contract.KeypointCount);
        (_offset, _offsetShape) = contract.HasOutput("locref") ? contract.Maps("locref", 2 * contract.KeypointCount, _heatmapShape) : (-1, default);
        PixelSize input = contract.Model.Input.Size;
        _cellSize = ((float)input.Width / _heatmapShape.Width, (float)input.Height / _heatmapShape.Height);
        _deviation = (float)contract.Number("locref_stdev");
        _isLogit = contract.Word("scores") == "logit";
        _peaks = new int[contract.KeypointCount];
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        ReadOnlySpan<float> heatmap = outputs.Output(_heatmap, image), offset = _offset < 0 ? [] : outputs.Output(_offset, image);
        HeatmapPeaks.Find(heatmap, _heatmapShape, _peaks);
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            keypoints[joint] = _peaks[joint] < 0 ? Keypoint.NotFound : At(heatmap, offset, joint, _peaks[joint]);
        }

        poses.SetScore(poses.Count - 1, KeypointMath.MeanScore(keypoints));
        KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
    }

    private Keypoint At(ReadOnlySpan<float> heatmap, ReadOnlySpan<float> offset, int joint, int cell)
    {
        (int row, int column) = int.DivRem(cell, _heatmapShape.Width);
        float dx = offset.IsEmpty ? 0 : offset[_offsetShape[2 * joint, cell]] * _deviation;
        float dy = offset.IsEmpty ? 0 : offset[_offsetShape[(2 * joint) + 1, cell]] * _deviation;
        float value = heatmap[_heatmapShape[joint, cell]];
        return KeypointMath.At(
            ((column + 0.5f) * _cellSize.X) + dx, ((row + 0.5f) * _cellSize.Y) + dy, _isLogit ? KeypointMath.Sigmoid(value) : Math.Clamp(value, 0, 1));
    }
}
