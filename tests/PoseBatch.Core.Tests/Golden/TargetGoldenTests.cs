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

        float[] maps = GaussianTargets.Draw(
            Joints(golden), golden.Params.GetProperty("parts").GetInt32(), rows, columns,
            new()
            {
                Sigma = golden.Params.GetProperty("sigma").GetDouble(),
                Threshold = golden.Params.GetProperty("threshold").GetDouble(),
            });

        GoldenPicture.Compare(golden.ExpectedTensor("heatmap"), maps, golden.Tolerance("abs"));
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

        float[] maps = PafTargets.Draw(
            Joints(golden), jointCount, limbs, rows, columns, golden.Params.GetProperty("threshold").GetDouble(),
            PafOverlap.LastDividedByCount);

        GoldenPicture.Compare(golden.ExpectedTensor("paf"), maps, golden.Tolerance("abs"));
    }

    [Fact]
    public void A_bilinear_target_is_the_mean_of_the_four_middle_pixels()
    {
        (double, double)[] joints = [(17.3, 21.8), (-1000, -1000)];
        GaussianTargetOptions options = new() { Sigma = 6 };
        float[] full = GaussianTargets.Draw(joints, 2, new(48, 48, TargetReduction.Linear), new(40, 40, TargetReduction.Linear),
            options);

        float[] reduced = GaussianTargets.Draw(joints, 2, new(48, 6, TargetReduction.Linear), new(40, 5, TargetReduction.Linear),
            options);

        for (int cell = 0; cell < 30; cell++)
        {
            int y = (cell / 5 * 8) + 3, x = (cell % 5 * 8) + 3;
            for (int part = 0; part < 2; part++)
            {
                float At(int row, int column) => full[(((row * 40) + column) * 2) + part];
                Assert.Equal((At(y, x) + At(y, x + 1) + At(y + 1, x) + At(y + 1, x + 1)) / 4, reduced[(cell * 2) + part], 1e-6f);
            }
        }
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
