using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class PoseNetSingleGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("posenet_single");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Single_poses_are_those_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("posenet_single", name);
        int[] shape = golden.Shape("heatmap");
        HeatmapShape heatmap = new(shape[2], shape[0], shape[1], TensorLayout.Nhwc);
        var keypoints = new Keypoint[shape[2]];

        float score = PoseNetSingle.Parse(
            golden.Tensor("heatmap"), heatmap, golden.Tensor("offset"), heatmap with { Channels = 2 * shape[2] },
            golden.Params.GetProperty("output_stride").GetInt32(), new int[shape[2]], keypoints);

        JsonElement pose = Assert.Single(golden.Expected.GetProperty("poses").EnumerateArray());
        Near.Equal(pose.GetProperty("score").GetDouble(), score, golden.Tolerance("abs_score"), "pose score");
        int joint = 0;
        foreach (JsonElement expected in pose.GetProperty("keypoints").EnumerateArray())
        {
            double[] point = GoldenCase.Numbers(expected);
            Near.Equal(point[0], keypoints[joint].X, golden.Tolerance("abs_px"), $"x of joint {joint}");
            Near.Equal(point[1], keypoints[joint].Y, golden.Tolerance("abs_px"), $"y of joint {joint}");
            Near.Equal(point[2], keypoints[joint].Score, golden.Tolerance("abs_score"), $"score of joint {joint}");
            joint++;
        }

        Assert.Equal(keypoints.Length, joint);
        CompareInImage(golden, keypoints);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Where_the_sigmoid_saturates_the_first_of_the_equal_cells_is_what_the_reference_returns(string name)
    {
        GoldenCase golden = GoldenVectors.Open("posenet_single", name);
        if (!golden.Expected.TryGetProperty("reference_poses", out JsonElement poses))
        {
            return;   // only where the reference, which looks for the maximum after the sigmoid, returns something else
        }

        int[] shape = golden.Shape("heatmap");
        HeatmapShape heatmap = new(shape[2], shape[0], shape[1], TensorLayout.Nhwc);
        var keypoints = new Keypoint[shape[2]];

        // In 32 bits the sigmoid is exactly 1 from 17 on, so cells cut off there are equal for us as they are for the reference.
        float[] logits = [.. golden.Tensor("heatmap").Select(logit => MathF.Min(logit, 17))];
        float score = PoseNetSingle.Parse(
            logits, heatmap, golden.Tensor("offset"), heatmap with { Channels = 2 * shape[2] },
            golden.Params.GetProperty("output_stride").GetInt32(), new int[shape[2]], keypoints);

        JsonElement pose = Assert.Single(poses.EnumerateArray());
        Near.Equal(pose.GetProperty("score").GetDouble(), score, golden.Tolerance("abs_score"), "pose score");
        PoseNetImage.Compare(pose.GetProperty("keypoints"), keypoints, golden.Tolerance("abs_px"), 1, 1, "of the reference");
    }

    private static void CompareInImage(GoldenCase golden, Keypoint[] keypoints)
    {
        (AffineMap map, double scaleX, double scaleY) = PoseNetImage.WayBack(golden);

        KeypointMath.ToFrame(keypoints, map, PixelOrigin.Centre);

        JsonElement expected = Assert.Single(golden.Expected.GetProperty("image_keypoints").EnumerateArray());
        PoseNetImage.Compare(expected, keypoints, golden.Tolerance("abs_px"), scaleX, scaleY, "in the image");
    }
}
