using PoseBatch.Poses;

namespace PoseBatch.Results.Reading;

/// <summary>Joins the rows of persons and keypoints, frame after frame, with one row group of each in memory.</summary>
internal sealed class PeopleReader : IDisposable
{
    private readonly int _jointCount;
    private readonly PersonTable _persons;
    private readonly KeypointTable _joints;
    private readonly RowCursor _person, _joint;

    /// <param name="result">The result.</param>
    /// <param name="first">First frame that will be asked for.</param>
    /// <param name="end">Frame that will not be asked for, nor any later one.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <exception cref="ResultUnreadableException">A table is gone or damaged.</exception>
    public PeopleReader(PoseResult result, int first, int end, CancellationToken cancellation)
    {
        _jointCount = result.Skeleton.KeypointCount;
        _persons = new(result.Path);
        try
        {
            _joints = new(result.Path);
        }
        catch
        {
            _persons.Dispose();
            throw;
        }

        _person = _persons.Rows([_persons.Slot, _persons.TrackId, _persons.Score, .. _persons.Box], first, end, cancellation);
        _joint = _joints.Rows([_joints.Slot, _joints.X, _joints.Y, _joints.Confidence], first, end, cancellation);
    }

    /// <summary>The people of a frame, best first.</summary>
    /// <param name="frame">Later than any asked for before.</param>
    /// <exception cref="ResultUnreadableException">A page is damaged, or somebody's joints are incomplete.</exception>
    public IReadOnlyList<ResultPerson> Of(int frame)
    {
        List<ResultPerson> people = [];
        while (_person.HasRow() && _persons.FrameIndex[_person.Row] is var found && found <= frame)
        {
            if (found == frame)
            {
                people.Add(PersonOf(_person.Row, frame));
            }

            _person.Advance(1);
        }

        return people;
    }

    public void Dispose()
    {
        _persons.Dispose();
        _joints.Dispose();
    }

    private ResultPerson PersonOf(int row, int frame)
    {
        int slot = _persons.Slot[row];
        return new(slot, _persons.TrackId[row], _persons.Score[row], _persons.BoxOf(row), JointsOf(frame, slot));
    }

    private Keypoint[] JointsOf(int frame, int slot)
    {
        while (_joint.HasRow() && OwnerOf(_joint.Row).CompareTo((frame, slot)) < 0)
        {
            _joint.Advance(int.Min(_jointCount, _joint.RowsLeft));
        }

        if (!_joint.HasRow() || _joint.RowsLeft < _jointCount || OwnerOf(_joint.Row) != (frame, slot) || OwnerOf(_joint.Row + _jointCount - 1) != (frame, slot))
        {
            throw _joints.Damaged($"person {slot} of frame {frame} has no complete set of joints");
        }

        Keypoint[] joints = new Keypoint[_jointCount];
        for (int joint = 0; joint < joints.Length; joint++)
        {
            joints[joint] = _joints.JointOf(_joint.Row + joint);
        }

        _joint.Advance(_jointCount);
        return joints;
    }

    private (int Frame, int Slot) OwnerOf(int row) => (_joints.FrameIndex[row], _joints.Slot[row]);
}
