using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>movenet-heads</c> (docs/spec, 9.1 and 9.2). Roles <c>heatmap</c> (K), <c>center</c> (1), <c>regression</c>
/// and <c>offset</c> (2K).
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
        _origin = contract.Word("pixel_origin") == "corner" ? PixelOrigin.Corner : PixelOrigin.Centre;
        _options = new()
        {
            // A description from JSON always has it; one made by hand that is silent means Google's order.
            IsXFirst = contract.FindWord("channel_order") == "xy",
            TruncatesRegression = contract.Word("regression_rounding") == "trunc",
            HeatmapThreshold = (float)contract.Number("heatmap_threshold"),
            DistanceBias = (float)contract.Number("distance_bias"),
            RegressionScale = (float)contract.Number("regression_scale"),
        };
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        (_, float score) = MoveNetHeads.Parse(
            outputs.Output(_heatmap, image), outputs.Output(_center, image), outputs.Output(_regression, image),
            outputs.Output(_offset, image), _shapes, _options, _cellSize, keypoints);
        poses.SetScore(poses.Count - 1, score);
        KeypointMath.ToFrame(keypoints, modelToFrame, _origin);
    }
}
