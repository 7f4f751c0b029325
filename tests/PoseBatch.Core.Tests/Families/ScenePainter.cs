using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Draws known people into model outputs, as a perfect network would give them, so that a parser can be tested in a circle.
/// </summary>
internal static class ScenePainter
{
    public const int JointCount = 17;

    public static (double X, double Y)[] Person(Random random, double left, double top, double width, double height) =>
        [.. Enumerable.Range(0, JointCount).Select(_ =>
            (left + (random.NextDouble() * width), top + (random.NextDouble() * height)))];

    /// <summary>A part affinity field: unit vectors in the cells near a limb; where limbs of several people meet, their mean.</summary>
    /// <param name="field">Receives x and y.</param>
    /// <param name="grid">Its shape.</param>
    /// <param name="channels">Channels of x and y.</param>
    /// <param name="radius">Cells to both sides of a limb, and beyond its ends.</param>
    /// <param name="limbs">Ends of the limb, cells, one pair per person.</param>
    public static void Field(
        float[] field, HeatmapShape grid, (int X, int Y) channels, double radius, params ((double X, double Y) From, (double X, double Y) To)[] limbs)
    {
        for (int cell = 0; cell < grid.CellCount; cell++)
        {
            (int row, int column) = int.DivRem(cell, grid.Width);
            double sumX = 0, sumY = 0;
            int count = 0;
            foreach (((double X, double Y) from, (double X, double Y) to) in limbs)
            {
                double x = to.X - from.X, y = to.Y - from.Y, length = Math.Sqrt((x * x) + (y * y));
                double along = (((column - from.X) * x) + ((row - from.Y) * y)) / length, beside = (((column - from.X) * y) - ((row - from.Y) * x)) / length;
                if (along >= -radius && along <= length + radius && Math.Abs(beside) <= radius)
                {
                    (sumX, sumY, count) = (sumX + (x / length), sumY + (y / length), count + 1);
                }
            }

            field[grid[channels.X, cell]] = (float)(sumX / Math.Max(count, 1));
            field[grid[channels.Y, cell]] = (float)(sumY / Math.Max(count, 1));
        }
    }

    /// <summary>PoseNet: logits and offsets, NCHW, one person.</summary>
    public static float[][] PoseNet(HeatmapShape grid, int stride, (double X, double Y)[] joints)
    {
        var heatmap = new float[grid.Count];
        var offset = new float[2 * grid.Count];
        HeatmapShape offsets = grid with { Channels = 2 * grid.Channels };
        Array.Fill(heatmap, -8f);
        for (int joint = 0; joint < joints.Length; joint++)
        {
            // A logit map: a hill from -8 up to 4.
            var hill = new float[grid.CellCount];
            GaussianHeatmap.Draw(hill, grid with { Channels = 1 }, 0, joints[joint].X / stride, joints[joint].Y / stride, 1.2);
            for (int cell = 0; cell < grid.CellCount; cell++)
            {
                heatmap[grid[joint, cell]] = (12 * hill[cell]) - 8;
                offset[offsets[joint, cell]] = (float)(joints[joint].Y - (cell / grid.Width * stride));
                offset[offsets[grid.Channels + joint, cell]] = (float)(joints[joint].X - (cell % grid.Width * stride));
            }
        }

        return [heatmap, offset];
    }

    /// <summary>
    /// MoveNet's four heads, y before x, NCHW, one person with its centre at <paramref name="center"/> (cells).
    /// </summary>
    public static float[][] MoveNet(HeatmapShape grid, (double X, double Y)[] cells, (int X, int Y) center)
    {
        var heatmap = new float[grid.Count];
        var centers = new float[grid.CellCount];
        var regression = new float[2 * grid.Count];
        var offset = new float[2 * grid.Count];
        HeatmapShape pairs = grid with { Channels = 2 * grid.Channels };
        GaussianHeatmap.Draw(centers, grid with { Channels = 1 }, 0, center.X, center.Y, 2, 0.9);
        for (int joint = 0; joint < cells.Length; joint++)
        {
            GaussianHeatmap.Draw(heatmap, grid, joint, cells[joint].X, cells[joint].Y, 1, 0.95);
            for (int cell = 0; cell < grid.CellCount; cell++)
            {
                (int row, int column) = int.DivRem(cell, grid.Width);
                regression[pairs[2 * joint, cell]] = (float)(cells[joint].Y - row);
                regression[pairs[(2 * joint) + 1, cell]] = (float)(cells[joint].X - column);
                offset[pairs[2 * joint, cell]] = (float)(cells[joint].Y - row);
                offset[pairs[(2 * joint) + 1, cell]] = (float)(cells[joint].X - column);
            }
        }

        return [heatmap, centers, regression, offset];
    }

    /// <summary>The same outputs with the channels last.</summary>
    public static float[][] Interleave(float[][] outputs, params int[] channels) =>
        [.. outputs.Select((output, i) => TestModel.ToNhwc(output, channels[i]))];

    /// <summary>Runs a parser with the identity map and returns the only pose.</summary>
    public static (Keypoint[] Keypoints, float Score) ParseOne(IPoseParser parser, params float[][] outputs)
    {
        FramePoses poses = new(JointCount);
        parser.Parse(new FakeSlot(outputs), 0, AffineMap.Identity, poses);
        Assert.Equal(1, poses.Count);
        return (poses.Keypoints(0).ToArray(), poses.Score(0));
    }

    public static IPoseParser PoseNetParser(TensorLayout layout, int cells = 17, int stride = 16) => PoseParsers.Create(
        TestModel.Describe("posenet", new(((cells - 1) * stride) + 1, ((cells - 1) * stride) + 1), JointCount, layout,
            ["heatmap", "offset"]),
        [Shape(layout, JointCount, cells), Shape(layout, 2 * JointCount, cells)]);

    public static IPoseParser MoveNetParser(TensorLayout layout, params (string, object)[] decoder) => PoseParsers.Create(
        TestModel.Describe("movenet-heads", new(192, 192), JointCount, layout, ["heatmap", "center", "regression", "offset"],
            decoder),
        [Shape(layout, JointCount, 48), Shape(layout, 1, 48), Shape(layout, 2 * JointCount, 48),
        Shape(layout, 2 * JointCount, 48)]);

    public static int[] Shape(TensorLayout layout, int channels, int cells) =>
        layout == TensorLayout.Nchw ? [channels, cells, cells] : [cells, cells, channels];
}
