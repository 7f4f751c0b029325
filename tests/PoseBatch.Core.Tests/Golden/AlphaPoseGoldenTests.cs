using System.Text.Json;
using PoseBatch.Estimators;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Imaging;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Shared;
using PoseBatch.Video;

namespace PoseBatch.Golden;

public class AlphaPoseGoldenTests
{
    private const int JointCount = 17;

    public static TheoryData<string> CropCases => GoldenVectors.Cases("alphapose_crop");

    public static TheoryData<string> HeatmapCases => GoldenVectors.Cases("alphapose_heatmap");

    public static TheoryData<string> NmsCases => GoldenVectors.Cases("alphapose_pose_nms");

    public static TheoryData<string> ChainCases => GoldenVectors.Cases("alphapose_chain");

    [Theory]
    [MemberData(nameof(CropCases))]
    public void Crops_are_those_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_crop", name);
        PixelSize frame = Size(golden, "image"), input = Size(golden, "input");
        byte[] rgb = GoldenPicture.Rgb(golden);
        float[] expected = golden.ExpectedTensor("crops");
        float[] crops = new float[expected.Length];
        int person = 0, size = 3 * input.Width * input.Height;
        foreach (BoundingBox box in BoxesOf(golden))
        {
            AlphaPoseCrop crop = AlphaPoseCrop.Around(box, frame, input);
            double[] corner = GoldenCase.Numbers(golden.Expected.GetProperty("pt1")[person]);
            double[] opposite = GoldenCase.Numbers(golden.Expected.GetProperty("pt2")[person]);
            GoldenPicture.Compare([.. corner, .. opposite], crop.Box, golden.Tolerance("abs_px"), $"box {person}");
            AffineMap expectedMap = GoldenPicture.Affine(golden.Expected.GetProperty("affine_image_to_input")[person]);
            GoldenPicture.Compare(expectedMap, crop.FrameToInput(), golden.Tolerance("abs_px"), $"map {person}");

            CropSampler.Sample(
                rgb, frame, crop.Window(frame), crop.FrameToInput().Inverse(), input, AlphaPoseCrop.Mean, AlphaPoseCrop.Mean,
                AlphaPoseCrop.Std,
                crops.AsSpan(person * size, size));
            person++;
        }

        GoldenPicture.Compare(expected, crops, golden.Tolerance("abs_pixel"));
        Assert.True(expected.Zip(crops, (one, other) => Math.Abs(one - other)).Average() <= golden.Tolerance("mean_abs_pixel"));
    }

    [Theory]
    [MemberData(nameof(HeatmapCases))]
    public void Heatmaps_are_read_as_the_reference_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_heatmap", name);
        PixelSize input = Size(golden, "input");
        HeatmapShape shape = Maps(golden);
        float[] heatmaps = golden.Tensor("heatmaps");
        int person = 0;
        foreach (BoundingBox box in BoxesOf(golden))
        {
            Keypoint[] cells = new Keypoint[JointCount], places = new Keypoint[JointCount];
            ReadOnlySpan<float> stack = heatmaps.AsSpan(person * shape.Count, shape.Count);
            AlphaPoseHeatmap.Parse(stack, shape, cells);
            AlphaPoseHeatmap.Parse(stack, shape, new AlphaPoseCrop(box, input), places);
            double[] scores = GoldenCase.Numbers(golden.Expected.GetProperty("scores")[person]);
            Compare(golden, golden.Expected.GetProperty("heatmap_coords")[person], scores, cells, "cell");
            Compare(golden, golden.Expected.GetProperty("image_coords")[person], scores, places, "place");
            person++;
        }
    }

    [Theory]
    [MemberData(nameof(NmsCases))]
    public void Poses_are_grouped_and_merged_as_the_reference_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_pose_nms", name);
        float[] places = golden.Tensor("poses"), scores = golden.Tensor("pose_scores");
        Keypoint[] poses = [.. scores.Select((score, i) => new Keypoint(places[2 * i], places[(2 * i) + 1], score))];
        FramePoses merged = new(JointCount);
        PoseNms nms = new(new());

        nms.Run(BoxesOf(golden), golden.Tensor("box_scores"), poses, merged);

        Assert.Equal(GoldenCase.Integers(golden.Expected.GetProperty("picked")), nms.Picks.ToArray());
        for (int group = 0; group < nms.GroupCount; group++)
        {
            int[] members = [.. Enumerable.Range(0, poses.Length / JointCount).Where(pose => nms.GroupOf[pose] == group)];
            Assert.Equal(GoldenCase.Integers(golden.Expected.GetProperty("merged")[group]).Order(), members);
        }

        CompareResults(golden, merged);
    }

    [Theory]
    [MemberData(nameof(ChainCases))]
    public void The_chain_from_boxes_to_people_ends_where_the_reference_does(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_chain", name);
        PixelSize frame = Size(golden, "image"), input = Size(golden, "input");
        HeatmapShape shape = Maps(golden);
        BoundingBox[] boxes = BoxesOf(golden);
        float[] heatmaps = golden.Tensor("heatmaps");
        var poses = new Keypoint[boxes.Length * JointCount];
        for (int person = 0; person < boxes.Length; person++)
        {
            AlphaPoseCrop crop = AlphaPoseCrop.Around(boxes[person], frame, input);
            Span<Keypoint> keypoints = poses.AsSpan(person * JointCount, JointCount);
            AlphaPoseHeatmap.Parse(heatmaps.AsSpan(person * shape.Count, shape.Count), shape, crop, keypoints);
            GoldenPicture.Compare(
                GoldenCase.Numbers(golden.Expected.GetProperty("enlarged_boxes")[person]), crop.Box, golden.Tolerance("abs_px"),
                $"box {person}");
            Compare(
                golden, golden.Expected.GetProperty("image_coords")[person],
                GoldenCase.Numbers(golden.Expected.GetProperty("heatmap_scores")[person]), keypoints, "place");
        }

        FramePoses merged = new(JointCount);
        new PoseNms(new()).Run(boxes, golden.Tensor("box_scores"), poses, merged);

        CompareResults(golden, merged);
    }

    [Theory]
    [MemberData(nameof(ChainCases))]
    public void The_estimator_goes_the_whole_way_of_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("alphapose_chain", name);
        PixelSize size = Size(golden, "image"), input = Size(golden, "input");
        HeatmapShape shape = Maps(golden);
        BoundingBox[] boxes = BoxesOf(golden);
        float[] scores = golden.Tensor("box_scores"), heatmaps = golden.Tensor("heatmaps");

        // The network sees people by falling score.
        int[] order = [.. Enumerable.Range(0, boxes.Length).OrderByDescending(person => scores[person])];
        int next = 0;
        ModelDescription alphaPose = TestModel.Describe("alphapose", input, JointCount, TensorLayout.Nchw, ["heatmap"], ("stride", 4.0));
        FakePoseModel pose = new(alphaPose, [[shape.Channels, shape.Height, shape.Width]], 2, (_, outputs) =>
            heatmaps.AsSpan(order[next++] * shape.Count, shape.Count).CopyTo(outputs[0]));
        using TopDownEstimator estimator = new(Detector(size, boxes, scores), pose);
        VideoInfo video = Some.Video() with { DisplaySize = size };
        Frame frame = estimator.PlacementFor(video).NewFrame(JointCount);
        frame.Stamp = Some.Stamp(0) with { DisplaySize = size };
        using IEstimatorLane worker = estimator.CreateLane();

        worker.Estimate([frame]);

        Assert.Equal(boxes.Length, next);
        CompareResults(golden, frame.Poses);
    }

    /// <summary>Gives these boxes as a YOLOv3-type network would, in pixels of a letterbox of 608; none is suppressed.</summary>
    private static FakePoseModel Detector(PixelSize frame, BoundingBox[] boxes, float[] scores)
    {
        const int Side = 608;
        ModelDescription model = TestModel.Describe(
            "yolov3", new(Side, Side), 1, TensorLayout.Plain, ["detections"], ("rules", "alphapose"), ("nms_overlap", 1.0));

        // 854x480 lies as 608x341 in it, 133 rows from the top (docs/spec, 5).
        Assert.Equal(new PixelSize(854, 480), frame);
        double scaleX = 608.0 / 854, scaleY = 341.0 / 480;
        return new(model with { Skeleton = ModelFamilies.NoSkeleton }, [[boxes.Length, 6]], 1, (_, outputs) =>
        {
            for (int person = 0; person < boxes.Length; person++)
            {
                BoundingBox box = boxes[person];
                float[] row =
                [
                    (float)(scaleX * (box.XMin + box.XMax) / 2), (float)((scaleY * (box.YMin + box.YMax) / 2) + 133),
                    (float)(scaleX * box.Width), (float)(scaleY * box.Height), scores[person], 0.5f,
                ];
                row.CopyTo(outputs[0], person * row.Length);
            }
        });
    }

    [Fact]
    public void Poses_with_lost_joints_still_end_in_one_group_each()
    {
        Keypoint[] poses = [.. Enumerable.Repeat(Keypoint.NotFound, 2 * JointCount)];
        FramePoses merged = new(JointCount);
        PoseNms nms = new(new());

        nms.Run([new(0, 0, 10, 10), new(0, 0, 10, 10)], [1, 1], poses, merged);

        Assert.Equal(2, nms.GroupCount);
        Assert.Equal(0, merged.Count);
    }

    private static void CompareResults(GoldenCase golden, FramePoses merged)
    {
        int person = 0;
        foreach (JsonElement result in golden.Expected.GetProperty("results").EnumerateArray())
        {
            Assert.True(person < merged.Count, $"{merged.Count} people");
            Compare(golden, result.GetProperty("keypoints"), GoldenCase.Numbers(result.GetProperty("scores")),
                merged.Keypoints(person), "merged place");
            Near.Equal(result.GetProperty("proposal_score").GetDouble(), merged.Score(person), golden.Tolerance("abs_score"),
                $"score of person {person}");
            person++;
        }

        Assert.Equal(person, merged.Count);
    }

    // Joints without a positive value lie on the first cell in the reference; here they are not found.
    private static void Compare(GoldenCase golden, JsonElement places, double[] scores, ReadOnlySpan<Keypoint> keypoints,
        string what)
    {
        for (int joint = 0; joint < scores.Length; joint++)
        {
            if (scores[joint] <= 0)
            {
                Assert.Equal(Keypoint.NotFound, keypoints[joint]);
                continue;
            }

            double[] point = GoldenCase.Numbers(places[joint]);
            Near.Equal(point[0], keypoints[joint].X, golden.Tolerance("abs_px"), $"x of {what} {joint}");
            Near.Equal(point[1], keypoints[joint].Y, golden.Tolerance("abs_px"), $"y of {what} {joint}");
            Near.Equal(scores[joint], keypoints[joint].Score, golden.Tolerance("abs_score"), $"score of {what} {joint}");
        }
    }

    private static HeatmapShape Maps(GoldenCase golden)
    {
        int[] shape = golden.Shape("heatmaps");
        return new(shape[1], shape[2], shape[3], TensorLayout.Nchw);
    }

    private static PixelSize Size(GoldenCase golden, string what) =>
        new(golden.Params.GetProperty(what + "_width").GetInt32(), golden.Params.GetProperty(what + "_height").GetInt32());

    private static BoundingBox[] BoxesOf(GoldenCase golden) =>
        [.. golden.Tensor("boxes").Chunk(4).Select(box => new BoundingBox(box[0], box[1], box[2], box[3]))];
}
