using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Inference;
using PoseBatch.Parsing;
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

    // The reference resizes without half-pixel centres, so its way back is a plain scale (spec section 3).
    private static void CompareInImage(GoldenCase golden, Keypoint[] keypoints)
    {
        JsonElement padding = golden.Params.GetProperty("padding");
        double Of(string name) => golden.Params.GetProperty(name).GetDouble();
        double Pad(string side) => padding.GetProperty(side).GetDouble();
        double scaleX = (Of("image_width") + Pad("left") + Pad("right")) / Of("input_width");
        double scaleY = (Of("image_height") + Pad("top") + Pad("bottom")) / Of("input_height");

        KeypointMath.ToFrame(keypoints, AffineMap.Scale(scaleX, scaleY, -Pad("left"), -Pad("top")), PixelOrigin.Centre);

        JsonElement expected = Assert.Single(golden.Expected.GetProperty("image_keypoints").EnumerateArray());
        int joint = 0;
        foreach (JsonElement place in expected.EnumerateArray())
        {
            double[] point = GoldenCase.Numbers(place);
            Near.Equal(point[0], keypoints[joint].X, golden.Tolerance("abs_px") * scaleX, $"x of joint {joint} in the image");
            Near.Equal(point[1], keypoints[joint].Y, golden.Tolerance("abs_px") * scaleY, $"y of joint {joint} in the image");
            joint++;
        }
    }
}
