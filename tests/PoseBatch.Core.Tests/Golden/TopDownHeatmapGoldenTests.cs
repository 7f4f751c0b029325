using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class TopDownHeatmapGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("topdown_heatmap");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_quarter_shift_is_that_of_the_reference(string name) =>
        Compare(name, "argmax_quarter", PeakRefinement.Quarter);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Dark_is_that_of_the_reference(string name) => Compare(name, "dark", PeakRefinement.Dark);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Udp_dark_is_that_of_the_reference(string name) => Compare(name, "dark_udp", PeakRefinement.UdpDark);

    private static void Compare(string name, string expectation, PeakRefinement refinement)
    {
        GoldenCase golden = GoldenVectors.Open("topdown_heatmap", name);
        if (!golden.Expected.TryGetProperty(expectation, out JsonElement expected))
        {
            return; // Some cases are about one decoder only.
        }

        int[] shape = golden.Shape("heatmap");
        var keypoints = new Keypoint[shape[0]];
        TopDownHeatmap.Parse(
            golden.Tensor("heatmap"), new(shape[0], shape[1], shape[2], TensorLayout.Nchw),
            new() { Refinement = refinement, Blur = new(golden.Params.GetProperty("blur_kernel").GetInt32()) },
            golden.Params.GetProperty("input_width").GetInt32(), golden.Params.GetProperty("input_height").GetInt32(), keypoints);

        double[] scores = GoldenCase.Numbers(expected.GetProperty("scores"));
        double tolerance = golden.Tolerance(expectation + "_abs_px");
        int joint = 0;
        foreach (JsonElement place in expected.GetProperty("input_coords").EnumerateArray())
        {
            if (scores[joint] <= 0)
            {
                // The reference gives a marker outside the picture.
                Assert.Equal(Keypoint.NotFound, keypoints[joint]);
            }
            else
            {
                double[] point = GoldenCase.Numbers(place);
                Near.Equal(point[0], keypoints[joint].X, tolerance, $"x of joint {joint}");
                Near.Equal(point[1], keypoints[joint].Y, tolerance, $"y of joint {joint}");
                Near.Equal(scores[joint], keypoints[joint].Score, golden.Tolerance("abs_score"), $"score of joint {joint}");
            }

            joint++;
        }

        Assert.Equal(keypoints.Length, joint);
    }
}
