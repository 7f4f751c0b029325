namespace PoseBatch.Tables;

/// <summary>
/// The tables of a result, each column stated once. Writer, reader, the <c>posebatch.columns</c> metadata and
/// docs/table-schema.md all read this list; a change here is a change of <see cref="Version"/>.
/// </summary>
public static class TableSchemas
{
    /// <summary>Version of the table contract, <c>major.minor</c>: a minor step adds columns or keys, a major one changes meaning.</summary>
    public const string Version = "2.0";

    private const string WithoutTracking = "tracking is off, or no track was assigned";
    private const string NotFound = "the joint was not found, or its confidence is below min_keypoint_confidence";
    private const string NoBox = "the model gives no box";
    private const string NoPosition = "no joint of the person ever had a position";

    /// <summary>
    /// One row per joint per person per frame: the main product. A detected person always has all its rows. The raw positions
    /// are there only with smoothing.
    /// </summary>
    public static TableSchema Keypoints { get; } = new("keypoints",
    [
        Required("video", ColumnType.Text, "name", "Name of the source as the job gives it; the file name unless the job says otherwise."),
        Required("frame", ColumnType.Int32, "index from 0", "Index of the source frame in presentation order; key into the frames table."),
        Required("time", ColumnType.Double, "s", "Time since the first frame of the video, from its presentation stamps."),
        Required("person", ColumnType.Int16, "index from 0", "Slot of the person within the frame, by falling score; not an identity over time."),
        Nullable("track_id", ColumnType.Int32, "identity from 0", "Identity of the person over time within this video.", WithoutTracking),
        Required("keypoint_id", ColumnType.Int16, "index from 0", "Index of the joint in the skeleton."),
        Required("keypoint", ColumnType.Text, "name", "Name of the joint in the skeleton; left and right are the person's."),
        Nullable("x", ColumnType.Float, "px", "Right of the centre of the left-most pixel column of the display-oriented frame; may lie outside it.", NotFound),
        Nullable("y", ColumnType.Float, "px", "Below the centre of the top pixel row of the display-oriented frame; may lie outside it.", NotFound),
        Required("confidence", ColumnType.Float, "usually 0..1", "The model's confidence in the joint as its family defines it; 0 where there was no evidence."),
        Nullable("x_raw", ColumnType.Float, "px", "As x, before smoothing; the column is there only with smoothing.", NotFound) with { IsOptional = true },
        Nullable("y_raw", ColumnType.Float, "px", "As y, before smoothing; the column is there only with smoothing.", NotFound) with { IsOptional = true },
    ])
    {
        SortedBy = ["frame", "person", "keypoint_id"],
    };

    /// <summary>One row per person per frame.</summary>
    public static TableSchema Persons { get; } = new("persons",
    [
        Required("video", ColumnType.Text, "name", "Name of the source as the job gives it; the file name unless the job says otherwise."),
        Required("frame", ColumnType.Int32, "index from 0", "Index of the source frame in presentation order; key into the frames table."),
        Required("time", ColumnType.Double, "s", "Time since the first frame of the video, from its presentation stamps."),
        Required("person", ColumnType.Int16, "index from 0", "Slot of the person within the frame, by falling score; not an identity over time."),
        Nullable("track_id", ColumnType.Int32, "identity from 0", "Identity of the person over time within this video.", WithoutTracking),
        Required("score", ColumnType.Float, "usually 0..1", "Score of the whole pose as the model's family defines it."),
        Nullable("x_min", ColumnType.Float, "px", "Left side of the person's box, in the coordinates of x.", NoBox),
        Nullable("y_min", ColumnType.Float, "px", "Top side of the person's box, in the coordinates of y.", NoBox),
        Nullable("x_max", ColumnType.Float, "px", "Right side of the person's box, in the coordinates of x.", NoBox),
        Nullable("y_max", ColumnType.Float, "px", "Bottom side of the person's box, in the coordinates of y.", NoBox),
        Required("n_keypoints", ColumnType.Int16, "count", "Joints of this person that have a position."),
    ])
    {
        SortedBy = ["frame", "person"],
    };

    /// <summary>The ledger: one row per source frame, whatever became of it.</summary>
    public static TableSchema Frames { get; } = new("frames",
    [
        Required("video", ColumnType.Text, "name", "Name of the source as the job gives it; the file name unless the job says otherwise."),
        Required("frame", ColumnType.Int32, "index from 0", "Index of the source frame in presentation order, without gaps."),
        Nullable("pts", ColumnType.Int64, "ticks of time_base", "Presentation stamp in the stream's time base, exact.", "the stream has no stamp for the frame"),
        Required("time", ColumnType.Double, "s", "Time since the first frame of the video."),
        Nullable("duration", ColumnType.Float, "s", "How long the frame is shown.", "unknown"),
        Required("status", ColumnType.Text, "ok, skipped, corrupt, undecodable", "What became of the frame: ok and corrupt (decoded with errors) were inferred; skipped was left out on purpose; undecodable gave no picture."),
        Required("time_source", ColumnType.Text, "pts, dts, estimated", "Where time comes from: presentation stamps, decoding stamps, or worked out from the rate and the frames around."),
        Nullable("n_persons", ColumnType.Int16, "count", "People found in the frame; 0 is a finding.", "the frame was not inferred"),
        Nullable("is_key", ColumnType.Boolean, "true, false", "Whether the stream can be entered at this frame.", "unknown"),
        Nullable("width", ColumnType.Int16, "px", "Display width of this frame; it can change in mid-stream.", "unknown, as for undecodable frames"),
        Nullable("height", ColumnType.Int16, "px", "Display height of this frame; it can change in mid-stream.", "unknown, as for undecodable frames"),
        Required("segment", ColumnType.Int32, "index from 0", "Part of the video that is made safe at a time: Output:SegmentSeconds long, cut at a frame by the frames' times alone. Which attempt made which segment stands in manifest.json."),
    ])
    {
        SortedBy = ["frame"],
    };

    /// <summary>One row per person over time, written when it is gone; only with tracking.</summary>
    public static TableSchema Tracks { get; } = new("tracks",
    [
        Required("video", ColumnType.Text, "name", "Name of the source as the job gives it; the file name unless the job says otherwise."),
        Required("track_id", ColumnType.Int32, "identity from 0", "Identity of the person over time within this video, in the order of appearance."),
        Required("first_frame", ColumnType.Int32, "index from 0", "First frame in which the person was found."),
        Required("last_frame", ColumnType.Int32, "index from 0", "Last frame in which the person was found."),
        Required("start_time", ColumnType.Double, "s", "Time of first_frame."),
        Required("end_time", ColumnType.Double, "s", "Time of last_frame."),
        Required("n_frames", ColumnType.Int32, "count", "Frames in which the person was found; those between may lack it."),
        Required("mean_score", ColumnType.Float, "usually 0..1", "Mean of the person's score over those frames."),
        Nullable("mean_confidence", ColumnType.Float, "usually 0..1", "Mean confidence of all joints with a position, over those frames.", NoPosition),
        Nullable("x_min", ColumnType.Float, "px", "Left side of the box around all positions of the person's joints, in the coordinates of x.", NoPosition),
        Nullable("y_min", ColumnType.Float, "px", "Top side of that box.", NoPosition),
        Nullable("x_max", ColumnType.Float, "px", "Right side of that box.", NoPosition),
        Nullable("y_max", ColumnType.Float, "px", "Bottom side of that box.", NoPosition),
    ])
    {
        SortedBy = ["last_frame", "track_id"],
        IsOptional = true,
    };

    /// <summary>Every table a result may have, with every column it may have, in the order in which they are described.</summary>
    public static IReadOnlyList<TableSchema> All { get; } = [Keypoints, Persons, Frames, Tracks];

    /// <summary>The table of that name, or null.</summary>
    /// <param name="name">For example <c>keypoints</c>.</param>
    public static TableSchema? Find(string name) => All.FirstOrDefault(table => table.Name == name);

    private static TableColumn Required(string name, ColumnType type, string unit, string meaning) =>
        new(name, type, IsNullable: false, unit, meaning);

    private static TableColumn Nullable(string name, ColumnType type, string unit, string meaning, string nullRule) =>
        new(name, type, IsNullable: true, unit, meaning) { NullRule = nullRule };
}
