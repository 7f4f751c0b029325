using System.Globalization;
using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Demo;

/// <summary>What a result's tables say, read back from the files.</summary>
internal static class ResultRows
{
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
