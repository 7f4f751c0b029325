using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

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
    public float HeatmapThreshold { get; init; } = (float)ModelFamilies.MoveNetHeads.DefaultNumber("heatmap_threshold");

    /// <summary>Cells added to every distance, above 0.</summary>
    public float DistanceBias { get; init; } = (float)ModelFamilies.MoveNetHeads.DefaultNumber("distance_bias");

    /// <summary>Cells per unit of regression: 1, or the grid size for heads trained on fractions (48).</summary>
    public float RegressionScale { get; init; } = (float)ModelFamilies.MoveNetHeads.DefaultNumber("regression_scale");
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
