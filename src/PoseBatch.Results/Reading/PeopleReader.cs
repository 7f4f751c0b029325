using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>Joins the rows of persons and keypoints, frame after frame, with one row group of each in memory.</summary>
internal sealed class PeopleReader : IDisposable
{
    private readonly int _jointCount;
    private readonly Walk _persons, _joints;
    private readonly ColumnBuffer<int> _slots, _tracks, _slotsOfJoints;
    private readonly ColumnBuffer<float> _scores, _left, _top, _right, _bottom, _x, _y, _confidences;

    /// <param name="result">The result.</param>
    /// <param name="first">First frame that will be asked for.</param>
    /// <param name="end">Frame that will not be asked for, nor any later one.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <exception cref="ResultUnreadableException">A table is gone or damaged.</exception>
    public PeopleReader(PoseResult result, int first, int end, CancellationToken cancellation)
    {
        _jointCount = result.Skeleton.KeypointCount;
        ResultTable persons = ResultTable.Open(result.Path, TableSchemas.Persons, "person", "track_id", "score", "x_min", "y_min", "x_max", "y_max");
        ResultTable joints;
        try
        {
            joints = ResultTable.Open(result.Path, TableSchemas.Keypoints, "person", "x", "y", "confidence");
        }
        catch
        {
            persons.Dispose();
            throw;
        }

        (_slots, _tracks, _scores) = (persons.Column<int>("person"), persons.Column<int>("track_id"), persons.Column<float>("score"));
        (_left, _top) = (persons.Column<float>("x_min"), persons.Column<float>("y_min"));
        (_right, _bottom) = (persons.Column<float>("x_max"), persons.Column<float>("y_max"));
        (_slotsOfJoints, _confidences) = (joints.Column<int>("person"), joints.Column<float>("confidence"));
        (_x, _y) = (joints.Column<float>("x"), joints.Column<float>("y"));
        (_persons, _joints) = (new(persons, first, end, cancellation), new(joints, first, end, cancellation));
    }

    /// <summary>The people of a frame, best first.</summary>
    /// <param name="frame">Later than any asked for before.</param>
    /// <exception cref="ResultUnreadableException">A page is damaged, or somebody's joints are incomplete.</exception>
    public IReadOnlyList<ResultPerson> Of(int frame)
    {
        List<ResultPerson> people = [];
        while (_persons.HasRow() && _persons.Frame <= frame)
        {
            if (_persons.Frame == frame)
            {
                people.Add(PersonAt(_persons.Row, frame));
            }

            _persons.Advance(1);
        }

        return people;
    }

    public void Dispose()
    {
        _persons.Dispose();
        _joints.Dispose();
    }

    private ResultPerson PersonAt(int row, int frame)
    {
        int slot = _slots.Values[row];
        BoundingBox box = _left.ValueAt(row) is { } left
            ? new(left, _top.ValueAt(row) ?? float.NaN, _right.ValueAt(row) ?? float.NaN, _bottom.ValueAt(row) ?? float.NaN)
            : BoundingBox.None;
        return new(slot, _tracks.ValueAt(row), _scores.Values[row], box, JointsOf(frame, slot));
    }

    // A person always has all its rows, in the skeleton's order, in one row group (docs/table-schema.md).
    private Keypoint[] JointsOf(int frame, int slot)
    {
        while (_joints.HasRow() && (_joints.Frame, _slotsOfJoints.Values[_joints.Row]).CompareTo((frame, slot)) < 0)
        {
            _joints.Advance(int.Min(_jointCount, _joints.RowsLeft));
        }

        if (!_joints.HasRow() || _joints.RowsLeft < _jointCount || !IsOf(_joints.Row) || !IsOf(_joints.Row + _jointCount - 1))
        {
            throw _joints.Table.Damaged($"person {slot} of frame {frame} has no complete set of joints");
        }

        int first = _joints.Row;
        Keypoint[] joints = new Keypoint[_jointCount];
        for (int joint = 0; joint < joints.Length; joint++)
        {
            int row = first + joint;
            joints[joint] = new(_x.ValueAt(row) ?? float.NaN, _y.ValueAt(row) ?? float.NaN, _confidences.Values[row]);
        }

        _joints.Advance(_jointCount);
        return joints;

        bool IsOf(int row) => _joints.Table.Frames[row] == frame && _slotsOfJoints.Values[row] == slot;
    }

    /// <summary>Goes over the rows of a table at its own pace.</summary>
    private sealed class Walk(ResultTable table, int first, int end, CancellationToken cancellation) : IDisposable
    {
        private readonly IEnumerator<(int First, int End)> _groups = table.Rows(first, end, cancellation).GetEnumerator();
        private int _end;

        public ResultTable Table => table;

        public int Row { get; private set; }

        public int Frame => table.Frames[Row];

        /// <summary>Rows of the range in this row group, from the current one on.</summary>
        public int RowsLeft => _end - Row;

        /// <summary>Makes sure that there is a current row.</summary>
        /// <returns>False at the end of the range.</returns>
        public bool HasRow()
        {
            while (Row == _end)
            {
                if (!_groups.MoveNext())
                {
                    return false;
                }

                (Row, _end) = _groups.Current;
            }

            return true;
        }

        public void Advance(int rows) => Row += rows;

        public void Dispose()
        {
            _groups.Dispose();
            table.Dispose();
        }
    }
}
