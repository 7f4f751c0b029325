using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>movenet-heads</c> (docs/spec, 9.1 and 9.2). Roles <c>heatmap</c> (K), <c>center</c> (1), <c>regression</c>
/// and <c>offset</c> (2K).
/// </summary>
internal sealed class MoveNetHeadsParser : IPoseParser
{
    /// <summary>MoveNet cut before its decoder.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "movenet-heads",
        Summary = "centre, heat map, regression and offset maps of MoveNet, decoded by PoseBatch; one person",
        FollowsOnePerson = true,
        Roles =
        [
            OutputRole.Map("heatmap", AxisRule.PerJoint(1), "0 to 1, one channel per joint"),
            OutputRole.Map("center", AxisRule.Exactly(1), "0 to 1, where a person's centre is"),
            OutputRole.Map("regression", AxisRule.PerJoint(2), "cells from the centre, one pair per joint"),
            OutputRole.Map("offset", AxisRule.PerJoint(2), "cells from the joint's cell, one pair per joint"),
        ],
        Parameters =
        [
            CellGrid.Stride(4),
            DecoderParameter.Word("channel_order", null, ["xy", "yx"], "which of a pair of channels comes first; Google's graph is yx, re-implementations are xy"),
            DecoderParameter.Word("regression_rounding", "none", ["none", "trunc"], "trunc: truncate(v + 0.5), as one re-implementation does"),
            DecoderParameter.Number("heatmap_threshold", 0, 0, 1, "heat values below it count as 0"),
            DecoderParameter.Number("distance_bias", 1.8, 0.001, 1000, "cells added to the distance that divides the heat"),
            DecoderParameter.Number("regression_scale", 1, 0.001, 10000, "multiplies the regression; 48 where it was stored as a fraction"),
            DecoderParameter.Word("pixel_origin", "centre", ["centre", "corner"], "what coordinate 0 of the input means, by how the training labels were scaled"),
        ],
        Rules = CellGrid.Problems,
        CreateParser = static contract => new MoveNetHeadsParser(contract),
    };

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

/// <summary>How the four heads of a MoveNet are meant (docs/spec, 9.1 and 9.2).</summary>
internal sealed record MoveNetHeadsOptions
{
    /// <summary>Google's graph: y before x, nothing rounded, no threshold.</summary>
    public static MoveNetHeadsOptions Google { get; } = new();

    /// <summary>The open re-implementation of fire717: x before y, truncated targets, threshold 0.1.</summary>
    public static MoveNetHeadsOptions Fire717 { get; } = new()
    {
        IsXFirst = true,
        TruncatesRegression = true,
        HeatmapThreshold = 0.1f,
    };

    /// <summary>True when channel 2k of regression and offset is x of joint k; false when it is y. Default false.</summary>
    public bool IsXFirst { get; init; }

    /// <summary>
    /// True to cut <c>regression + 0.5</c> toward zero, as fire717 does (negative values get a bias). Default false.
    /// </summary>
    public bool TruncatesRegression { get; init; }

    /// <summary>Joints whose heat is below it are not found; heat is never below 0, so 0 finds every joint.</summary>
    public float HeatmapThreshold { get; init; } = (float)MoveNetHeadsParser.Family.DefaultNumber("heatmap_threshold");

    /// <summary>Cells added to every distance, above 0.</summary>
    public float DistanceBias { get; init; } = (float)MoveNetHeadsParser.Family.DefaultNumber("distance_bias");

    /// <summary>Cells per unit of regression: 1, or the grid size for heads trained on fractions (48).</summary>
    public float RegressionScale { get; init; } = (float)MoveNetHeadsParser.Family.DefaultNumber("regression_scale");
}

/// <summary>The four heads of a MoveNet and how they lie.</summary>
/// <param name="Heatmap">K maps, after the sigmoid.</param>
/// <param name="Center">One map, after the sigmoid.</param>
/// <param name="Regression">2K maps: from the person's centre to joint k, at 2k and 2k + 1.</param>
/// <param name="Offset">2K maps in cells: from the cell to the joint, at 2k and 2k + 1.</param>
internal readonly record struct MoveNetHeadShapes(HeatmapShape Heatmap, HeatmapShape Center, HeatmapShape Regression,
    HeatmapShape Offset);

/// <summary>MoveNet, one person, from its four heads (docs/spec, 9.1 and 9.2).</summary>
internal static class MoveNetHeads
{
    /// <summary>
    /// Finds the person nearest the middle, guesses each joint from there, and takes the strongest heat near each guess.
    /// Always one pose, however weak.
    /// </summary>
    /// <param name="heatmap">K maps of heat.</param>
    /// <param name="center">One map of heat.</param>
    /// <param name="regression">2K maps.</param>
    /// <param name="offset">2K maps.</param>
    /// <param name="shapes">How they lie; one grid for all.</param>
    /// <param name="options">How they are meant.</param>
    /// <param name="cellSize">Input pixels per cell, for example 4.</param>
    /// <param name="keypoints">
    /// Receives K joints in model pixels: <c>(cell + offset) * cellSize</c>, not clamped; the score is the heat at the cell.
    /// <see cref="Keypoint.NotFound"/> for heat below the threshold, a map of NaN, or numbers that are not finite.
    /// </param>
    /// <returns>The row-major cell of the person's centre (-1 when its map is all NaN), and the mean score of the found joints.</returns>
    public static (int CenterCell, float Score) Parse(
        ReadOnlySpan<float> heatmap, ReadOnlySpan<float> center, ReadOnlySpan<float> regression, ReadOnlySpan<float> offset,
        in MoveNetHeadShapes shapes, MoveNetHeadsOptions options, (float X, float Y) cellSize, Span<Keypoint> keypoints)
    {
        HeatmapPlane centers = new(center, shapes.Center, 0);
        keypoints.Fill(Keypoint.NotFound);
        int centerCell = WeightedPeak.Find(
            centers, centers.Width / 2f, centers.Height / 2f, options.DistanceBias, float.NegativeInfinity);
        if (centerCell < 0)
        {
            return (-1, 0);
        }

        (int centerY, int centerX) = int.DivRem(centerCell, centers.Width);
        int channelX = options.IsXFirst ? 0 : 1;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            int x = (2 * joint) + channelX, y = (2 * joint) + 1 - channelX;
            HeatmapPlane heat = new(heatmap, shapes.Heatmap, joint);
            int cell = WeightedPeak.Find(
                heat,
                centerX + Reach(regression[shapes.Regression[x, centerCell]], options),
                centerY + Reach(regression[shapes.Regression[y, centerCell]], options),
                options.DistanceBias,
                options.HeatmapThreshold);
            if (cell >= 0)
            {
                (int row, int column) = int.DivRem(cell, heat.Width);
                keypoints[joint] = KeypointMath.At(
                    (column + offset[shapes.Offset[x, cell]]) * cellSize.X, (row + offset[shapes.Offset[y, cell]]) * cellSize.Y,
                    heat[cell]);
            }
        }

        return (centerCell, KeypointMath.MeanScoreOfFound(keypoints));
    }

    private static float Reach(float regression, MoveNetHeadsOptions options)
    {
        float cells = regression * options.RegressionScale;
        return options.TruncatesRegression ? MathF.Truncate(cells + 0.5f) : cells;
    }
}
