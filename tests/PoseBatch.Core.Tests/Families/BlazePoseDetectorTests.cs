using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;

namespace PoseBatch.Families;

public class BlazePoseDetectorTests
{
    private const int Side = 64;

    private static readonly (int Stride, int Anchors)[] Grids = [(8, 2), (16, 2), (32, 6)];

    // Cell (2, 1) of stride 16 has its middle at (40, 24): hips at (44, 22), the second point 20 pixels above them.
    [Theory]
    [InlineData(TensorLayout.Nchw)]
    [InlineData(TensorLayout.Nhwc)]
    public void A_person_is_a_square_around_the_hips(TensorLayout layout)
    {
        float[][] outputs = Nobody();
        Put(outputs, layout, grid: 1, row: 1, column: 2, anchor: 1, logit: 2, hips: (4, -2), reach: (4, -22));

        List<Detection> people = Detect(outputs, layout);

        Detection person = Assert.Single(people);
        Assert.Equal(new(24, 2, 64, 42), person.Box);
        Assert.Equal(1 / (1 + Math.Exp(-2)), person.Score, 1e-6);
    }

    [Fact]
    public void All_grids_and_anchors_are_looked_at_and_squares_may_be_carried_to_the_picture()
    {
        float[][] outputs = Nobody();
        Put(outputs, TensorLayout.Nchw, grid: 0, row: 0, column: 7, anchor: 0, logit: 1, hips: (0, 0), reach: (3, 4));     // (60, 4), reach 5
        Put(outputs, TensorLayout.Nchw, grid: 2, row: 1, column: 0, anchor: 5, logit: 3, hips: (1, 1), reach: (11, 1));    // (17, 49), reach 10

        List<Detection> people = Detect(outputs, TensorLayout.Nchw, AffineMap.Scale(2, 2, 0.5, 0.5));

        Assert.Equal([new(14, 78, 54, 118), new(110, -2, 130, 18)], people.Select(person => person.Box));
    }

    [Fact]
    public void The_weaker_of_two_squares_that_share_more_than_a_third_goes()
    {
        float[][] outputs = Nobody();
        Put(outputs, TensorLayout.Nchw, grid: 1, row: 1, column: 1, anchor: 0, logit: 2, hips: (0, 0), reach: (10, 0));
        Put(outputs, TensorLayout.Nchw, grid: 1, row: 1, column: 1, anchor: 1, logit: 3, hips: (2, 0), reach: (12, 0));    // 360 of 440 pixels

        Assert.Equal(26, Assert.Single(Detect(outputs, TensorLayout.Nchw)).Box.XMin + 10);
    }

    [Fact]
    public void A_score_of_a_half_is_nobody() => Assert.Empty(Detect([.. Nobody().Select(map => new float[map.Length])], TensorLayout.Nchw));

    [Fact]
    public void The_input_is_whole_cells()
    {
        ModelDescription model = Describe(TensorLayout.Nchw) with { Input = Describe(TensorLayout.Nchw).Input with { Size = new(64, 80) } };

        Assert.Equal(["$.input: 64x80 is not a whole number of cells of stride 32"], BlazePoseDetector.Family.Rules(model));
    }

    private static float[][] Nobody() =>
        [.. Grids.SelectMany(grid => new[] { Filled(Cells(grid.Stride) * grid.Anchors, -9), Filled(Cells(grid.Stride) * grid.Anchors * 12, 0) })];

    private static int Cells(int stride) => Side / stride * (Side / stride);

    private static float[] Filled(int length, float value) => [.. Enumerable.Repeat(value, length)];

    private static void Put(
        float[][] outputs, TensorLayout layout, int grid, int row, int column, int anchor, float logit, (float X, float Y) hips, (float X, float Y) reach)
    {
        (int stride, int anchors) = Grids[grid];
        HeatmapShape scores = new(anchors, Side / stride, Side / stride, layout), points = scores with { Channels = 12 * anchors };
        outputs[2 * grid][scores[anchor, row, column]] = logit;
        (int Number, float Value)[] numbers = [(4, hips.X), (5, hips.Y), (6, reach.X), (7, reach.Y)];
        foreach ((int number, float value) in numbers)
        {
            outputs[(2 * grid) + 1][points[(12 * anchor) + number, row, column]] = value;
        }
    }

    private static List<Detection> Detect(float[][] outputs, TensorLayout layout, AffineMap? map = null)
    {
        int[][] shapes = [.. Grids.SelectMany(grid => new[] { Shape(grid.Anchors, grid.Stride), Shape(12 * grid.Anchors, grid.Stride) })];
        List<Detection> people = [];
        PersonDetectors.Create(Describe(layout), shapes).Detect(new FakeSlot(outputs), 0, map ?? AffineMap.Identity, people);
        return people;

        int[] Shape(int channels, int stride) => layout == TensorLayout.Nchw
            ? [channels, Side / stride, Side / stride]
            : [Side / stride, Side / stride, channels];
    }

    private static ModelDescription Describe(TensorLayout layout) => TestModel.Describe(
        "blazepose-detector", new(Side, Side), 1, layout, [.. Grids.SelectMany(grid => new[] { $"scores_{grid.Stride}", $"points_{grid.Stride}" })]);
}
