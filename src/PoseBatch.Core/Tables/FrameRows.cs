using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tables;

/// <summary>
/// Turns frames into rows of the tables of frames, people and joints. Allocates nothing per frame once its blocks have grown. The caller empties
/// the blocks when they are full enough; rows of one frame are always added together. Not thread-safe.
/// </summary>
/// <remarks>
/// A person always has all its joints. A joint without a position has null x and y and keeps its confidence; a joint
/// whose confidence is NaN has no evidence at all and is written as not found with confidence 0. Zero never stands for null.
/// </remarks>
public sealed class FrameRows
{
    private const float ConfidenceStep = 1000f;

    private readonly int _keypointCount;
    private readonly bool _isRounded;
    private readonly int[] _keypointIds;
    private readonly KeypointColumns _keypoints;
    private readonly PersonColumns _persons;
    private readonly FrameColumns _frames;
    private readonly int[] _statusCodes;
    private readonly int[] _timeSourceCodes;

    /// <param name="sourceId">Text of the <c>video</c> column.</param>
    /// <param name="skeleton">Names and order of the joints.</param>
    /// <param name="isRounded">Rounds x, y to 1/64 px and confidence to 0.001.</param>
    /// <param name="hasRawPositions">Whether positions are smoothed and the raw ones have columns of their own.</param>
    public FrameRows(string sourceId, Skeleton skeleton, bool isRounded, bool hasRawPositions = false)
    {
        ArgumentNullException.ThrowIfNull(skeleton);
        Keypoints = new(hasRawPositions ? TableSchemas.Keypoints : TableSchemas.Keypoints.WithoutOptionalColumns());
        _keypointCount = skeleton.KeypointCount;
        _isRounded = isRounded;
        _keypointIds = [.. Enumerable.Range(0, _keypointCount)];
        _keypoints = new(Keypoints);
        _persons = new(Persons);
        _frames = new(Frames);

        // The only video is word 0 in each table, joint k is word k, so codes are known without a lookup.
        _keypoints.Video.CodeOf(sourceId);
        _persons.Video.CodeOf(sourceId);
        _frames.Video.CodeOf(sourceId);
        foreach (string name in skeleton.Keypoints)
        {
            _keypoints.Keypoint.CodeOf(name);
        }

        if (_keypoints.Keypoint.Words.Count != _keypointCount)
        {
            throw new ArgumentException($"Skeleton '{skeleton.Name}' names a joint twice.", nameof(skeleton));
        }

        _statusCodes = [.. Enum.GetValues<FrameStatus>().Select(status => _frames.Status.CodeOf(TableWords.Of(status)))];
        _timeSourceCodes = [.. Enum.GetValues<TimeSource>().Select(source => _frames.TimeSource.CodeOf(TableWords.Of(source)))];
    }

    /// <summary>Rows of <see cref="TableSchemas.Keypoints"/>.</summary>
    public TableBlock Keypoints { get; }

    /// <summary>Segment of the frames that are added from now on, from 0.</summary>
    public int Segment { get; set; }

    /// <summary>Rows of <see cref="TableSchemas.Persons"/>.</summary>
    public TableBlock Persons { get; } = new(TableSchemas.Persons);

    /// <summary>Rows of <see cref="TableSchemas.Frames"/>.</summary>
    public TableBlock Frames { get; } = new(TableSchemas.Frames);

    /// <summary>Adds the ledger row of an inferred frame and the rows of its people.</summary>
    /// <exception cref="PoseBatchException">internal: the poses have another number of joints, or a person without a comparable score.</exception>
    public void Add(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        FramePoses poses = frame.Poses;
        FrameStamp stamp = frame.Stamp;
        if (poses.KeypointCount != _keypointCount)
        {
            throw new PoseBatchException(ReasonCode.Internal,
                $"Frame {stamp.Index} has {poses.KeypointCount} joints per person but the skeleton has {_keypointCount}.");
        }

        AddLedgerRow(stamp, checked((short)poses.Count));
        int index = checked((int)stamp.Index);
        for (int person = 0; person < poses.Count; person++)
        {
            int trackId = poses.TrackId(person);
            int found = AddKeypoints(index, stamp.Seconds, person, trackId, poses.Keypoints(person));
            AddPerson(index, stamp.Seconds, person, trackId, poses.Score(person), poses.Box(person), found);
            if (_keypoints.Raw is { } raw)
            {
                // Without a copy nothing was smoothed: nobody in this frame is followed.
                AddPositions(poses.HasRaw ? poses.RawKeypoints(person) : poses.Keypoints(person), raw.X, raw.Y);
            }
        }
    }

    /// <summary>Adds the ledger row of a frame that was not inferred.</summary>
    public void AddLedgerOnly(in FrameStamp stamp) => AddLedgerRow(stamp, personCount: null);

    private void AddLedgerRow(in FrameStamp stamp, int? personCount)
    {
        _frames.Video.Append(0);
        _frames.Frame.Append(checked((int)stamp.Index));
        _frames.Pts.Append(stamp.Pts);
        _frames.Time.Append(stamp.Seconds);
        _frames.Duration.Append(stamp.DurationSeconds is { } seconds && float.IsFinite(seconds) ? seconds : null);
        _frames.Status.Append(_statusCodes[(int)stamp.Status]);
        _frames.TimeSource.Append(_timeSourceCodes[(int)stamp.TimeSource]);
        _frames.PersonCount.Append(personCount);
        _frames.IsKey.Append(stamp.IsKey);
        _frames.Width.Append(stamp.DisplaySize.Width > 0 ? checked((short)stamp.DisplaySize.Width) : null);
        _frames.Height.Append(stamp.DisplaySize.Height > 0 ? checked((short)stamp.DisplaySize.Height) : null);
        _frames.Segment.Append(Segment);
    }

    private int AddKeypoints(int frame, double time, int person, int trackId, ReadOnlySpan<Keypoint> keypoints)
    {
        int rows = keypoints.Length;
        _keypoints.Video.Fill(0, rows);
        _keypoints.Frame.Fill(frame, rows);
        _keypoints.Time.Fill(time, rows);
        _keypoints.Person.Fill(checked((short)person), rows);
        if (trackId == FramePoses.NoTrack)
        {
            _keypoints.TrackId.AppendNulls(rows);
        }
        else
        {
            _keypoints.TrackId.Fill(trackId, rows);
        }

        _keypointIds.CopyTo(_keypoints.KeypointId.Extend(rows));
        _keypointIds.CopyTo(_keypoints.Keypoint.Extend(rows));

        Span<float> confidences = _keypoints.Confidence.Extend(rows);
        for (int i = 0; i < keypoints.Length; i++)
        {
            float score = keypoints[i].Score;
            confidences[i] = float.IsNaN(score) ? 0f : RoundConfidence(score);
        }

        return AddPositions(keypoints, _keypoints.X, _keypoints.Y);
    }

    private int AddPositions(ReadOnlySpan<Keypoint> keypoints, ColumnBuffer<float> x, ColumnBuffer<float> y)
    {
        Span<float> xs = x.Extend(keypoints.Length, out Span<byte> xValidity);
        Span<float> ys = y.Extend(keypoints.Length, out Span<byte> yValidity);
        int found = 0;
        for (int i = 0; i < keypoints.Length; i++)
        {
            Keypoint keypoint = keypoints[i];
            bool isFound = !float.IsNaN(keypoint.Score) && keypoint.IsFinite;
            xs[i] = isFound ? RoundCoordinate(keypoint.X) : 0f;
            ys[i] = isFound ? RoundCoordinate(keypoint.Y) : 0f;
            byte validity = isFound ? (byte)1 : (byte)0;
            xValidity[i] = validity;
            yValidity[i] = validity;
            found += validity;
        }

        return found;
    }

    private void AddPerson(int frame, double time, int person, int trackId, float score, BoundingBox box, int found)
    {
        if (float.IsNaN(score))
        {
            throw new PoseBatchException(ReasonCode.Internal, $"Person {person} of frame {frame} has no comparable score.");
        }

        _persons.Video.Append(0);
        _persons.Frame.Append(frame);
        _persons.Time.Append(time);
        _persons.Person.Append(person);
        _persons.TrackId.Append(trackId == FramePoses.NoTrack ? null : trackId);
        _persons.Score.Append(score);
        bool isBox = float.IsFinite(box.XMin) && float.IsFinite(box.YMin) && float.IsFinite(box.XMax) && float.IsFinite(box.YMax);
        _persons.XMin.Append(isBox ? box.XMin : null);
        _persons.YMin.Append(isBox ? box.YMin : null);
        _persons.XMax.Append(isBox ? box.XMax : null);
        _persons.YMax.Append(isBox ? box.YMax : null);
        _persons.KeypointCount.Append(checked((short)found));
    }

    private float RoundCoordinate(float value) => _isRounded ? Rounding.Coordinate(value) : value;

    private float RoundConfidence(float value) => _isRounded ? MathF.Round(value * ConfidenceStep) / ConfidenceStep : value;

    private sealed class KeypointColumns(TableBlock block)
    {
        public readonly TextColumnBuffer Video = block.TextColumn("video");
        public readonly ColumnBuffer<int> Frame = block.Column<int>("frame");
        public readonly ColumnBuffer<double> Time = block.Column<double>("time");
        public readonly ColumnBuffer<int> Person = block.Column<int>("person");
        public readonly ColumnBuffer<int> TrackId = block.Column<int>("track_id");
        public readonly ColumnBuffer<int> KeypointId = block.Column<int>("keypoint_id");
        public readonly TextColumnBuffer Keypoint = block.TextColumn("keypoint");
        public readonly ColumnBuffer<float> X = block.Column<float>("x");
        public readonly ColumnBuffer<float> Y = block.Column<float>("y");
        public readonly ColumnBuffer<float> Confidence = block.Column<float>("confidence");

        public readonly (ColumnBuffer<float> X, ColumnBuffer<float> Y)? Raw = block.Schema.IndexOf("x_raw") < 0
            ? null
            : (block.Column<float>("x_raw"), block.Column<float>("y_raw"));
    }

    private sealed class PersonColumns(TableBlock block)
    {
        public readonly TextColumnBuffer Video = block.TextColumn("video");
        public readonly ColumnBuffer<int> Frame = block.Column<int>("frame");
        public readonly ColumnBuffer<double> Time = block.Column<double>("time");
        public readonly ColumnBuffer<int> Person = block.Column<int>("person");
        public readonly ColumnBuffer<int> TrackId = block.Column<int>("track_id");
        public readonly ColumnBuffer<float> Score = block.Column<float>("score");
        public readonly ColumnBuffer<float> XMin = block.Column<float>("x_min");
        public readonly ColumnBuffer<float> YMin = block.Column<float>("y_min");
        public readonly ColumnBuffer<float> XMax = block.Column<float>("x_max");
        public readonly ColumnBuffer<float> YMax = block.Column<float>("y_max");
        public readonly ColumnBuffer<int> KeypointCount = block.Column<int>("n_keypoints");
    }

    private sealed class FrameColumns(TableBlock block)
    {
        public readonly TextColumnBuffer Video = block.TextColumn("video");
        public readonly ColumnBuffer<int> Frame = block.Column<int>("frame");
        public readonly ColumnBuffer<long> Pts = block.Column<long>("pts");
        public readonly ColumnBuffer<double> Time = block.Column<double>("time");
        public readonly ColumnBuffer<float> Duration = block.Column<float>("duration");
        public readonly TextColumnBuffer Status = block.TextColumn("status");
        public readonly TextColumnBuffer TimeSource = block.TextColumn("time_source");
        public readonly ColumnBuffer<int> PersonCount = block.Column<int>("n_persons");
        public readonly ColumnBuffer<bool> IsKey = block.Column<bool>("is_key");
        public readonly ColumnBuffer<int> Width = block.Column<int>("width");
        public readonly ColumnBuffer<int> Height = block.Column<int>("height");
        public readonly ColumnBuffer<int> Segment = block.Column<int>("segment");
    }
}
