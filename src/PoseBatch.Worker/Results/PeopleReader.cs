using PoseBatch.Parquet;
using PoseBatch.Parquet.Results;
using PoseBatch.Poses;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Results;

/// <summary>Joins the rows of persons and keypoints, frame after frame, with one row group of each in memory.</summary>
internal sealed class PeopleReader : IDisposable
{
    private readonly PoseResult _result;
    private readonly ParquetFileReader _personsFile, _jointsFile;
    private readonly TableCursor _persons, _joints;

    /// <param name="result">The result.</param>
    /// <param name="first">First frame that will be asked for.</param>
    public PeopleReader(PoseResult result, int first)
    {
        _result = result;
        _personsFile = result.OpenTable(TableSchemas.Persons.Name);
        try
        {
            _jointsFile = result.OpenTable(TableSchemas.Keypoints.Name);
        }
        catch
        {
            _personsFile.Dispose();
            throw;
        }

        (_persons, _joints) = (new(_personsFile), new(_jointsFile));
        _persons.SkipGroupsBelow("frame", first);
        _joints.SkipGroupsBelow("frame", first);
    }

    /// <summary>The people of a frame, best first.</summary>
    /// <param name="frame">Later than any asked for before.</param>
    public IReadOnlyList<ResultPerson> Of(int frame)
    {
        List<ResultPerson> people = [];
        while (_persons.HasRow())
        {
            int found = _persons.Block.Column<int>("frame").Values[_persons.Row];
            if (found > frame)
            {
                break;
            }

            if (found == frame)
            {
                people.Add(PersonAt(_persons.Block, _persons.Row, frame));
            }

            _persons.Advance(1);
        }

        return people;
    }

    public void Dispose()
    {
        _personsFile.Dispose();
        _jointsFile.Dispose();
    }

    private ResultPerson PersonAt(TableBlock block, int row, int frame)
    {
        int slot = block.Column<int>("person").Values[row];
        BoundingBox box = block.Column<float>("x_min").ValueAt(row) is { } left
            ? new(left, Side("y_min"), Side("x_max"), Side("y_max"))
            : BoundingBox.None;
        int? track = block.Schema.IndexOf("track_id") >= 0 ? block.Column<int>("track_id").ValueAt(row) : null;
        return new(slot, track, block.Column<float>("score").Values[row], box, JointsOf(frame, slot));

        float Side(string name) => block.Column<float>(name).ValueAt(row) ?? float.NaN;
    }

    // A person always has all its rows, in the skeleton's order, in one row group (docs/table-schema.md).
    private Keypoint[] JointsOf(int frame, int slot)
    {
        int count = _result.Skeleton.KeypointCount;
        while (_joints.HasRow())
        {
            TableBlock block = _joints.Block;
            int row = _joints.Row;
            if ((block.Column<int>("frame").Values[row], block.Column<int>("person").Values[row]).CompareTo((frame, slot)) >= 0)
            {
                return Read(block, row, count, frame, slot);
            }

            _joints.Advance(int.Min(count, _joints.RowsLeftInGroup));
        }

        throw Incomplete(frame, slot);
    }

    private Keypoint[] Read(TableBlock block, int row, int count, int frame, int slot)
    {
        if (_joints.RowsLeftInGroup < count || block.Column<int>("frame").Values[row] != frame || block.Column<int>("person").Values[row] != slot)
        {
            throw Incomplete(frame, slot);
        }

        ReadOnlySpan<float> confidences = block.Column<float>("confidence").Values;
        ColumnBuffer<float> x = block.Column<float>("x"), y = block.Column<float>("y");
        Keypoint[] joints = new Keypoint[count];
        for (int joint = 0; joint < count; joint++)
        {
            joints[joint] = new(x.ValueAt(row + joint) ?? float.NaN, y.ValueAt(row + joint) ?? float.NaN, confidences[row + joint]);
        }

        _joints.Advance(count);
        return joints;
    }

    private ParquetFormatException Incomplete(int frame, int slot) =>
        new(_jointsFile.Path, $"person {slot} of frame {frame} has no complete set of joints");
}
