using PoseBatch.Geometry;
using PoseBatch.Inference;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>
/// Family <c>movenet-heads</c> (spec sections 9.1 and 9.2). Roles <c>heatmap</c> (K), <c>center</c> (1), <c>regression</c>
/// and <c>offset</c> (2K). Decoder parameters: <c>channel_order</c> (yx, xy), <c>regression_rounding</c> (none, trunc),
/// <c>heatmap_threshold</c> (none), <c>distance_bias</c> (1.8), <c>regression_scale</c> (1), and <c>pixel_origin</c> (centre;
/// corner for networks whose labels were scaled plainly). The defaults are Google's.
/// </summary>
internal sealed class MoveNetHeadsParser : IPoseParser
{
    private readonly int _heatmap;
    private readonly int _center;
    private readonly int _regression;
    private readonly int _offset;
    private readonly MoveNetHeadShapes _shapes;
    private readonly MoveNetHeadsOptions _options;
    private readonly (float X, float Y) _cellSize;
    private readonly PixelOrigin _origin;

    public MoveNetHeadsParser(ParserContract contract)
    {
        int jointCount = contract.KeypointCount;
        (_heatmap, var heatmap) = contract.Maps("heatmap", jointCount);
        (_center, var center) = contract.Maps("center", 1, heatmap);
        (_regression, var regression) = contract.Maps("regression", 2 * jointCount, heatmap);
        (_offset, var offset) = contract.Maps("offset", 2 * jointCount, heatmap);
        _shapes = new(heatmap, center, regression, offset);
        _cellSize = ((float)contract.Model.Input.Size.Width / heatmap.Width, (float)contract.Model.Input.Size.Height / heatmap.Height);
        _origin = contract.Choice("pixel_origin", "centre", "corner") == 1 ? PixelOrigin.Corner : PixelOrigin.Centre;
        _options = new()
        {
            IsXFirst = contract.Choice("channel_order", "yx", "xy") == 1,
            TruncatesRegression = contract.Choice("regression_rounding", "none", "trunc") == 1,
            HeatmapThreshold = (float)contract.Number("heatmap_threshold", double.NegativeInfinity),
            DistanceBias = (float)contract.Number("distance_bias", 1.8, least: 1e-3),
            RegressionScale = (float)contract.Number("regression_scale", 1),
        };
    }

    /// <inheritdoc/>
    public void Parse(IInferenceSlot outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        (_, float score) = MoveNetHeads.Parse(
            outputs.Output(_heatmap, image), outputs.Output(_center, image), outputs.Output(_regression, image),
            outputs.Output(_offset, image), _shapes, _options, _cellSize, keypoints);
        poses.SetScore(poses.Count - 1, score);
        KeypointMath.ToFrame(keypoints, modelToFrame, _origin);
    }
}
