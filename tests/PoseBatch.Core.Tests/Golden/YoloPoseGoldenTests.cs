using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Inference;
using PoseBatch.Parsing;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

public class YoloPoseGoldenTests
{
    public static TheoryData<string> Cases => GoldenVectors.Cases("yolo_pose");

    [Theory]
    [MemberData(nameof(Cases))]
    public void People_are_those_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolo_pose", name);
        int[] shape = golden.Shape("output");
        int classes = golden.Params.GetProperty("num_classes").GetInt32(),
        joints = golden.Params.GetProperty("num_keypoints").GetInt32();
        float[] output = golden.Tensor("output");
        List<Detection> kept = [];

        YoloPose.Choose(
            output, shape[2], classes,
            new()
            {
                Confidence = golden.Params.GetProperty("confidence").GetSingle(),
                OverlapThreshold = golden.Params.GetProperty("iou_threshold").GetDouble(),
                MaxDetections = golden.Params.GetProperty("max_detections").GetInt32(),
            },
            [], kept);

        Assert.Equal(GoldenCase.Integers(golden.Expected.GetProperty("kept_indices")), kept.Select(detection => detection.Row));
        Assert.Equal(GoldenCase.Integers(golden.Expected.GetProperty("classes")), kept.Select(detection => detection.Class));
        for (int person = 0; person < kept.Count; person++)
        {
            Near.Equal(golden.Expected.GetProperty("scores")[person].GetDouble(), kept[person].Score,
                golden.Tolerance("abs_score"), $"score {person}");
            GoldenPicture.Compare(
                GoldenCase.Numbers(golden.Expected.GetProperty("boxes_letterbox")[person]), kept[person].Box,
                golden.Tolerance("abs_px"), $"box {person}");
            var keypoints = new Keypoint[joints];
            YoloPose.ReadKeypoints(output, shape[2], classes, kept[person].Row, keypoints);
            Compare(golden, golden.Expected.GetProperty("keypoints_letterbox")[person], keypoints);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_family_brings_them_back_to_the_frame(string name)
    {
        GoldenCase golden = GoldenVectors.Open("yolo_pose", name);
        int[] shape = golden.Shape("output");
        int side = golden.Params.GetProperty("input_size").GetInt32(),
        joints = golden.Params.GetProperty("num_keypoints").GetInt32();
        FrameFit fit = DetectorLetterbox.YoloPose(
            new(golden.Params.GetProperty("image_width").GetInt32(), golden.Params.GetProperty("image_height").GetInt32()), side);
        JsonElement letterbox = golden.Params.GetProperty("letterbox");
        Assert.Equal(new PixelSize(letterbox.GetProperty("new_width").GetInt32(),
            letterbox.GetProperty("new_height").GetInt32()), fit.Fit);
        Assert.Equal((letterbox.GetProperty("left").GetInt32(), letterbox.GetProperty("top").GetInt32()), (fit.Left, fit.Top));
        ModelDescription model = TestModel.Describe(
            "yolo-pose", new(side, side), joints, TensorLayout.Plain, ["output"],
            ("confidence", golden.Params.GetProperty("confidence").GetDouble()),
            ("overlap_threshold", golden.Params.GetProperty("iou_threshold").GetDouble()),
            ("max_detections", golden.Params.GetProperty("max_detections").GetInt64()));
        FramePoses poses = new(joints, capacity: 1);

        PoseParsers.Create(model, [[shape[1], shape[2]]]).Parse(new FakeSlot(golden.Tensor("output")), 0, fit.ModelToFrame,
            poses);

        JsonElement expected = golden.Expected.GetProperty("keypoints_image_exact");
        Assert.Equal(expected.GetArrayLength(), poses.Count);
        for (int person = 0; person < poses.Count; person++)
        {
            Compare(golden, expected[person], poses.Keypoints(person));
        }
    }

    private static void Compare(GoldenCase golden, JsonElement expected, ReadOnlySpan<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            double[] point = GoldenCase.Numbers(expected[joint]);
            Near.Equal(point[0], keypoints[joint].X, golden.Tolerance("abs_px"), $"x of joint {joint}");
            Near.Equal(point[1], keypoints[joint].Y, golden.Tolerance("abs_px"), $"y of joint {joint}");
            Near.Equal(point[2], keypoints[joint].Score, golden.Tolerance("abs_score"), $"score of joint {joint}");
        }
    }
}
