using System.Globalization;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Parquet;
using PoseBatch.Poses;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Demo;

/// <summary>What a result's tables say, read back from the files.</summary>
internal static class ResultRows
{
    /// <summary>One entry per source frame, people best first.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="jointCount">Joints per person.</param>
    public static IReadOnlyList<PosedFrame> ReadFrames(string folder, int jointCount)
    {
        List<List<IReadOnlyList<Keypoint?>>> people = [];
        List<double> times = [];
        ForEachGroup(folder, TableSchemas.Frames, block =>
        {
            foreach (double time in block.Column<double>("time").Values)
            {
                times.Add(time);
                people.Add([]);
            }
        });
        ForEachGroup(folder, TableSchemas.Keypoints, block =>
        {
            ReadOnlySpan<int> frames = block.Column<int>("frame").Values;
            ReadOnlySpan<float> confidences = block.Column<float>("confidence").Values;
            ColumnBuffer<float> x = block.Column<float>("x"), y = block.Column<float>("y");

            // A person always has all its rows, in the skeleton's order, in one row group (docs/table-schema.md).
            for (int first = 0; first < block.RowCount; first += jointCount)
            {
                Keypoint?[] joints = new Keypoint?[jointCount];
                for (int joint = 0; joint < jointCount; joint++)
                {
                    int row = first + joint;
                    joints[joint] = x.IsNull(row) ? null : new Keypoint(x.Values[row], y.Values[row], confidences[row]);
                }

                people[frames[first]].Add(joints);
            }
        });
        return [.. times.Zip(people, (time, found) => new PosedFrame(time, found))];
    }

    /// <summary>
    /// Some rows of one frame, spread over the joints of its first person, as text: the column names first, nulls as
    /// <c>null</c>. Only the names when the frame has no rows.
    /// </summary>
    public static IReadOnlyList<string[]> Excerpt(string folder, int frame, int jointCount, int rowCount)
    {
        List<string[]> rows = [];
        using (ParquetFileReader file = new(Path.Combine(folder, TableSchemas.Keypoints.Name + ".parquet")))
        {
            rows.Add([.. file.Schema.Columns.Select(column => column.Name)]);
        }

        ForEachGroup(folder, TableSchemas.Keypoints, block =>
        {
            int first = block.Column<int>("frame").Values.IndexOf(frame);
            for (int i = 0; first >= 0 && i < int.Min(rowCount, jointCount); i++)
            {
                int row = first + (i * jointCount / int.Min(rowCount, jointCount));
                rows.Add([.. block.Columns.Select(column => Text(column, row))]);
            }
        });
        return rows;
    }

    private static string Text(ColumnBuffer column, int row) => column.IsNull(row) ? "null" : column switch
    {
        TextColumnBuffer text => text.Text(row)!,
        ColumnBuffer<float> number => number.Values[row].ToString(column.Column.Unit == "px" ? "F2" : "F3", CultureInfo.InvariantCulture),
        ColumnBuffer<double> number => number.Values[row].ToString("F3", CultureInfo.InvariantCulture),
        ColumnBuffer<int> number => number.Values[row].ToString(CultureInfo.InvariantCulture),
        ColumnBuffer<long> number => number.Values[row].ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column.Column.Name, "No column of the keypoints table is of this type."),
    };

    private static void ForEachGroup(string folder, TableSchema table, Action<TableBlock> take)
    {
        using ParquetFileReader reader = new(Path.Combine(folder, table.Name + ".parquet"));
        TableBlock block = reader.CreateBlock();
        for (int group = 0; group < reader.RowGroups.Count; group++)
        {
            reader.Read(group, block);
            take(block);
        }
    }
}
