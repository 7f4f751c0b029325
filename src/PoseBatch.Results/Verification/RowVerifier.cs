using PoseBatch.Parquet;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Verification;

/// <summary>
/// Walks through the tables side by side: every ledger row must be followed by exactly its people, every person by exactly
/// its joints, and the tracks must be what became of the people. Counts what it sees. Memory is one row group per table, and
/// the tracks that are open at a time.
/// </summary>
internal sealed class RowVerifier
{
    private static readonly string FramesFile = TableSchemas.Frames.FileName;
    private static readonly string PersonsFile = TableSchemas.Persons.FileName;
    private static readonly string KeypointsFile = TableSchemas.Keypoints.FileName;
    private static readonly string TracksFile = TableSchemas.Tracks.FileName;

    private readonly ProblemList _problems;
    private readonly IReadOnlyList<string> _jointNames;
    private readonly int[] _jointIds;
    private readonly FrameView _frames;
    private readonly PersonView _persons;
    private readonly JointView _keypoints;
    private readonly TrackVerifier? _tracks;
    private int[] _jointCodes = [];
    private long _inferred;
    private long _skipped;
    private long _undecodable;
    private long _corrupt;

    /// <param name="tables">The tables.</param>
    /// <param name="jointNames">Those of the skeleton, in its order.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="room">Blocks to read into; null for fresh ones.</param>
    public RowVerifier(
        OpenTables tables, IReadOnlyList<string> jointNames, ProblemList problems, IReadOnlyList<TableBlock>? room)
    {
        _problems = problems;
        _jointNames = jointNames;
        _jointIds = [.. Enumerable.Range(0, jointNames.Count)];
        _frames = new(new(tables.Frames, RoomOf(tables.Frames)));
        _persons = new(new(tables.Persons, RoomOf(tables.Persons)));
        _keypoints = new(new(tables.Keypoints, RoomOf(tables.Keypoints)));
        _tracks = tables.Tracks is null ? null : new(tables.Tracks, problems);

        TableBlock? RoomOf(ParquetFileReader table) => room?.FirstOrDefault(
            block => block.Schema.Name == table.Schema.Name && block.Columns.Count == table.Schema.Columns.Count);
    }

    /// <summary>What was seen so far.</summary>
    public ResultCounts Counts =>
        new(_inferred + _skipped + _undecodable, _inferred, _skipped, _undecodable, _corrupt, _persons.Cursor.TableRow, _keypoints.Cursor.TableRow)
        {
            Tracks = _tracks?.RowCount,
        };

    /// <exception cref="ParquetFormatException">A page is damaged.</exception>
    public void Run()
    {
        while (_frames.Cursor.HasRow())
        {
            int frame = CheckLedgerRow(out int personCount);
            double time = _frames.Time.Values[_frames.Cursor.Row];
            bool isComplete = true;
            for (int slot = 0; slot < personCount && isComplete; slot++)
            {
                isComplete = CheckPerson(frame, time, slot);
            }

            PassOver(_persons.Cursor, _persons.Frame, frame, PersonsFile, isComplete);
            PassOver(_keypoints.Cursor, _keypoints.Frame, frame, KeypointsFile, isComplete);
            _tracks?.EndFrame(frame);
            _frames.Cursor.Advance(1);
        }

        PassOver(_persons.Cursor, _persons.Frame, int.MaxValue, PersonsFile, isComplete: true);
        PassOver(_keypoints.Cursor, _keypoints.Frame, int.MaxValue, KeypointsFile, isComplete: true);
        _tracks?.EndTable();
    }

    private int CheckLedgerRow(out int personCount)
    {
        int row = _frames.Cursor.Row;
        int frame = _frames.Index.Values[row];
        string status = _frames.Status.Text(row) ?? string.Empty;
        bool isInferred = status == TableWords.Of(FrameStatus.Ok) || status == TableWords.Of(FrameStatus.Corrupt);
        bool isSkipped = status == TableWords.Of(FrameStatus.Skipped);
        bool isUndecodable = status == TableWords.Of(FrameStatus.Undecodable);
        _inferred += isInferred ? 1 : 0;
        _skipped += isSkipped ? 1 : 0;
        _undecodable += isUndecodable ? 1 : 0;
        _corrupt += status == TableWords.Of(FrameStatus.Corrupt) ? 1 : 0;
        if (frame != _frames.Cursor.TableRow)
        {
            _problems.Add("frame_gap", FramesFile, $"Row {_frames.Cursor.TableRow} is frame {frame}; frames count from 0 without gaps.");
        }

        if (!isInferred && !isSkipped && !isUndecodable)
        {
            _problems.Add("ledger_row", FramesFile, $"Frame {frame} has the unknown status '{status}'.");
        }

        if (_frames.Persons.IsNull(row) == isInferred)
        {
            _problems.Add("ledger_row", FramesFile, $"Frame {frame} is {status}, but n_persons is {(isInferred ? "null" : "not null")}.");
        }

        personCount = _frames.Persons.IsNull(row) ? 0 : _frames.Persons.Values[row];
        return frame;
    }

    private bool CheckPerson(int frame, double time, int slot)
    {
        if (!_persons.Cursor.HasRow() || _persons.Frame.Values[_persons.Cursor.Row] > frame)
        {
            _problems.Add("missing_rows", PersonsFile, $"Frame {frame} has no row for person {slot}, though the ledger counts it.");
            return false;
        }

        int row = _persons.Cursor.Row;
        if (_persons.Frame.Values[row] < frame)
        {
            _problems.Add("unsorted_rows", PersonsFile, $"Row {_persons.Cursor.TableRow} is of frame {_persons.Frame.Values[row]} but stands behind frame {frame}.");
            return false;
        }

        if (_persons.Slot.Values[row] != slot)
        {
            _problems.Add("person_slots", PersonsFile, $"Row {_persons.Cursor.TableRow} is person {_persons.Slot.Values[row]} of frame {frame} where person {slot} was due.");
            return false;
        }

        if (BitConverter.DoubleToInt64Bits(_persons.Time.Values[row]) != BitConverter.DoubleToInt64Bits(time))
        {
            _problems.Add("time_differs", PersonsFile, $"Person {slot} of frame {frame} has another time than the frame.");
        }

        int? trackId = _persons.Track.IsNull(row) ? null : _persons.Track.Values[row];
        if (trackId is { } id)
        {
            Follow(frame, time, slot, id, _persons.Score.Values[row]);
        }

        int joints = _persons.Joints.Values[row];
        _persons.Cursor.Advance(1);
        return CheckJoints(frame, time, slot, joints, trackId);
    }

    private void Follow(int frame, double time, int slot, int trackId, float score)
    {
        if (_tracks is null)
        {
            _problems.Add("track_ids", PersonsFile,
                $"Person {slot} of frame {frame} belongs to track {trackId}, but {TracksFile} is not there.");
            return;
        }

        _tracks.Add(frame, time, slot, trackId, score);
    }

    private bool CheckJoints(int frame, double time, int slot, int foundJoints, int? trackId)
    {
        int count = _jointIds.Length;
        if (!_keypoints.Cursor.HasRow() || _keypoints.Cursor.RowsLeftInGroup < count)
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Person {slot} of frame {frame} has not all its {count} rows in one row group.");
            return false;
        }

        int row = _keypoints.Cursor.Row;
        if (_keypoints.Frame.Values.Slice(row, count).ContainsAnyExcept(frame) || _keypoints.Person.Values.Slice(row, count).ContainsAnyExcept(slot)
            || !_keypoints.Id.Values.Slice(row, count).SequenceEqual(_jointIds))
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Rows {_keypoints.Cursor.TableRow} to {_keypoints.Cursor.TableRow + count - 1} are not the {count} joints of person {slot} of frame {frame}.");
            return false;
        }

        if (!_keypoints.Name.Values.Slice(row, count).SequenceEqual(JointCodes()))
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Person {slot} of frame {frame} has joints with other names than the skeleton.");
        }

        if (_keypoints.Time.Values.Slice(row, count).ContainsAnyExcept(time))
        {
            _problems.Add("time_differs", KeypointsFile, $"Person {slot} of frame {frame} has joints with another time than the frame.");
        }

        if (trackId is { } id
            ? _keypoints.Track.Validity.Slice(row, count).Contains((byte)0) || _keypoints.Track.Values.Slice(row, count).ContainsAnyExcept(id)
            : _keypoints.Track.Validity.Slice(row, count).Contains((byte)1))
        {
            _problems.Add("track_ids", KeypointsFile, $"Person {slot} of frame {frame} has joints of another track than {PersonsFile} says.");
        }

        CheckCoordinates(frame, slot, row, count, foundJoints);
        if (trackId is { } followed)
        {
            _tracks?.AddJoints(followed, _keypoints.X.Values.Slice(row, count), _keypoints.Y.Values.Slice(row, count), _keypoints.X.Validity.Slice(row, count));
        }

        _keypoints.Cursor.Advance(count);
        return true;
    }

    private void CheckCoordinates(int frame, int slot, int row, int count, int foundJoints)
    {
        ReadOnlySpan<byte> xs = _keypoints.X.Validity.Slice(row, count);
        ReadOnlySpan<byte> ys = _keypoints.Y.Validity.Slice(row, count);
        if (!xs.SequenceEqual(ys))
        {
            _problems.Add("coordinates", KeypointsFile, $"Person {slot} of frame {frame} has a joint with only one of x and y.");
        }

        if (xs.Count((byte)1) != foundJoints)
        {
            _problems.Add("coordinates", PersonsFile,
                $"Person {slot} of frame {frame} has {xs.Count((byte)1)} joints with a position, but n_keypoints is {foundJoints}.");
        }
    }

    /// <summary>Steps over rows up to a frame that nobody asked for, so that one fault does not hide the next.</summary>
    private void PassOver(TableCursor cursor, ColumnBuffer<int> frameColumn, int frame, string file, bool isComplete)
    {
        while (cursor.HasRow() && frameColumn.Values[cursor.Row] <= frame)
        {
            int found = frameColumn.Values[cursor.Row];
            if (isComplete)
            {
                bool isUnknown = frame == int.MaxValue || found < 0;
                _problems.Add(
                    isUnknown ? "unknown_frame" : found < frame ? "unsorted_rows" : "surplus_rows",
                    file,
                    isUnknown ? $"Row {cursor.TableRow} is of frame {found}, which the ledger does not have."
                        : $"Row {cursor.TableRow} is of frame {found} and more than the ledger counts up to frame {frame}.");
            }

            cursor.Advance(1);
        }
    }

    /// <summary>The codes of the skeleton's names in the column; a word that never occurred gets a code no row has.</summary>
    private ReadOnlySpan<int> JointCodes()
    {
        if (_jointCodes.Length == 0)
        {
            _jointCodes = [.. _jointNames.Select(_keypoints.Name.CodeOf)];
        }

        return _jointCodes;
    }

    private sealed class FrameView(TableCursor cursor)
    {
        public TableCursor Cursor => cursor;

        public ColumnBuffer<int> Index { get; } = cursor.Block.Column<int>("frame");

        public ColumnBuffer<double> Time { get; } = cursor.Block.Column<double>("time");

        public TextColumnBuffer Status { get; } = cursor.Block.TextColumn("status");

        public ColumnBuffer<int> Persons { get; } = cursor.Block.Column<int>("n_persons");
    }

    private sealed class PersonView(TableCursor cursor)
    {
        public TableCursor Cursor => cursor;

        public ColumnBuffer<int> Frame { get; } = cursor.Block.Column<int>("frame");

        public ColumnBuffer<double> Time { get; } = cursor.Block.Column<double>("time");

        public ColumnBuffer<int> Slot { get; } = cursor.Block.Column<int>("person");

        public ColumnBuffer<int> Joints { get; } = cursor.Block.Column<int>("n_keypoints");

        public ColumnBuffer<int> Track { get; } = cursor.Block.Column<int>("track_id");

        public ColumnBuffer<float> Score { get; } = cursor.Block.Column<float>("score");
    }

    private sealed class JointView(TableCursor cursor)
    {
        public TableCursor Cursor => cursor;

        public ColumnBuffer<int> Frame { get; } = cursor.Block.Column<int>("frame");

        public ColumnBuffer<double> Time { get; } = cursor.Block.Column<double>("time");

        public ColumnBuffer<int> Person { get; } = cursor.Block.Column<int>("person");

        public ColumnBuffer<int> Id { get; } = cursor.Block.Column<int>("keypoint_id");

        public TextColumnBuffer Name { get; } = cursor.Block.TextColumn("keypoint");

        public ColumnBuffer<float> X { get; } = cursor.Block.Column<float>("x");

        public ColumnBuffer<float> Y { get; } = cursor.Block.Column<float>("y");

        public ColumnBuffer<int> Track { get; } = cursor.Block.Column<int>("track_id");
    }
}
