using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class SimCcGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("simcc");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_smaller_maximum_is_the_score_in_mmpose(string name)
    {
        GoldenCase golden = GoldenVectors.Open("simcc", name);
        Compare(golden, golden.Expected.GetProperty("input_coords"), golden.Expected.GetProperty("scores_min"), new(),
            golden.Tolerance("abs_px"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_mean_of_the_maxima_is_the_score_in_rtmlib(string name)
    {
        GoldenCase golden = GoldenVectors.Open("simcc", name);
        JsonElement expected = golden.Expected.GetProperty("rtmlib");
        Compare(
            golden, expected.GetProperty("input_coords"), expected.GetProperty("scores_mean"), new() { Score = SimCcScore.Mean },
            golden.Tolerance("abs_px"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Dark_refines_between_bins_as_the_reference_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("simcc", name);
        if (golden.Expected.TryGetProperty("dark", out JsonElement expected) && expected.ValueKind == JsonValueKind.Object)
        {
            int[] taps = GoldenCase.Integers(expected.GetProperty("blur_kernels"));
            double[] sigmas = GoldenCase.Numbers(golden.Params.GetProperty("sigma"));
            Assert.Equal(taps, sigmas.Select(SimCc.BlurSize));
            Compare(
                golden, expected.GetProperty("input_coords"), golden.Expected.GetProperty("scores_min"),
                new() { BlurX = new(taps[0]), BlurY = new(taps[1]) }, golden.Tolerance("dark_abs_px"));
        }
    }

    private static void Compare(GoldenCase golden, JsonElement coordinates, JsonElement scores, SimCcOptions options,
        double tolerance)
    {
        int[] shapeX = golden.Shape("simcc_x"), shapeY = golden.Shape("simcc_y");
        ReadOnlySpan<float> rowsX = golden.Tensor("simcc_x"), rowsY = golden.Tensor("simcc_y");
        int person = 0;
        foreach ((JsonElement places, JsonElement values) in coordinates.EnumerateArray().Zip(scores.EnumerateArray()))
        {
            var keypoints = new Keypoint[shapeX[1]];
            int sizeX = shapeX[1] * shapeX[2], sizeY = shapeY[1] * shapeY[2];
            SimCc.Parse(rowsX.Slice(person * sizeX, sizeX), rowsY.Slice(person * sizeY, sizeY), options, keypoints);
            double[] expectedScores = GoldenCase.Numbers(values);
            int joint = 0;
            foreach (JsonElement place in places.EnumerateArray())
            {
                double[] point = GoldenCase.Numbers(place);
                if (expectedScores[joint] <= 0)
                {
                    // The reference gives a marker outside the picture.
                    Assert.Equal(Keypoint.NotFound, keypoints[joint]);
                }
                else
                {
                    Near.Equal(point[0], keypoints[joint].X, tolerance, $"x of joint {joint}");
                    Near.Equal(point[1], keypoints[joint].Y, tolerance, $"y of joint {joint}");
                    Near.Equal(expectedScores[joint], keypoints[joint].Score, golden.Tolerance("abs_score"),
                        $"score of joint {joint}");
                }

                joint++;
            }

            person++;
        }

        Assert.Equal(shapeX[0], person);
    }
}
