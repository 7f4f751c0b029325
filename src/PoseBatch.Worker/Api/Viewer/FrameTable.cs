using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Api.Viewer;

/// <summary>
/// A result's tables by frame: reads the columns that are asked for, and of the row groups only those that can hold the wanted
/// frames. Memory is bounded by one row group. Not thread-safe.
/// </summary>
internal sealed class FrameTable : IDisposable
{
    private readonly ParquetFileReader _reader;
    private readonly ColumnBuffer[] _buffers;
    private readonly int[] _columns;

    /// <param name="folder">The result's folder.</param>
    /// <param name="schema">Which table.</param>
    /// <param name="columns">Names of the wanted columns; <c>frame</c> comes first whether named or not.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="ParquetFormatException">It is damaged, or a column is missing.</exception>
    public FrameTable(string folder, TableSchema schema, params ReadOnlySpan<string> columns)
    {
        _reader = new ParquetFileReader(Path.Combine(folder, schema.Name + ".parquet"));
        List<string> names = ["frame"];
        foreach (string column in columns)
        {
            names.Add(column);
        }

        _columns = [.. names.Select(_reader.Schema.IndexOf)];
        if (Array.IndexOf(_columns, -1) is >= 0 and int missing)
        {
            Dispose();
            throw new ParquetFormatException(_reader.Path, $"the column '{names[missing]}' is missing");
        }

        _buffers = [.. _columns.Select(index => ColumnBuffer.Create(_reader.Schema.Columns[index]))];
    }

    /// <summary>Rows of the table.</summary>
    public long RowCount => _reader.RowCount;

    /// <summary>The key-value pairs of the footer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _reader.Metadata;

    /// <summary>Frames of the rows in memory, rising.</summary>
    public ReadOnlySpan<int> Frames => Column<int>(0).Values;

    /// <summary>One of the wanted columns.</summary>
    /// <param name="place">1 for the first that was named.</param>
    public ColumnBuffer<T> Column<T>(int place)
        where T : unmanaged => (ColumnBuffer<T>)_buffers[place];

    /// <summary>A wanted column of text.</summary>
    /// <param name="place">1 for the first that was named.</param>
    public TextColumnBuffer Text(int place) => (TextColumnBuffer)_buffers[place];

    /// <summary>
    /// Visits the row groups with frames of a range; between calls their columns are in memory. The rows handed over are those
    /// of the range.
    /// </summary>
    /// <param name="from">First frame.</param>
    /// <param name="to">Last frame, included.</param>
    /// <param name="visit">Is given the first row and the row after the last; says false to stop.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public void Visit(int from, int to, Func<int, int, bool> visit, CancellationToken cancellation)
    {
        for (int group = 0; group < _reader.RowGroups.Count; group++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!MayHold(_reader.RowGroups[group].Columns[_columns[0]], from, to))
            {
                continue;
            }

            _reader.Read(group, _columns[0], _buffers[0]);
            int first = LowerBound(Frames, from), end = LowerBound(Frames, to + 1L);
            if (first == end)
            {
                continue;
            }

            for (int i = 1; i < _columns.Length; i++)
            {
                _reader.Read(group, _columns[i], _buffers[i]);
            }

            if (!visit(first, end))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private static bool MayHold(ParquetColumnChunk frames, int from, int to) =>
        (Number(frames.Min) is not { } least || least <= to) && (Number(frames.Max) is not { } most || most >= from);

    // Plain INT32 of the footer's statistics: four bytes, little-endian.
    private static int? Number(IReadOnlyList<byte>? plain) =>
        plain is { Count: 4 } ? plain[0] | plain[1] << 8 | plain[2] << 16 | plain[3] << 24 : null;

    private static int LowerBound(ReadOnlySpan<int> rising, long value)
    {
        int low = 0, high = rising.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (rising[middle] < value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
