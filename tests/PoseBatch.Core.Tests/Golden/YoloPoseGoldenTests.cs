using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Models;
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

        CompareWithTheReferencesWayBack(golden, fit, side, poses);
    }

    // The reference divides by the one ratio that the sides had before they were rounded, takes the rounded padding from boxes and
    // the unrounded one from joints, and clips both to the picture (docs/spec, 13.1). What we have in the frame, carried into the
    // letterbox again, must come out there by its way.
    private static void CompareWithTheReferencesWayBack(GoldenCase golden, FrameFit fit, int side, FramePoses poses)
    {
        int width = golden.Params.GetProperty("image_width").GetInt32(), height = golden.Params.GetProperty("image_height").GetInt32();
        double ratio = Math.Min((double)side / width, (double)side / height);
        AffineMap toLetterbox = fit.ModelToFrame.Inverse();
        JsonElement boxes = golden.Expected.GetProperty("boxes_image"), people = golden.Expected.GetProperty("keypoints_image");
        Assert.Equal((poses.Count, poses.Count), (boxes.GetArrayLength(), people.GetArrayLength()));
        for (int person = 0; person < poses.Count; person++)
        {
            BoundingBox box = poses.Box(person);
            double[] sides = GoldenCase.Numbers(boxes[person]);
            double[] corners = [box.XMin, box.YMin, box.XMax, box.YMax];
            for (int corner = 0; corner < corners.Length; corner += 2)
            {
                CompareClipped(sides.AsSpan(corner, 2), corners[corner], corners[corner + 1], fit.Left, fit.Top, $"corner {corner / 2}");
            }

            for (int joint = 0; joint < poses.KeypointCount; joint++)
            {
                Keypoint keypoint = poses.Keypoints(person)[joint];
                CompareClipped(
                    GoldenCase.Numbers(people[person][joint]).AsSpan(0, 2), keypoint.X, keypoint.Y,
                    (side - (width * ratio)) / 2, (side - (height * ratio)) / 2, $"joint {joint}");
            }
        }

        void CompareClipped(ReadOnlySpan<double> expected, double frameX, double frameY, double left, double top, string what)
        {
            // Both count from the corner of the first pixel, the map from its centre.
            (double modelX, double modelY) = toLetterbox.Apply(frameX - 0.5, frameY - 0.5);
            Near.Equal(expected[0], Math.Clamp((modelX + 0.5 - left) / ratio, 0, width), golden.Tolerance("abs_px"), $"x of {what}");
            Near.Equal(expected[1], Math.Clamp((modelY + 0.5 - top) / ratio, 0, height), golden.Tolerance("abs_px"), $"y of {what}");
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
