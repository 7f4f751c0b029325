using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class PoseNetMultipleGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("posenet_multi");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Several_poses_are_those_of_the_reference(string name) => Compare(name, "poses", isPythonVariant: false);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_python_variant_gives_the_poses_of_posenet_python(string name) =>
        Compare(name, "posenet_python_poses", isPythonVariant: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Several_poses_come_back_to_the_image_where_the_reference_has_them(string name)
    {
        GoldenCase golden = GoldenVectors.Open("posenet_multi", name);
        FramePoses poses = Parse(golden, isPythonVariant: false);
        (AffineMap map, double scaleX, double scaleY) = PoseNetImage.WayBack(golden);
        int person = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("image_keypoints").EnumerateArray())
        {
            Assert.True(person < poses.Count, $"{poses.Count} people found");
            KeypointMath.ToFrame(poses.Keypoints(person), map, PixelOrigin.Centre);
            PoseNetImage.Compare(expected, poses.Keypoints(person), golden.Tolerance("abs_px"), scaleX, scaleY, $"of person {person}");
            person++;
        }

        Assert.Equal(person, poses.Count);
    }

    private static FramePoses Parse(GoldenCase golden, bool isPythonVariant)
    {
        int[] shape = golden.Shape("heatmap");
        HeatmapShape heatmap = new(17, shape[0], shape[1], TensorLayout.Nhwc);
        PoseNetMultiple parser = new(
            new(heatmap, heatmap with { Channels = 34 }, heatmap with { Channels = 32 }),
            golden.Params.GetProperty("output_stride").GetInt32(),
            new()
            {
                MaxDetections = golden.Params.GetProperty("max_detections").GetInt32(),
                ScoreThreshold = golden.Params.GetProperty("score_threshold").GetDouble(),
                NmsRadius = golden.Params.GetProperty("nms_radius").GetSingle(),
                IsPythonVariant = isPythonVariant,
            });
        FramePoses poses = new(17, capacity: 1);

        parser.Parse(
            golden.Tensor("heatmap"), golden.Tensor("offset"), golden.Tensor("displacement_fwd"),
            golden.Tensor("displacement_bwd"), poses);
        return poses;
    }

    private static void Compare(string name, string expectation, bool isPythonVariant)
    {
        GoldenCase golden = GoldenVectors.Open("posenet_multi", name);
        FramePoses poses = Parse(golden, isPythonVariant);
        int person = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty(expectation).EnumerateArray())
        {
            Assert.True(person < poses.Count, $"{poses.Count} people found");
            Near.Equal(expected.GetProperty("score").GetDouble(), poses.Score(person), golden.Tolerance("abs_score"),
                $"score of person {person}");
            int joint = 0;
            foreach (JsonElement place in expected.GetProperty("keypoints").EnumerateArray())
            {
                double[] point = GoldenCase.Numbers(place);
                Keypoint actual = poses.Keypoints(person)[joint];
                Near.Equal(point[0], actual.X, golden.Tolerance("abs_px"), $"x of joint {joint} of person {person}");
                Near.Equal(point[1], actual.Y, golden.Tolerance("abs_px"), $"y of joint {joint} of person {person}");
                Near.Equal(point[2], actual.Score, golden.Tolerance("abs_score"), $"score of joint {joint} of person {person}");
                joint++;
            }

            person++;
        }

        Assert.Equal(person, poses.Count);
    }
}
