using System.Text.Json;
using PoseBatch.Targets;

namespace PoseBatch.Golden;

public class TargetGoldenTests
{
    public static TheoryData<string> GaussianCases => GoldenVectors.Cases("gaussian_encode");

    public static TheoryData<string> PafCases => GoldenVectors.Cases("paf_encode");

    [Theory]
    [MemberData(nameof(GaussianCases))]
    public void Heatmap_targets_are_those_of_the_seed(string name)
    {
        GoldenCase golden = GoldenVectors.Open("gaussian_encode", name);
        (TargetGrid rows, TargetGrid columns) = Grids(golden);

        int parts = golden.Params.GetProperty("parts").GetInt32();
        GaussianTargetOptions options = new()
        {
            Sigma = golden.Params.GetProperty("sigma").GetDouble(),
            Threshold = golden.Params.GetProperty("threshold").GetDouble(),
        };

        float[] maps = Heatmaps(Joints(golden), parts, rows, columns, options);

        GoldenPicture.Compare(golden.ExpectedTensor("heatmap"), ChannelsLast(maps, parts), golden.Tolerance("abs"));
    }

    [Theory]
    [MemberData(nameof(PafCases))]
    public void Field_targets_are_those_of_tf_pose(string name)
    {
        GoldenCase golden = GoldenVectors.Open("paf_encode", name);
        (TargetGrid rows, TargetGrid columns) = Grids(golden);
        (int, int)[] limbs = [.. golden.Params.GetProperty("limbs").EnumerateArray().Select(limb =>
            (limb[0].GetInt32() - 1, limb[1].GetInt32() - 1))];
        int jointCount = golden.Params.GetProperty("joints")[0].GetArrayLength();

        float[] maps = new float[2 * limbs.Length * rows.Cells * columns.Cells];
        new PafTargets(jointCount, limbs, rows, columns, golden.Params.GetProperty("threshold").GetDouble(), PafOverlap.LastDividedByCount).Draw(Joints(golden), maps);

        GoldenPicture.Compare(golden.ExpectedTensor("paf"), ChannelsLast(maps, 2 * limbs.Length), golden.Tolerance("abs"));
    }

    [Fact]
    public void A_bilinear_target_is_the_mean_of_the_four_middle_pixels()
    {
        (double, double)[] joints = [(17.3, 21.8), (-1000, -1000)];
        GaussianTargetOptions options = new() { Sigma = 6 };
        float[] full = Heatmaps(joints, 2, new(48, 48, TargetReduction.Linear), new(40, 40, TargetReduction.Linear), options);

        float[] reduced = Heatmaps(joints, 2, new(48, 6, TargetReduction.Linear), new(40, 5, TargetReduction.Linear), options);

        for (int cell = 0; cell < 30; cell++)
        {
            int y = (cell / 5 * 8) + 3, x = (cell % 5 * 8) + 3;
            for (int part = 0; part < 2; part++)
            {
                float At(int row, int column) => full[(((part * 48) + row) * 40) + column];
                Assert.Equal((At(y, x) + At(y, x + 1) + At(y + 1, x) + At(y + 1, x + 1)) / 4, reduced[(part * 30) + cell], 1e-6f);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_any_size_the_weights_of_a_cell_add_up_to_one_and_its_pixels_ascend(bool isLinear)
    {
        TargetReduction reduction = isLinear ? TargetReduction.Linear : TargetReduction.Area;
        for (int pixels = 1; pixels <= 40; pixels++)
        {
            for (int cells = 1; cells <= 60; cells++)
            {
                TargetGrid grid = new(pixels, cells, reduction);
                double[] shares = new double[pixels];
                for (int cell = 0; cell < cells; cell++)
                {
                    double sum = 0, middle = 0;
                    for (int tap = 0; tap < grid.TapCount; tap++)
                    {
                        (int pixel, double weight) = (grid.PixelsOf(tap)[cell], grid.WeightsOf(tap)[cell]);
                        Assert.InRange(weight, 0, 1);
                        (sum, middle) = (sum + weight, middle + (weight * pixel));
                        shares[pixel] += weight;
                    }

                    Assert.Equal(1, sum, 1e-5);
                    if (isLinear)
                    {
                        // A bilinear value of a ramp is the place itself; not beyond the middle of the outermost pixel.
                        Assert.Equal(Math.Clamp(((cell + 0.5) * pixels / cells) - 0.5, 0, pixels - 1), middle, 1e-4);
                    }
                }

                if (!isLinear)
                {
                    // A mean of areas counts each pixel alike.
                    Assert.All(shares, share => Assert.Equal((double)cells / pixels, share, 1e-4));
                }

                for (int tap = 0; tap < grid.TapCount; tap++)
                {
                    Assert.Equal(grid.PixelsOf(tap).ToArray().Order(), grid.PixelsOf(tap).ToArray());
                    Assert.All(grid.PixelsOf(tap).ToArray(), pixel => Assert.InRange(pixel, 0, pixels - 1));
                }
            }
        }
    }

    [Fact]
    public void Drawing_a_second_picture_allocates_nothing_and_keeps_nothing_of_the_first()
    {
        (double, double)[] first = [(17.3, 21.8), (double.NaN, double.NaN)], second = [(30, 9), (double.NaN, double.NaN)];
        TargetGrid rows = new(48, 7, TargetReduction.Linear), columns = new(40, 9, TargetReduction.Area);
        GaussianTargets targets = new(2, rows, columns, new());
        float[] maps = new float[2 * 63];
        targets.Draw(first, maps);
        long before = GC.GetAllocatedBytesForCurrentThread();

        targets.Draw(second, maps);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(Heatmaps(second, 2, rows, columns, new()), maps);
    }

    private static float[] Heatmaps((double, double)[] joints, int parts, TargetGrid rows, TargetGrid columns, GaussianTargetOptions options)
    {
        float[] maps = new float[parts * rows.Cells * columns.Cells];
        new GaussianTargets(parts, rows, columns, options).Draw(joints, maps);
        return maps;
    }

    private static float[] ChannelsLast(float[] maps, int channels)
    {
        int cells = maps.Length / channels;
        return [.. Enumerable.Range(0, maps.Length).Select(i => maps[(i % channels * cells) + (i / channels)])];
    }

    private static (TargetGrid Rows, TargetGrid Columns) Grids(GoldenCase golden)
    {
        int height = golden.Params.GetProperty("height").GetInt32(), width = golden.Params.GetProperty("width").GetInt32();
        JsonElement target = golden.Params.GetProperty("target_hw");
        TargetReduction reduction = golden.Params.GetProperty("resize").GetString() == "area" ? TargetReduction.Area
            : TargetReduction.Linear;
        return target.ValueKind == JsonValueKind.Array
            ? (new(height, target[0].GetInt32(), reduction), new(width, target[1].GetInt32(), reduction))
            : (new(height, height, reduction), new(width, width, reduction));
    }

    private static (double, double)[] Joints(GoldenCase golden) =>
    [
        .. golden.Params.GetProperty("joints").EnumerateArray().SelectMany(
            person => person.EnumerateArray().Select(joint => (joint[0].GetDouble(), joint[1].GetDouble()))),
    ];
}
