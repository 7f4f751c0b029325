using System.Globalization;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>What a result's tables say, as text to show.</summary>
internal static class TableExcerpt
{
    /// <summary>
    /// Some rows of one frame, spread over the joints of its first person, as text: the column names first, nulls as
    /// <c>null</c>. Only the names when the frame has no rows.
    /// </summary>
    public static IReadOnlyList<string[]> Of(PoseResult result, int frame, int rowCount, CancellationToken cancellation)
    {
        using WholeTable joints = new(result.Path, TableSchemas.Keypoints.Name);
        List<string[]> rows = [[.. joints.Columns.Select(column => column.Column.Name)]];
        int jointCount = result.Skeleton.KeypointCount, count = int.Min(rowCount, jointCount);
        RowCursor wanted = joints.Rows(joints.Columns, frame, frame + 1, cancellation);
        if (wanted.HasRow())
        {
            rows.AddRange(Enumerable.Range(0, count).Select(i => wanted.Row + (i * jointCount / count))
                .Select(row => joints.Columns.Select(column => Text(column.Buffer, row)).ToArray()));
        }

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
}
