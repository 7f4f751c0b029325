using System.Text.Json;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Tracking;

namespace PoseBatch.Golden;

public class MoveNetOutputGoldenTests
{
    private const int JointCount = 17;

    public static TheoryData<string> Cases => GoldenVectors.Cases("movenet_output");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sequences_of_frames_go_as_in_the_reference(string name)
    {
        GoldenCase golden = GoldenVectors.Open("movenet_output", name);
        if (golden.Params.GetProperty("kind").GetString() == "single")
        {
            CompareSingle(golden);
        }
        else
        {
            CompareMulti(golden);
        }
    }

    private static void CompareSingle(GoldenCase golden)
    {
        PixelSize frame = FrameOf(golden);
        float[] raw = golden.Tensor("raw");
        double[] stamps = GoldenCase.Numbers(golden.Params.GetProperty("timestamps_ms"));
        bool smooths = golden.Params.GetProperty("one_euro").GetProperty("enabled").GetBoolean();
        MoveNetCropRegion crop = new(frame);
        PoseSmoother smoother = new(JointCount, new());
        int index = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("frames").EnumerateArray())
        {
            Compare(golden, expected.GetProperty("crop_xyxy_normalised"), crop.Current, $"crop {index}");
            var keypoints = new Keypoint[JointCount];
            float score = MoveNetPointsParser.Parse(
                raw.AsSpan(index * 3 * JointCount, 3 * JointCount), new(1, 1), MoveNetPointsParser.DefaultMinScore, keypoints);
            KeypointMath.ToFrame(keypoints, crop.CropToFrame, PixelOrigin.Centre);
            if (score < MoveNetCropRegion.MinPoseScore)
            {
                smoother.Reset();
            }
            else if (smooths)
            {
                smoother.Apply(keypoints, frame, (long)(stamps[index] * 1000));
            }

            bool isFollowed = crop.Follow(keypoints, score);

            JsonElement poses = expected.GetProperty("poses");
            Assert.Equal(poses.GetArrayLength() == 1, isFollowed);
            if (isFollowed)
            {
                Near.Equal(poses[0].GetProperty("score").GetDouble(), score, golden.Tolerance("abs_score"),
                    $"score of frame {index}");
                Compare(golden, poses[0].GetProperty("keypoints"), keypoints, index);
                Compare(golden, expected.GetProperty("next_crop_xyxy_normalised"), crop.Current, $"crop after frame {index}");
            }

            index++;
        }
    }

    private static void CompareMulti(GoldenCase golden)
    {
        PixelSize frame = FrameOf(golden);
        int[] resized = GoldenCase.Integers(golden.Params.GetProperty("resized_wh")),
        padded = GoldenCase.Integers(golden.Params.GetProperty("padded_wh"));
        AffineMap map = AffineMap.Scale((double)frame.Width / resized[0], (double)frame.Height / resized[1], 0, 0);
        float[] raw = golden.Tensor("raw");
        int size = raw.Length / golden.Shape("raw")[0];
        double[] stamps = GoldenCase.Numbers(golden.Params.GetProperty("timestamps_ms"));
        string? tracks = golden.Params.GetProperty("tracker").GetString();
        PoseTracker tracker = new(new()
        {
            Similarity = tracks == "boundingBox" ? TrackSimilarity.BoundingBox : TrackSimilarity.Keypoints,
            MatchesInOrder = true,
            FirstId = 1,
        }, Skeletons.Coco17);
        FramePoses poses = new(JointCount);
        int index = 0;
        foreach (JsonElement expected in golden.Expected.GetProperty("frames").EnumerateArray())
        {
            poses.Clear();
            MoveNetMultiParser.Parse(
                raw.AsSpan(index * size, size), new(padded[0], padded[1]),
                golden.Params.GetProperty("min_pose_score").GetSingle(), map, poses);
            tracker.Assign(poses, frame, stamps[index], []);
            FramePoses inInput = new(JointCount);
            MoveNetMultiParser.Parse(
                raw.AsSpan(index * size, size), new(padded[0], padded[1]),
                golden.Params.GetProperty("min_pose_score").GetSingle(), AffineMap.Identity, inInput);
            int person = 0;
            foreach (JsonElement pose in (expected.ValueKind == JsonValueKind.Array ? expected
                : expected.GetProperty("poses")).EnumerateArray())
            {
                Assert.True(person < poses.Count, $"{poses.Count} people in frame {index}");
                Near.Equal(pose.GetProperty("score").GetDouble(), poses.Score(person), golden.Tolerance("abs_score"),
                    $"score of person {person}");
                Compare(golden, pose.GetProperty("keypoints"), poses.Keypoints(person), index);
                GoldenPicture.Compare(
                    GoldenCase.Numbers(pose.GetProperty("box_px_xyxy")), poses.Box(person), golden.Tolerance("abs_px"),
                    $"box of person {person}");
                double[] normalised = GoldenCase.Numbers(pose.GetProperty("box_padded_normalised_xyxy"));
                GoldenPicture.Compare(
                    [normalised[0] * padded[0], normalised[1] * padded[1], normalised[2] * padded[0], normalised[3] * padded[1]],
                    inInput.Box(person), golden.Tolerance("abs_px"), $"box of person {person} in the padded input");
                if (tracks is not null)
                {
                    Assert.Equal(pose.GetProperty("id").GetInt32(), poses.TrackId(person));
                }

                person++;
            }

            Assert.Equal(person, poses.Count);
            index++;
        }
    }

    private static PixelSize FrameOf(GoldenCase golden) =>
        new(golden.Params.GetProperty("image_width").GetInt32(), golden.Params.GetProperty("image_height").GetInt32());

    private static void Compare(GoldenCase golden, JsonElement expected, ReadOnlySpan<Keypoint> keypoints, int frame)
    {
        for (int joint = 0; joint < JointCount; joint++)
        {
            double[] point = GoldenCase.Numbers(expected[joint]);
            Near.Equal(point[0], keypoints[joint].X, golden.Tolerance("abs_px"), $"x of joint {joint} in frame {frame}");
            Near.Equal(point[1], keypoints[joint].Y, golden.Tolerance("abs_px"), $"y of joint {joint} in frame {frame}");
            Near.Equal(point[2], keypoints[joint].Score, golden.Tolerance("abs_score"),
                $"score of joint {joint} in frame {frame}");
        }
    }

    private static void Compare(GoldenCase golden, JsonElement expected, NormalisedBox actual, string what)
    {
        double[] sides = GoldenCase.Numbers(expected);
        double tolerance = golden.Tolerance("abs_norm");
        Near.Equal(sides[0], actual.XMin, tolerance, $"left of {what}");
        Near.Equal(sides[1], actual.YMin, tolerance, $"top of {what}");
        Near.Equal(sides[2], actual.XMax, tolerance, $"right of {what}");
        Near.Equal(sides[3], actual.YMax, tolerance, $"bottom of {what}");
    }
}
