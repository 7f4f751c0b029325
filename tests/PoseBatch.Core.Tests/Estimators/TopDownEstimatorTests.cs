using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Shared;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// In a circle: people are painted into frames as one soft spot per joint and colour; the fake pose network finds the spots
/// in its crop and draws its outputs there; the joints must come back to where the spots were painted.
/// </summary>
public class TopDownEstimatorTests
{
    private const int JointCount = 3;   // one per colour
    private const int MaxPeople = 4;
    private const int Side = 320;       // of the detector's input
    private static readonly PixelSize FrameSize = new(640, 480);
    private static readonly PixelSize Input = new(192, 256);
    private static readonly HeatmapShape Grid = new(JointCount, Input.Height / 4, Input.Width / 4, TensorLayout.Nchw);

    private static readonly Person[] Crowd =
    [
        new(new(100, 60, 260, 420), 0.9f, [(180.25, 100.5), (150, 230.75), (210.5, 380)]),
        new(new(400, 100, 520, 340), 0.7f, [(460, 130), (430.3, 220), (490, 310.6)]),
        new(new(540, 380, 620, 440), 0.5f, [(580, 400), (570, 410), (590.5, 420)]),
    ];

    [Theory]
    [InlineData("none", 0.5)]
    [InlineData("quarter", 0.3)]
    [InlineData("dark", 0.05)]
    [InlineData("udp-dark", 0.05)]
    [InlineData("simcc", 0.25)]
    public void Joints_come_back_to_where_they_were_painted(string reading, double cells)
    {
        using TopDownEstimator estimator = new(Detector(4, [Crowd]), Pose(4, reading));

        Frame frame = Estimate(estimator, [Painted(Crowd)])[0];

        Assert.Equal(Crowd.Length, frame.Poses.Count);
        for (int i = 0; i < Crowd.Length; i++)
        {
            // A cell of the map is 4 input pixels (of SimCC one bin, half a pixel); the spot itself is found to 0.1 pixels.
            double pixel = 1.25 * Math.Max(Crowd[i].Box.Width / (double)Input.Width, Crowd[i].Box.Height / (double)Input.Height);
            AssertNear(Crowd[i], frame, i, (cells * pixel * (reading == "simcc" ? 1 : 4)) + 0.1);
            Assert.Equal(Crowd[i].Score * 0.8f, frame.Poses.Score(i), 1e-3f);
            AssertBox(Crowd[i].Box, frame.Poses.Box(i));
        }
    }

    [Theory]
    [InlineData("pytorch")]
    [InlineData("master")]
    public void AlphaPose_finds_the_joints_and_scores_its_own_way(string branch)
    {
        using TopDownEstimator estimator = new(Detector(4, [Crowd]), Pose(4, branch));

        Frame frame = Estimate(estimator, [Painted(Crowd)])[0];
        frame.Poses.Finish(0, 20, 0);   // AlphaPose gives people by their joints' scores, which are all the same here

        Assert.Equal(Crowd.Length, frame.Poses.Count);
        for (int i = 0; i < Crowd.Length; i++)
        {
            // Half a cell for the quarter steps and the shifts that belong to the trained weights; a cell is 4 input pixels.
            double pixel = 1.3 * Math.Max(Crowd[i].Box.Width / (double)Input.Width, Crowd[i].Box.Height / (double)Input.Height);
            AssertNear(Crowd[i], frame, i, (0.5 * pixel * 4) + 0.4);
            Assert.Equal(0.8f + Crowd[i].Score + (1.25f * 0.8f), frame.Poses.Score(i), 2e-3f);
            AssertBox(Crowd[i].Box, frame.Poses.Box(i));
        }
    }

    [Fact]
    public void AlphaPose_merges_two_boxes_of_one_person()
    {
        Person shifted = Crowd[0] with { Box = new(90, 20, 300, 440), Score = 0.6f };
        FakePoseModel pose = Pose(4, "pytorch", ("match_threshold", 3.0));
        using TopDownEstimator estimator = new(Detector(1, [[Crowd[0], shifted]], overlap: 0.9), pose);

        Frame frame = Estimate(estimator, [Painted([Crowd[0]])])[0];

        Assert.Equal([2], pose.Runs);
        Assert.Equal(1, frame.Poses.Count);
    }

    [Fact]
    public void A_frame_without_people_has_no_poses_and_costs_no_pose_run()
    {
        FakePoseModel pose = Pose(4, "dark");
        using TopDownEstimator estimator = new(Detector(4, [[]]), pose);

        Frame frame = Estimate(estimator, [Painted([])])[0];

        Assert.Equal(0, frame.Poses.Count);
        Assert.Empty(pose.Runs);
    }

    [Theory]
    [InlineData("quarter")]
    [InlineData("pytorch")]
    public void The_grouping_into_batches_changes_nothing_and_crops_of_several_frames_share_one(string reading)
    {
        Person[][] scenes = [[Crowd[0]], [], Crowd, [Crowd[1], Crowd[2]], [Crowd[0]]];
        FakePoseModel alone = Pose(1, reading), packed = Pose(4, reading);
        using TopDownEstimator one = new(Detector(1, scenes), alone);
        using TopDownEstimator four = new(Detector(4, scenes), packed);
        Frame[] frames() => [.. scenes.Select((scene, index) => Painted(scene, index))];

        Frame[] single = Estimate(one, frames()), grouped = Estimate(four, frames());

        Assert.Equal([1, 1, 1, 1, 1, 1, 1], alone.Runs);
        Assert.Equal([4, 2, 1], packed.Runs);   // frames 0 to 3 have six people, frame 4 has one
        for (int i = 0; i < scenes.Length; i++)
        {
            Assert.Equal(scenes[i].Length, single[i].Poses.Count);
            for (int person = 0; person < scenes[i].Length; person++)
            {
                Assert.Equal(single[i].Poses.Keypoints(person).ToArray(), grouped[i].Poses.Keypoints(person).ToArray());
                Assert.Equal(single[i].Poses.Score(person), grouped[i].Poses.Score(person));
            }
        }
    }

    [Fact]
    public void Boxes_are_clipped_to_the_picture_and_those_outside_are_no_people()
    {
        Person half = new(new(-80, 100, 120, 400), 0.8f, [(40, 150), (30, 250), (60, 350)]);
        Person outside = new(new(660, 10, 700, 90), 0.9f, []);
        Person broken = new(new(float.NaN, 0, 10, 10), 0.9f, []);
        using TopDownEstimator estimator = new(Detector(1, [[half, outside, broken]]), Pose(1, "dark"));

        Frame frame = Estimate(estimator, [Painted([half])])[0];

        Assert.Equal(1, frame.Poses.Count);
        AssertBox(new(0, 100, 120, 400), frame.Poses.Box(0));
        AssertNear(half, frame, 0, 1.5);
    }

    [Theory]
    [InlineData("dark", 1)]
    [InlineData("pytorch", 4)]
    public void Pixels_that_are_not_square_change_neither_places_nor_what_the_network_sees(string reading, double tolerance)
    {
        // Stored at half the width: the joints are at half their x, and the crop must look as it does for square pixels.
        Person narrow = Narrow(Crowd[0]);
        VideoInfo video = Some.Video() with { DisplaySize = new(320, 480), SampleAspectRatio = new(2, 1) };
        using TopDownEstimator estimator = new(Detector(1, [[Crowd[0]]]), Pose(1, reading));

        Frame frame = Estimate(estimator, [Painted([narrow], 0, video, 2)])[0];

        AssertNear(narrow, frame, 0, tolerance);
        AssertBox(narrow.Box, frame.Poses.Box(0));
    }

    [Fact]
    public void A_frame_whose_size_changed_in_mid_stream_gets_its_own_pixels()
    {
        using TopDownEstimator estimator = new(Detector(1, [[Crowd[0]]]), Pose(1, "dark"));
        Frame frame = Painted([Crowd[0]]);
        frame.Stamp = frame.Stamp with { DisplaySize = new(320, 240) };   // the decoder stretched it to the first size

        Estimate(estimator, [frame]);

        Keypoint joint = frame.Poses.Keypoints(0)[0];
        Assert.Equal(((180.25 + 0.5) / 2) - 0.5, joint.X, 0.7);
        Assert.Equal(((100.5 + 0.5) / 2) - 0.5, joint.Y, 0.7);
        AssertBox(new(50, 30, 130, 210), frame.Poses.Box(0));
    }

    [Theory]
    [InlineData("dark", 0.8f)]
    [InlineData("pytorch", 0.8f + 1 + (1.25f * 0.8f))]
    public void Without_a_detector_the_whole_frame_is_the_crop(string reading, float score)
    {
        using TopDownEstimator estimator = new(null, Pose(2, reading));

        Frame frame = Estimate(estimator, [Painted([Crowd[0]])])[0];

        Assert.Null(estimator.Detector);
        Assert.Equal(1, frame.Poses.Count);
        Assert.False(frame.Poses.Box(0).IsKnown);
        Assert.Equal(score, frame.Poses.Score(0), 1e-3f);
        AssertNear(Crowd[0], frame, 0, reading == "dark" ? 2 : 7);
    }

    [Theory]
    [InlineData("dark")]
    [InlineData("pytorch")]
    [InlineData("master")]
    public void Once_warm_nothing_is_allocated(string reading)
    {
        using TopDownEstimator estimator = new(Detector(2, [Crowd]), Pose(2, reading));
        using IEstimatorLane worker = estimator.CreateLane();
        Frame[] frames = [Painted(Crowd), Painted(Crowd)];
        AllocationProbe.AssertNone(() =>
        {
            frames[0].Poses.Clear();
            frames[1].Poses.Clear();
            worker.Estimate(frames);
        });
    }

    [Fact]
    public void Models_and_slots_are_disposed_with_their_owners()
    {
        FakePoseModel detector = Detector(1, [[]]), pose = Pose(1, "dark");
        TopDownEstimator estimator = new(detector, pose);
        estimator.CreateLane().Dispose();
        estimator.Dispose();

        Assert.Equal((0, 0, true, true), (detector.LiveSlots, pose.LiveSlots, detector.IsDisposed, pose.IsDisposed));
    }

    [Fact]
    public void Models_in_each_others_places_are_refused_with_what_to_write()
    {
        ModelDescription detector = Detector(1, [[]]).Description, pose = Pose(1, "dark").Description;
        ModelDescription whole = pose with { Name = "whole", Family = "movenet-heads" };

        Assert.Contains("--detector", Refusal(detector, null).Advice, StringComparison.Ordinal);
        Assert.Contains("--detector", Refusal(detector, detector).Advice, StringComparison.Ordinal);
        Assert.Contains("finds joints, not people", Refusal(pose, pose).Message, StringComparison.Ordinal);
        Assert.Contains("'whole' (family movenet-heads) looks at whole frames", Refusal(whole, detector).Message, StringComparison.Ordinal);
        PoseEstimators.Check(pose, detector);
        PoseEstimators.Check(pose, null);
        PoseEstimators.Check(whole, null);

        static PoseBatchException Refusal(ModelDescription pose, ModelDescription? detector)
        {
            PoseBatchException refusal = Assert.Throws<PoseBatchException>(() => PoseEstimators.Check(pose, detector));
            Assert.Equal(ReasonCode.ModelMismatch, refusal.Reason);
            return refusal;
        }
    }

    [Theory]
    [InlineData("person_class", 7.0, "class 7")]
    [InlineData("nms_overlpa", 0.5, "nms_overlpa")]
    public void A_detector_whose_parameters_do_not_fit_is_refused_when_it_is_loaded(string parameter, double value, string named)
    {
        FakePoseModel right = Detector(1, [[]]);
        FakePoseModel wrong = new(
            right.Description with { Decoder = new Dictionary<string, object> { [parameter] = value } }, right.OutputShapes, 1, (_, _) => { });
        using TopDownEstimator estimator = new(wrong, Pose(1, "dark"));

        PoseBatchException refusal = Assert.Throws<PoseBatchException>(estimator.CreateLane);

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dark")]
    [InlineData("pytorch")]
    public void Only_a_frame_in_which_nobody_could_be_seen_counts_as_not_looked_at(string reading)
    {
        FakePoseModel detector = Detector(1, [Crowd, []]), blind = Spoilt(detector, _ => true);
        FakePoseModel pose = Pose(2, reading), dead = Spoilt(pose, _ => true), once = Spoilt(Pose(2, reading), call => call == 1);

        Assert.Equal((false, true, null), Look(detector, pose, Crowd));
        Assert.Equal((false, false, null), Look(detector, dead, []));   // it was not asked
        Assert.Equal((true, false, "output heatmap ('tensor_heatmap') of model 'test'"), Look(detector, dead, Crowd));
        Assert.Equal((false, true, "output heatmap ('tensor_heatmap') of model 'test'"), Look(detector, once, Crowd));   // one of three people
        Assert.Equal((true, false, "output detections ('tensor_detections') of model 'test'"), Look(blind, pose, Crowd));

        static (bool IsVoid, bool IsSound, string? Culprit) Look(FakePoseModel detector, FakePoseModel pose, Person[] people)
        {
            using TopDownEstimator estimator = new(detector, pose);
            OutputFinding finding = Estimate(estimator, [Painted(people, people.Length == 0 ? 1 : 0)])[0].Outputs;
            return (finding.IsVoid, finding.IsSound, finding.Culprit);
        }

        static FakePoseModel Spoilt(FakePoseModel network, Func<int, bool> isDue)
        {
            int calls = 0;
            return new(network.Description, network.OutputShapes, network.MaxBatch, (input, outputs) =>
            {
                network.Infer(input, outputs);
                if (isDue(calls++))
                {
                    Array.Fill(outputs[0], float.NaN);
                }
            });
        }
    }

    private static Frame[] Estimate(TopDownEstimator estimator, Frame[] frames)
    {
        using IEstimatorLane worker = estimator.CreateLane();
        for (int first = 0; first < frames.Length; first += estimator.MaxBatch)
        {
            Span<Frame> batch = frames.AsSpan(first, Math.Min(estimator.MaxBatch, frames.Length - first));
            worker.Estimate(batch);
        }

        return frames;
    }

    private static void AssertNear(Person person, Frame frame, int place, double tolerance)
    {
        for (int joint = 0; joint < JointCount; joint++)
        {
            Keypoint found = frame.Poses.Keypoints(place)[joint];
            Assert.Equal(person.Joints[joint].X, found.X, tolerance);
            Assert.Equal(person.Joints[joint].Y, found.Y, tolerance);
            Assert.Equal(0.8f, found.Score, 0.02f);
        }
    }

    private static void AssertBox(BoundingBox expected, BoundingBox box)
    {
        Assert.Equal(expected.XMin, box.XMin, 1e-3f);
        Assert.Equal(expected.YMin, box.YMin, 1e-3f);
        Assert.Equal(expected.XMax, box.XMax, 1e-3f);
        Assert.Equal(expected.YMax, box.YMax, 1e-3f);
    }

    private static Person Narrow(Person person) => new(
        person.Box with { XMin = person.Box.XMin / 2, XMax = person.Box.XMax / 2 }, person.Score,
        [.. person.Joints.Select(joint => (joint.X / 2, joint.Y))]);

    /// <summary>A black frame with a mark in its corner that tells the detector which scene it is, and three spots per person.</summary>
    private static Frame Painted(Person[] people, int scene = 0, VideoInfo? video = null, double pixelAspect = 1)
    {
        PixelSize picture = video?.DisplaySize ?? FrameSize;
        Frame frame = FramePlacement.Whole(video ?? Some.Video() with { DisplaySize = FrameSize }).NewFrame(JointCount);
        frame.Stamp = Some.Stamp(scene) with { DisplaySize = picture };
        frame.Pixels.Clear();
        for (int y = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++)
            {
                Span<byte> pixel = frame.Pixels.Slice(((y * picture.Width) + x) * 3, 3);
                if (x < 8 && y < 8)
                {
                    pixel.Fill((byte)(20 * scene));
                    continue;
                }

                foreach (Person person in people)
                {
                    // A tenth of the person wide, so that the crop shows it with several pixels whatever the person's size.
                    double sigma = Math.Max(person.Box.Width * pixelAspect, person.Box.Height) / 20;
                    for (int joint = 0; joint < JointCount; joint++)
                    {
                        double dx = (x - person.Joints[joint].X) * pixelAspect, dy = y - person.Joints[joint].Y;
                        pixel[joint] = Math.Max(pixel[joint], (byte)(250 * Math.Exp(-((dx * dx) + (dy * dy)) / (2 * sigma * sigma))));
                    }
                }
            }
        }

        return frame;
    }

    /// <summary>Knows the scenes, and gives each one's boxes as a YOLOv3-type network would: in letterbox pixels, with a double of each.</summary>
    private static FakePoseModel Detector(int maxBatch, Person[][] scenes, double overlap = 0.45)
    {
        ModelDescription model = TestModel.Describe(
            "yolov3", new(Side, Side), 1, TensorLayout.Plain, ["detections"], ("score_threshold", 0.3), ("nms_overlap", overlap));
        model = model with { Input = model.Input with { Std = [255, 255, 255], Pad = [128, 128, 128] }, Skeleton = ModelFamilies.NoSkeleton };
        return new(model, [[(2 * MaxPeople) + 1, 7]], maxBatch, (input, outputs) =>
        {
            Span<float> rows = outputs[0];
            rows.Clear();
            Assert.True(input[0] is > 127f / 255 and < 129f / 255, "The letterbox has not its border colour.");
            int scene = (int)MathF.Round(input[(41 * Side) + 1] * 255 / 20);
            for (int i = 0; i < scenes[scene].Length; i++)
            {
                Person person = scenes[scene][i];
                for (int copy = 0; copy < 2; copy++)
                {
                    // 640x480 in 320x320: half the size, 40 rows of border above.
                    float left = person.Box.XMin / 2, right = person.Box.XMax / 2;
                    float top = (person.Box.YMin / 2) + 40, bottom = (person.Box.YMax / 2) + 40 + copy;
                    float objectness = copy == 0 ? 0.96f : 0.9f;
                    ReadOnlySpan<float> row = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top, objectness, person.Score / 0.96f, 0];
                    row.CopyTo(rows[(((i * 2) + copy) * 7)..]);
                }
            }

            // A bicycle.
            ReadOnlySpan<float> other = [160, 160, 50, 50, 0.99f, 0.4f, 0.6f];
            other.CopyTo(rows[(2 * MaxPeople * 7)..]);
        });
    }

    /// <summary>Finds the spot of each colour by its centre of mass and draws a blob of height 0.8, or SimCC rows, there.</summary>
    private static FakePoseModel Pose(int maxBatch, string reading, params (string, object)[] more)
    {
        if (reading == "simcc")
        {
            return new(
                TestModel.Describe("simcc", Input, JointCount, TensorLayout.Plain, ["simcc_x", "simcc_y"], ("split_ratio", 2.0), ("box_scale", 1.25)),
                [[JointCount, 2 * Input.Width], [JointCount, 2 * Input.Height]], maxBatch,
                (input, outputs) =>
                {
                    Array.Clear(outputs[0]);
                    Array.Clear(outputs[1]);
                    for (int joint = 0; joint < JointCount; joint++)
                    {
                        (double x, double y) = Spot(input, joint);
                        outputs[0][(joint * 2 * Input.Width) + (int)Math.Round(2 * x)] = 0.8f;
                        outputs[1][(joint * 2 * Input.Height) + (int)Math.Round(2 * y)] = 0.9f;
                    }
                });
        }

        return new(
            reading is "pytorch" or "master"
                ? TestModel.Describe("alphapose", Input, JointCount, TensorLayout.Nchw, ["heatmap"], [("branch", reading), ("stride", 4.0), .. more])
                : TestModel.Describe("topdown-heatmap", Input, JointCount, TensorLayout.Nchw, ["heatmap"], ("refinement", reading), ("stride", 4.0), ("box_scale", 1.25)),
            [[JointCount, Grid.Height, Grid.Width]], maxBatch,
            (input, outputs) =>
            {
                Array.Clear(outputs[0]);
                for (int joint = 0; joint < JointCount; joint++)
                {
                    (double x, double y) = Spot(input, joint);

                    // Plain training: four input pixels to a cell. UDP: the corners of input and map lie on each other.
                    (double cellX, double cellY) = reading == "udp-dark"
                        ? (x * (Grid.Width - 1) / (Input.Width - 1), y * (Grid.Height - 1) / (Input.Height - 1))
                        : (x / 4, y / 4);
                    GaussianHeatmap.Draw(outputs[0], Grid, joint, cellX, cellY, 2, 0.8);

                    // The score is the value of the cell; the tests want a round one whatever lies between the cells.
                    Span<float> plane = outputs[0].AsSpan(joint * Grid.CellCount, Grid.CellCount);
                    float largest = 0;
                    foreach (float heat in plane)
                    {
                        largest = Math.Max(largest, heat);
                    }

                    foreach (ref float heat in plane)
                    {
                        heat *= 0.8f / largest;
                    }
                }
            });
    }

    // What is dark is not the spot: other people's spots reach faintly into the crop.
    private static (double X, double Y) Spot(ReadOnlySpan<float> input, int colour)
    {
        ReadOnlySpan<float> plane = input.Slice(colour * Input.Width * Input.Height, Input.Width * Input.Height);
        double sum = 0, sumX = 0, sumY = 0;
        for (int i = 0; i < plane.Length; i++)
        {
            double weight = Math.Max(0, plane[i] - 25);
            sum += weight;
            sumX += weight * (i % Input.Width);
            sumY += weight * (i / Input.Width);
        }

        return (sumX / sum, sumY / sum);
    }

    private sealed record Person(BoundingBox Box, float Score, (double X, double Y)[] Joints);
}
