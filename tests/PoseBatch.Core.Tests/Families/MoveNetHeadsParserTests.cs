using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

public class MoveNetHeadsParserTests
{
    private const int CellSize = 4;
    private static readonly HeatmapShape Grid = new(ScenePainter.JointCount, 48, 48, TensorLayout.Nchw);

    [Fact]
    public void Drawn_joints_are_read_back_within_a_thousandth_of_a_cell()
    {
        Random random = new(1);
        for (int round = 0; round < 20; round++)
        {
            (double X, double Y)[] cells = ScenePainter.Person(random, 0, 0, 47, 47);

            (Keypoint[] keypoints, _) = ScenePainter.ParseOne(
                ScenePainter.MoveNetParser(TensorLayout.Nchw), ScenePainter.MoveNet(Grid, cells, (20, 22)));

            for (int joint = 0; joint < cells.Length; joint++)
            {
                Assert.Equal(CellSize * cells[joint].X, keypoints[joint].X, CellSize / 1000.0);
                Assert.Equal(CellSize * cells[joint].Y, keypoints[joint].Y, CellSize / 1000.0);
            }
        }
    }

    [Fact]
    public void Both_layouts_give_the_same_bits()
    {
        float[][] outputs = ScenePainter.MoveNet(Grid, ScenePainter.Person(new(2), 0, 0, 47, 47), (23, 24));

        (Keypoint[] planar, float planarScore) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw), outputs);
        (Keypoint[] interleaved, float score) = ScenePainter.ParseOne(
            ScenePainter.MoveNetParser(TensorLayout.Nhwc), ScenePainter.Interleave(outputs, 17, 1, 34, 34));

        Assert.Equal(planar, interleaved);
        Assert.Equal(planarScore, score);
    }

    [Fact]
    public void Moving_the_person_by_whole_cells_moves_the_result()
    {
        (double X, double Y)[] cells = ScenePainter.Person(new(3), 5, 5, 30, 30);
        (double X, double Y)[] moved = [.. cells.Select(cell => (cell.X + 7, cell.Y + 4))];

        (Keypoint[] before, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw),
            ScenePainter.MoveNet(Grid, cells, (20, 20)));
        (Keypoint[] after, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw),
            ScenePainter.MoveNet(Grid, moved, (27, 24)));

        for (int joint = 0; joint < cells.Length; joint++)
        {
            Assert.Equal(before[joint].X + (7 * CellSize), after[joint].X, 1e-3f);
            Assert.Equal(before[joint].Y + (4 * CellSize), after[joint].Y, 1e-3f);
            Assert.Equal(before[joint].Score, after[joint].Score, 1e-5f);
        }
    }

    [Fact]
    public void A_mirrored_picture_with_swapped_pairs_gives_the_mirrored_pose()
    {
        (double X, double Y)[] cells = ScenePainter.Person(new(4), 4, 4, 39, 39);
        var mirrored = ((double X, double Y)[])cells.Clone();
        foreach ((int left, int right) in Skeletons.Coco17.SwapPairs)
        {
            (mirrored[left], mirrored[right]) = (cells[right], cells[left]);
        }

        mirrored = [.. mirrored.Select(cell => (47 - cell.X, cell.Y))];

        (Keypoint[] straight, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw),
            ScenePainter.MoveNet(Grid, cells, (21, 24)));
        (Keypoint[] seen, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw),
            ScenePainter.MoveNet(Grid, mirrored, (26, 24)));

        foreach ((int left, int right) in Skeletons.Coco17.SwapPairs)
        {
            Assert.Equal((47 * CellSize) - straight[left].X, seen[right].X, 1e-3f);
            Assert.Equal(straight[left].Y, seen[right].Y, 1e-3f);
        }
    }

    [Fact]
    public void Channel_order_and_regression_scale_are_configuration()
    {
        (double X, double Y)[] cells = ScenePainter.Person(new(5), 4, 4, 39, 39);
        float[][] outputs = ScenePainter.MoveNet(Grid, cells, (24, 24));
        (Keypoint[] expected, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw), outputs);
        float[][] swapped = [outputs[0], outputs[1], SwapPairs([.. outputs[2].Select(value => value / 48)]),
        SwapPairs(outputs[3])];

        (Keypoint[] actual, _) = ScenePainter.ParseOne(
            ScenePainter.MoveNetParser(TensorLayout.Nchw, ("channel_order", "xy"), ("regression_scale", 48L)), swapped);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void The_person_nearest_the_middle_is_taken()
    {
        (double X, double Y)[] middle = ScenePainter.Person(new(6), 15, 15, 15, 15);
        float[][] outputs = ScenePainter.MoveNet(Grid, middle, (22, 22));

        // Somebody else at the border, with a slightly better centre but no better once the distance counts.
        GaussianHeatmap.Draw(outputs[1], Grid with { Channels = 1 }, 0, 44, 3, 2, 1.0);

        (Keypoint[] keypoints, _) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw), outputs);

        Assert.Equal(CellSize * middle[0].X, keypoints[0].X, 0.01);
    }

    [Fact]
    public void Heat_below_the_threshold_is_no_joint_and_does_not_count_for_the_pose()
    {
        float[][] outputs = ScenePainter.MoveNet(Grid, ScenePainter.Person(new(7), 4, 4, 39, 39), (24, 24));
        foreach (ref float heat in outputs[0].AsSpan(0, 5 * Grid.CellCount))
        {
            heat *= 0.1f;
        }

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(
            ScenePainter.MoveNetParser(TensorLayout.Nchw, ("heatmap_threshold", 0.1)), outputs);

        Assert.All(keypoints[..5], keypoint => Assert.Equal(Keypoint.NotFound, keypoint));
        Assert.All(keypoints[5..], keypoint => Assert.True(keypoint.IsFound));
        Assert.Equal(keypoints[5..].Average(keypoint => keypoint.Score), score, 1e-5f);
    }

    [Fact]
    public void NaN_infinite_and_equal_values_have_an_answer()
    {
        float[][] outputs = ScenePainter.MoveNet(Grid, ScenePainter.Person(new(8), 4, 4, 39, 39), (24, 24));
        HeatmapShape pairs = Grid with { Channels = 34 };
        outputs[0].AsSpan(0, Grid.CellCount).Fill(float.NaN);
        outputs[0][Grid[1, 3, 2]] = float.PositiveInfinity;
        outputs[2][pairs[4, 24, 24]] = float.NaN;
        outputs[3].AsSpan(6 * Grid.CellCount, Grid.CellCount).Fill(float.NegativeInfinity);

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw), outputs);

        Assert.Equal(Keypoint.NotFound, keypoints[0]);
        Assert.Equal(float.PositiveInfinity, keypoints[1].Score);
        Assert.Equal(Keypoint.NotFound, keypoints[2]);
        Assert.Equal(Keypoint.NotFound, keypoints[3]);
        Assert.True(keypoints[4].IsFound);
        Assert.Equal(float.PositiveInfinity, score);
    }

    [Fact]
    public void A_centre_map_of_NaN_finds_nobody()
    {
        float[][] outputs = ScenePainter.MoveNet(Grid, ScenePainter.Person(new(9), 4, 4, 39, 39), (24, 24));
        Array.Fill(outputs[1], float.NaN);

        (Keypoint[] keypoints, float score) = ScenePainter.ParseOne(ScenePainter.MoveNetParser(TensorLayout.Nchw), outputs);

        Assert.All(keypoints, keypoint => Assert.Equal(Keypoint.NotFound, keypoint));
        Assert.Equal(0, score);
    }

    [Theory]
    [InlineData(TensorLayout.Nchw)]
    [InlineData(TensorLayout.Nhwc)]
    public void Parsing_allocates_nothing(TensorLayout layout)
    {
        float[][] outputs = ScenePainter.MoveNet(Grid, ScenePainter.Person(new(10), 4, 4, 39, 39), (24, 24));

        AllocationProbe.AssertNone(
            ScenePainter.MoveNetParser(layout), layout == TensorLayout.Nchw ? outputs
                : ScenePainter.Interleave(outputs, 17, 1, 34, 34));
    }

    private static float[] SwapPairs(float[] maps)
    {
        var swapped = new float[maps.Length];
        for (int i = 0; i < maps.Length; i++)
        {
            (int channel, int cell) = int.DivRem(i, Grid.CellCount);
            swapped[((channel ^ 1) * Grid.CellCount) + cell] = maps[i];
        }

        return swapped;
    }
}
