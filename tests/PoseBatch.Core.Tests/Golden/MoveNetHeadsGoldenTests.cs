using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class MoveNetHeadsGoldenTests
{
    public static TheoryData<string> OpenCases => GoldenVectors.Cases("movenet_heads");

    public static TheoryData<string> HubCases => GoldenVectors.Cases("movenet_tfhub_heads");

    [Theory]
    [MemberData(nameof(OpenCases))]
    public void Heads_of_the_open_implementation_give_its_keypoints(string name)
    {
        GoldenCase golden = GoldenVectors.Open("movenet_heads", name);
        int[] shape = golden.Shape("heatmap");
        Keypoint[] keypoints = Parse(golden, new(shape[0], shape[1], shape[2], TensorLayout.Nchw), MoveNetHeadsOptions.Fire717);

        double[] scores = GoldenCase.Numbers(golden.Expected.GetProperty("scores"));
        int joint = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("keypoints_normalised").EnumerateArray())
        {
            // The reference marks a missing joint by (-1, -1).
            double[] point = GoldenCase.Numbers(expected);
            bool isMissing = point is [-1, -1];
            Compare(golden, isMissing ? double.NaN : point[0], isMissing ? double.NaN : point[1], scores[joint],
                keypoints[joint], joint);
            joint++;
        }

        Assert.Equal(keypoints.Length, joint);
    }

    [Theory]
    [MemberData(nameof(HubCases))]
    public void Heads_of_the_published_graph_give_what_its_own_decoder_gives(string name)
    {
        GoldenCase golden = GoldenVectors.Open("movenet_tfhub_heads", name);
        int[] shape = golden.Shape("heatmap");
        Keypoint[] keypoints = Parse(golden, new(shape[2], shape[0], shape[1], TensorLayout.Nhwc), MoveNetHeadsOptions.Google);

        int joint = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("keypoints_yxs").EnumerateArray())
        {
            double[] point = GoldenCase.Numbers(expected);
            Compare(golden, point[1], point[0], point[2], keypoints[joint], joint);
            joint++;
        }

        Assert.Equal(keypoints.Length, joint);
    }

    private static Keypoint[] Parse(GoldenCase golden, HeatmapShape heatmap, MoveNetHeadsOptions options)
    {
        MoveNetHeadShapes shapes = new(
            heatmap, heatmap with { Channels = 1 }, heatmap with { Channels = 2 * heatmap.Channels },
            heatmap with { Channels = 2 * heatmap.Channels });
        var keypoints = new Keypoint[heatmap.Channels];
        (int centerCell, _) = MoveNetHeads.Parse(
            golden.Tensor("heatmap"), golden.Tensor("center"), golden.Tensor("regression"), golden.Tensor("offset"), shapes,
            options, (1f / heatmap.Width, 1f / heatmap.Height), keypoints);

        int[] center = GoldenCase.Integers(golden.Expected.GetProperty("center_cell_xy"));
        Assert.Equal((center[1] * heatmap.Width) + center[0], centerCell);
        return keypoints;
    }

    private static void Compare(GoldenCase golden, double x, double y, double score, Keypoint actual, int joint)
    {
        Near.Equal(x, actual.X, golden.Tolerance("abs_norm"), $"x of joint {joint}");
        Near.Equal(y, actual.Y, golden.Tolerance("abs_norm"), $"y of joint {joint}");
        Near.Equal(score, actual.Score, golden.Tolerance("abs_score"), $"score of joint {joint}");
    }
}
