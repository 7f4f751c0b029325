using PoseBatch.Parquet;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Verification;

/// <summary>
/// Walks through the tables side by side: every ledger row must be followed by exactly its people, every person by exactly
/// its joints, and the tracks must be what became of the people. Counts what it sees. Memory is one row group per table, and
/// the tracks that are open at a time.
/// </summary>
internal sealed class RowAudit
{
    private static readonly string FramesFile = TableSchemas.Frames.FileName;
    private static readonly string PersonsFile = TableSchemas.Persons.FileName;
    private static readonly string KeypointsFile = TableSchemas.Keypoints.FileName;
    private static readonly string TracksFile = TableSchemas.Tracks.FileName;

    private readonly ProblemList _problems;
    private readonly IReadOnlyList<string> _jointNames;
    private readonly int[] _jointIds;
    private readonly TableCursor _frames;
    private readonly TableCursor _persons;
    private readonly TableCursor _keypoints;
    private readonly ColumnBuffer<int> _frameIndex;
    private readonly ColumnBuffer<double> _frameTime;
    private readonly TextColumnBuffer _frameStatus;
    private readonly ColumnBuffer<int> _framePersons;
    private readonly ColumnBuffer<int> _personFrame;
    private readonly ColumnBuffer<double> _personTime;
    private readonly ColumnBuffer<int> _personSlot;
    private readonly ColumnBuffer<int> _personJoints;
    private readonly ColumnBuffer<int> _jointFrame;
    private readonly ColumnBuffer<double> _jointTime;
    private readonly ColumnBuffer<int> _jointPerson;
    private readonly ColumnBuffer<int> _jointId;
    private readonly TextColumnBuffer _jointName;
    private readonly ColumnBuffer<float> _x;
    private readonly ColumnBuffer<float> _y;
    private readonly ColumnBuffer<int> _personTrack;
    private readonly ColumnBuffer<float> _personScore;
    private readonly ColumnBuffer<int> _jointTrack;
    private readonly TrackAudit? _tracks;
    private int[] _jointCodes = [];
    private long _inferred;
    private long _skipped;
    private long _undecodable;
    private long _corrupt;

    /// <param name="frames">The ledger.</param>
    /// <param name="persons">Its people.</param>
    /// <param name="keypoints">Their joints.</param>
    /// <param name="tracks">Their tracks; null for a result without.</param>
    /// <param name="jointNames">Those of the skeleton, in its order.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <param name="room">Blocks to read into; null for fresh ones.</param>
    public RowAudit(
        ParquetFileReader frames, ParquetFileReader persons, ParquetFileReader keypoints, ParquetFileReader? tracks,
        IReadOnlyList<string> jointNames, ProblemList problems, IReadOnlyList<TableBlock>? room)
    {
        _problems = problems;
        _jointNames = jointNames;
        _jointIds = [.. Enumerable.Range(0, jointNames.Count)];
        _frames = new(frames, RoomOf(frames));
        _persons = new(persons, RoomOf(persons));
        _keypoints = new(keypoints, RoomOf(keypoints));

        TableBlock? RoomOf(ParquetFileReader table) => room?.FirstOrDefault(
            block => block.Schema.Name == table.Schema.Name && block.Columns.Count == table.Schema.Columns.Count);
        _frameIndex = _frames.Block.Column<int>("frame");
        _frameTime = _frames.Block.Column<double>("time");
        _frameStatus = _frames.Block.TextColumn("status");
        _framePersons = _frames.Block.Column<int>("n_persons");
        _personFrame = _persons.Block.Column<int>("frame");
        _personTime = _persons.Block.Column<double>("time");
        _personSlot = _persons.Block.Column<int>("person");
        _personJoints = _persons.Block.Column<int>("n_keypoints");
        _jointFrame = _keypoints.Block.Column<int>("frame");
        _jointTime = _keypoints.Block.Column<double>("time");
        _jointPerson = _keypoints.Block.Column<int>("person");
        _jointId = _keypoints.Block.Column<int>("keypoint_id");
        _jointName = _keypoints.Block.TextColumn("keypoint");
        _x = _keypoints.Block.Column<float>("x");
        _y = _keypoints.Block.Column<float>("y");
        _personTrack = _persons.Block.Column<int>("track_id");
        _personScore = _persons.Block.Column<float>("score");
        _jointTrack = _keypoints.Block.Column<int>("track_id");
        _tracks = tracks is null ? null : new(tracks, problems);
    }

    /// <summary>What was seen so far.</summary>
    public ResultCounts Counts =>
        new(_inferred + _skipped + _undecodable, _inferred, _skipped, _undecodable, _corrupt, _persons.TableRow, _keypoints.TableRow)
        {
            Tracks = _tracks?.RowCount,
        };

    /// <exception cref="ParquetFormatException">A page is damaged.</exception>
    public void Run()
    {
        while (_frames.HasRow())
        {
            int frame = CheckLedgerRow(out int personCount);
            double time = _frameTime.Values[_frames.Row];
            bool isComplete = true;
            for (int slot = 0; slot < personCount && isComplete; slot++)
            {
                isComplete = CheckPerson(frame, time, slot);
            }

            PassOver(_persons, _personFrame, frame, PersonsFile, isComplete);
            PassOver(_keypoints, _jointFrame, frame, KeypointsFile, isComplete);
            _tracks?.EndFrame(frame);
            _frames.Advance(1);
        }

        PassOver(_persons, _personFrame, int.MaxValue, PersonsFile, isComplete: true);
        PassOver(_keypoints, _jointFrame, int.MaxValue, KeypointsFile, isComplete: true);
        _tracks?.EndTable();
    }

    private int CheckLedgerRow(out int personCount)
    {
        int row = _frames.Row;
        int frame = _frameIndex.Values[row];
        string status = _frameStatus.Text(row) ?? string.Empty;
        bool isInferred = status == TableWords.Of(FrameStatus.Ok) || status == TableWords.Of(FrameStatus.Corrupt);
        bool isSkipped = status == TableWords.Of(FrameStatus.Skipped);
        bool isUndecodable = status == TableWords.Of(FrameStatus.Undecodable);
        _inferred += isInferred ? 1 : 0;
        _skipped += isSkipped ? 1 : 0;
        _undecodable += isUndecodable ? 1 : 0;
        _corrupt += status == TableWords.Of(FrameStatus.Corrupt) ? 1 : 0;
        if (frame != _frames.TableRow)
        {
            _problems.Add("frame_gap", FramesFile, $"Row {_frames.TableRow} is frame {frame}; frames count from 0 without gaps.");
        }

        if (!isInferred && !isSkipped && !isUndecodable)
        {
            _problems.Add("ledger_row", FramesFile, $"Frame {frame} has the unknown status '{status}'.");
        }

        if (_framePersons.IsNull(row) == isInferred)
        {
            _problems.Add("ledger_row", FramesFile, $"Frame {frame} is {status}, but n_persons is {(isInferred ? "null" : "not null")}.");
        }

        personCount = _framePersons.IsNull(row) ? 0 : _framePersons.Values[row];
        return frame;
    }

    private bool CheckPerson(int frame, double time, int slot)
    {
        if (!_persons.HasRow() || _personFrame.Values[_persons.Row] > frame)
        {
            _problems.Add("missing_rows", PersonsFile, $"Frame {frame} has no row for person {slot}, though the ledger counts it.");
            return false;
        }

        int row = _persons.Row;
        if (_personFrame.Values[row] < frame)
        {
            _problems.Add("unsorted_rows", PersonsFile, $"Row {_persons.TableRow} is of frame {_personFrame.Values[row]} but stands behind frame {frame}.");
            return false;
        }

        if (_personSlot.Values[row] != slot)
        {
            _problems.Add("person_slots", PersonsFile, $"Row {_persons.TableRow} is person {_personSlot.Values[row]} of frame {frame} where person {slot} was due.");
            return false;
        }

        if (BitConverter.DoubleToInt64Bits(_personTime.Values[row]) != BitConverter.DoubleToInt64Bits(time))
        {
            _problems.Add("time_differs", PersonsFile, $"Person {slot} of frame {frame} has another time than the frame.");
        }

        int? trackId = _personTrack.IsNull(row) ? null : _personTrack.Values[row];
        if (trackId is { } id)
        {
            Follow(frame, time, slot, id, _personScore.Values[row]);
        }

        int joints = _personJoints.Values[row];
        _persons.Advance(1);
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
        if (!_keypoints.HasRow() || _keypoints.RowsLeftInGroup < count)
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Person {slot} of frame {frame} has not all its {count} rows in one row group.");
            return false;
        }

        int row = _keypoints.Row;
        if (_jointFrame.Values.Slice(row, count).ContainsAnyExcept(frame) || _jointPerson.Values.Slice(row, count).ContainsAnyExcept(slot)
            || !_jointId.Values.Slice(row, count).SequenceEqual(_jointIds))
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Rows {_keypoints.TableRow} to {_keypoints.TableRow + count - 1} are not the {count} joints of person {slot} of frame {frame}.");
            return false;
        }

        if (!_jointName.Values.Slice(row, count).SequenceEqual(JointCodes()))
        {
            _problems.Add("incomplete_person", KeypointsFile, $"Person {slot} of frame {frame} has joints with other names than the skeleton.");
        }

        if (_jointTime.Values.Slice(row, count).ContainsAnyExcept(time))
        {
            _problems.Add("time_differs", KeypointsFile, $"Person {slot} of frame {frame} has joints with another time than the frame.");
        }

        if (trackId is { } id
            ? _jointTrack.Validity.Slice(row, count).Contains((byte)0) || _jointTrack.Values.Slice(row, count).ContainsAnyExcept(id)
            : _jointTrack.Validity.Slice(row, count).Contains((byte)1))
        {
            _problems.Add("track_ids", KeypointsFile, $"Person {slot} of frame {frame} has joints of another track than {PersonsFile} says.");
        }

        CheckCoordinates(frame, slot, row, count, foundJoints);
        if (trackId is { } followed)
        {
            _tracks?.AddJoints(followed, _x.Values.Slice(row, count), _y.Values.Slice(row, count), _x.Validity.Slice(row, count));
        }

        _keypoints.Advance(count);
        return true;
    }

    private void CheckCoordinates(int frame, int slot, int row, int count, int foundJoints)
    {
        ReadOnlySpan<byte> xs = _x.Validity.Slice(row, count);
        ReadOnlySpan<byte> ys = _y.Validity.Slice(row, count);
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
            _jointCodes = [.. _jointNames.Select(_jointName.CodeOf)];
        }

        return _jointCodes;
    }
}
