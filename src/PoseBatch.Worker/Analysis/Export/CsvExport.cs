using System.Globalization;
using System.Text;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Analysis.Export;

/// <summary>
/// <c>csv</c>: a table of the result, all its columns, as RFC 4180 has it: a header line, lines ended by CR LF, null as an
/// empty field, UTF-8 without a mark.
/// </summary>
internal sealed class CsvExport : IResultExport
{
    public string Name => "csv";

    public string Suffix(PoseResult result) => ".csv";

    public IReadOnlyList<string> Write(PoseResult result, string path, ExportOptions options, CancellationToken cancellation)
    {
        if (!result.HasTable(options.Table))
        {
            throw new PoseBatchException(
                ReasonCode.OutputConflict, $"'{result.Name}' has no table {options.Table}.", "Name keypoints, persons or frames; tracks is there when tracking was on.");
        }

        using WholeTable table = new(result.Path, options.Table);
        using StreamWriter output = new(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16);
        output.Write(string.Join(',', table.Columns.Select(column => CsvText.Field(column.Column.Name))) + "\r\n");
        foreach (int row in table.Rows(table.Columns, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            WriteRow(output, table.Columns, row);
        }

        return [];
    }

    private static void WriteRow(StreamWriter output, IReadOnlyList<ResultColumn> columns, int row)
    {
        for (int i = 0; i < columns.Count; i++)
        {
            if (i > 0)
            {
                output.Write(',');
            }

            output.Write(FieldOf(columns[i].Buffer, row));
        }

        output.Write("\r\n");
    }

    private static string FieldOf(ColumnBuffer column, int row) => column.IsNull(row) ? string.Empty : column switch
    {
        TextColumnBuffer text => CsvText.Field(text.Text(row)!),
        ColumnBuffer<float> number => CsvText.Number(number.Values[row]),
        ColumnBuffer<double> number => CsvText.Number(number.Values[row]),
        ColumnBuffer<int> number => number.Values[row].ToString(CultureInfo.InvariantCulture),
        ColumnBuffer<long> number => number.Values[row].ToString(CultureInfo.InvariantCulture),
        ColumnBuffer<bool> flag => flag.Values[row] ? "true" : "false",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column.Column.Name, "No table has a column of this type."),
    };
}
