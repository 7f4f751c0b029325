using PoseBatch.Models;

namespace PoseBatch.Heatmaps;

public class HeatmapPlaneTests
{
    private const float Nan = float.NaN;
    private const float Infinity = float.PositiveInfinity;

    [Theory]
    [InlineData(new float[] { 1, 3, 2 }, 1)]
    [InlineData(new float[] { 3, 1, 3 }, 0)]
    [InlineData(new float[] { Nan, -5, Nan }, 1)]
    [InlineData(new float[] { Nan, Nan }, -1)]
    [InlineData(new float[] { 7 }, 0)]
    [InlineData(new float[] { 1, Infinity, Infinity }, 1)]
    [InlineData(new float[] { -Infinity, -Infinity }, 0)]
    [InlineData(new float[] { Nan, -Infinity }, 1)]
    [InlineData(new float[] { -0f, 0f }, 0)]
    public void The_first_of_the_largest_wins_and_NaN_never_does(float[] values, int expected)
    {
        Assert.Equal(expected, new HeatmapPlane(values, values.Length, 1).IndexOfPeak());
        Assert.Equal(expected, new HeatmapPlane(values, values.Length, 1).IndexOfPeakScalar());

        // The same in a map long enough for every vector width, behind cells that cannot win.
        float[] padded = [.. Enumerable.Repeat(Nan, 37), .. values, .. Enumerable.Repeat(Nan, 40)];
        Assert.Equal(expected < 0 ? -1 : expected + 37, new HeatmapPlane(padded, padded.Length, 1).IndexOfPeak());
    }

    [Fact]
    public void Every_path_finds_the_same_peak_in_maps_full_of_ties_and_holes()
    {
        Random random = new(3);
        for (int round = 0; round < 400; round++)
        {
            HeatmapShape planar = new(random.Next(1, 40), random.Next(1, 9), random.Next(1, 20), TensorLayout.Nchw);
            float[] values = Holed(random, planar.Count);
            float[] interleaved = PoseBatch.Families.TestModel.ToNhwc(values, planar.Channels);
            HeatmapShape shape = planar with { Layout = TensorLayout.Nhwc };
            int[] fromPlanar = new int[planar.Channels], fromInterleaved = new int[planar.Channels];

            HeatmapPeaks.Find(values, planar, fromPlanar);
            HeatmapPeaks.Find(interleaved, shape, fromInterleaved);

            for (int channel = 0; channel < planar.Channels; channel++)
            {
                int expected = new HeatmapPlane(interleaved, shape, channel).IndexOfPeakScalar();
                Assert.Equal(expected, fromPlanar[channel]);
                Assert.Equal(expected, fromInterleaved[channel]);
            }
        }
    }

    [Fact]
    public void The_weighted_peak_is_the_same_on_every_path()
    {
        Random random = new(4);
        for (int round = 0; round < 2000; round++)
        {
            int width = random.Next(1, 60), height = random.Next(1, 20);
            float[] values = round % 2 == 0 ? Holed(random, width * height) : Smooth(random, width, height);
            float towardX = (random.NextSingle() * 3 * width) - width, towardY = (random.NextSingle() * 3 * height) - height;
            float floor = (round % 3) switch { 0 => float.NegativeInfinity, 1 => 0.1f, _ => 0.9f };
            HeatmapPlane plane = new(values, width, height);

            int expected = Plainly(plane, towardX, towardY, 1.8f, floor);

            Assert.Equal(expected, WeightedPeak.FindScalar(plane, towardX, towardY, 1.8f, floor));
            Assert.Equal(expected, WeightedPeak.Find(plane, towardX, towardY, 1.8f, floor));
        }
    }

    [Theory]
    [InlineData(Nan, 3)]
    [InlineData(3, Infinity)]
    public void A_point_nowhere_has_no_nearest_peak(float towardX, float towardY) =>
        Assert.Equal(-1, WeightedPeak.Find(new HeatmapPlane(new float[100], 10, 10), towardX, towardY, 1.8f, 0));

    [Fact]
    public void A_drawn_blob_peaks_at_the_cell_nearest_its_centre()
    {
        HeatmapShape shape = new(2, 16, 20, TensorLayout.Nhwc);
        float[] values = new float[shape.Count];
        GaussianHeatmap.Draw(values, shape, channel: 1, cellX: 12.3, cellY: 5.6, sigma: 1.5, height: 0.8);

        HeatmapPlane plane = new(values, shape, 1);

        Assert.Equal((6 * 20) + 12, plane.IndexOfPeak());
        Assert.Equal(0.8 * Math.Exp(-((0.3 * 0.3) + (0.4 * 0.4)) / (2 * 1.5 * 1.5)), plane[6, 12], 1e-6);
        Assert.Equal(0, new HeatmapPlane(values, shape, 0).IndexOfPeak());
    }

    // The rule as the specification words it, without any short cut.
    private static int Plainly(HeatmapPlane plane, float towardX, float towardY, float bias, float floor)
    {
        int peak = -1;
        float best = 0;
        for (int cell = 0; cell < plane.Width * plane.Height; cell++)
        {
            float dx = (cell % plane.Width) - towardX, dy = (cell / plane.Width) - towardY;
            float weighted = plane[cell] / (MathF.Sqrt((dx * dx) + (dy * dy)) + bias);
            if (plane[cell] >= floor && (peak < 0 || weighted > best))
            {
                (peak, best) = (cell, weighted);
            }
        }

        return peak;
    }

    private static float[] Holed(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.Next(12) switch
        {
            0 => Nan,
            1 => -Infinity,
            2 => random.Next(9) == 0 ? Infinity : 1,
            3 => -1,
            int step => step / 12f,
        })];

    private static float[] Smooth(Random random, int width, int height)
    {
        float[] values = [.. Enumerable.Range(0, width * height).Select(_ => random.NextSingle() * 0.05f)];
        HeatmapShape shape = new(1, height, width, TensorLayout.Nchw);
        for (int blob = 0; blob < 3; blob++)
        {
            GaussianHeatmap.Draw(values, shape, 0, random.NextDouble() * width, random.NextDouble() * height, 1.5,
                0.5 + (random.NextDouble() / 2));
        }

        return values;
    }
}
