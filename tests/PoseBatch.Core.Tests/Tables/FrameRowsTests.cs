using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tables;

public class FrameRowsTests
{
    private static readonly Skeleton Pair = new("pair", ["head", "foot"], [(0, 1)], []);

    [Fact]
    public void A_person_always_has_all_its_joints_and_a_missing_one_is_null_not_zero()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: false);
        Frame frame = NewFrame(3, 0.1);
        frame.Poses.Add(0.9f, new(1, 2, 3, 4))[0] = new(10.5f, 20.25f, 0.75f);

        rows.Add(frame);

        Assert.Equal(2, rows.Keypoints.RowCount);
        Assert.Equal([10.5f, 0f], rows.Keypoints.Column<float>("x").Values);
        Assert.Equal([1, 0], rows.Keypoints.Column<float>("x").Validity.ToArray());
        Assert.Equal([1, 0], rows.Keypoints.Column<float>("y").Validity.ToArray());
        Assert.Equal([0.75f, 0f], rows.Keypoints.Column<float>("confidence").Values);
        Assert.Equal(["head", "foot"], Texts(rows.Keypoints.TextColumn("keypoint")));
        Assert.Equal([3, 3], rows.Keypoints.Column<int>("frame").Values);
        Assert.True(rows.Keypoints.Column<int>("track_id").IsNull(0));
        Assert.Equal([1], rows.Persons.Column<int>("n_keypoints").Values);
    }

    [Fact]
    public void A_joint_with_half_a_position_an_infinite_one_or_no_comparable_confidence_has_no_position()
    {
        Skeleton four = new("four", ["a", "b", "c", "d"], [], []);
        FrameRows rows = new("clip.mp4", four, isRounded: false);
        Frame frame = NewFrame(0, 0, jointCount: 4);
        Span<Keypoint> joints = frame.Poses.Add(1f, BoundingBox.None);
        joints[0] = new(float.NaN, 5f, 0.5f);
        joints[1] = new(5f, float.PositiveInfinity, 0.5f);
        joints[2] = new(5f, 5f, float.NaN);
        joints[3] = new(-3f, 5f, 0f);

        rows.Add(frame);

        Assert.Equal([0, 0, 0, 1], rows.Keypoints.Column<float>("x").Validity.ToArray());
        Assert.Equal([0, 0, 0, 1], rows.Keypoints.Column<float>("y").Validity.ToArray());
        Assert.Equal([0.5f, 0.5f, 0f, 0f], rows.Keypoints.Column<float>("confidence").Values);
        Assert.Equal([1], rows.Persons.Column<int>("n_keypoints").Values);
    }

    [Fact]
    public void A_model_without_boxes_leaves_all_four_sides_null()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: false);
        Frame frame = NewFrame(0, 0);
        frame.Poses.Add(0.5f, BoundingBox.None);
        frame.Poses.Add(0.4f, new(0, 0, 0, 0));

        rows.Add(frame);

        foreach (string side in new[] { "x_min", "y_min", "x_max", "y_max" })
        {
            Assert.Equal([0, 1], rows.Persons.Column<float>(side).Validity.ToArray());
        }
    }

    [Fact]
    public void An_empty_frame_has_a_ledger_row_with_zero_people_and_a_skipped_one_with_none_counted()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: false);
        rows.Add(NewFrame(0, 0));
        rows.AddLedgerOnly(new() { Index = 1, Pts = null, Seconds = 0.04, Status = FrameStatus.Skipped, TimeSource = TimeSource.Estimated });

        Assert.Equal(0, rows.Keypoints.RowCount);
        Assert.Equal(0, rows.Persons.RowCount);
        ColumnBuffer<int> people = rows.Frames.Column<int>("n_persons");
        Assert.False(people.IsNull(0));
        Assert.Equal(0, people.Values[0]);
        Assert.True(people.IsNull(1));
        Assert.Equal(["ok", "skipped"], Texts(rows.Frames.TextColumn("status")));
        Assert.Equal(["pts", "estimated"], Texts(rows.Frames.TextColumn("time_source")));
        Assert.True(rows.Frames.Column<long>("pts").IsNull(1));
        Assert.True(rows.Frames.Column<bool>("is_key").IsNull(1));
        Assert.True(rows.Frames.Column<int>("width").IsNull(1));
        Assert.Equal(640, rows.Frames.Column<int>("width").Values[0]);
    }

    [Fact]
    public void Rounding_goes_to_sixty_fourths_of_a_pixel_and_thousandths_of_confidence()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: true);
        Frame frame = NewFrame(0, 0);
        frame.Poses.Add(1f, BoundingBox.None)[0] = new(100.0079f, -0.24f, 0.12345f);

        rows.Add(frame);

        Assert.Equal(100.015625f, rows.Keypoints.Column<float>("x").Values[0]);
        Assert.Equal(-0.234375f, rows.Keypoints.Column<float>("y").Values[0]);
        Assert.Equal(0.123f, rows.Keypoints.Column<float>("confidence").Values[0]);
    }

    [Fact]
    public void A_person_without_a_comparable_score_is_a_defect_and_named()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: false);
        Frame frame = NewFrame(7, 0);
        frame.Poses.Add(float.NaN, BoundingBox.None);

        PoseBatchException fault = Assert.Throws<PoseBatchException>(() => rows.Add(frame));
        Assert.Contains("frame 7", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_a_frame_cost_no_allocation_once_the_blocks_have_grown()
    {
        FrameRows rows = new("clip.mp4", Pair, isRounded: false);
        Frame frame = NewFrame(0, 0);
        frame.Poses.Add(1f, new(0, 0, 1, 1));
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                rows.Add(frame);
                rows.AddLedgerOnly(frame.Stamp with { Status = FrameStatus.Skipped });
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(round == 0 || allocated == 0, $"{allocated} bytes for 1000 frames.");
            rows.Keypoints.Clear();
            rows.Persons.Clear();
            rows.Frames.Clear();
        }
    }

    private static Frame NewFrame(long index, double seconds, int jointCount = 2) => new(new(PixelLayout.Rgb24, new(2, 2)), jointCount)
    {
        Stamp = new()
        {
            Index = index,
            Pts = index * 512,
            Seconds = seconds,
            DurationSeconds = 0.04f,
            IsKey = index == 0,
            Status = FrameStatus.Ok,
            DisplaySize = new(640, 480),
        },
    };

    private static List<string?> Texts(TextColumnBuffer column) => [.. Enumerable.Range(0, column.Count).Select(column.Text)];
}
