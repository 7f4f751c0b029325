using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>
/// One table of a result, and the only way in which the program reads rows: forward, of the columns that were asked for, from
/// those row groups alone that can hold the wanted frames. In memory are these columns of one row group. Not thread-safe;
/// several may be open on one file.
/// </summary>
internal sealed class ResultTable : IDisposable
{
    private const string FrameColumn = "frame";

    private readonly ParquetFileReader _file;
    private readonly TableBlock _block;

    // Place of each column of the block in the file; -1 for one without values there.
    private readonly int[] _places;
    private readonly ColumnBuffer<int>? _frames;

    private ResultTable(ParquetFileReader file, IReadOnlyList<TableColumn> columns)
    {
        _file = file;
        _places = [.. columns.Select(column => file.Schema.IndexOf(column.Name))];
        _block = new(file.Schema with { Columns = [.. columns.Select((column, i) => InFile(column, _places[i]))] });
        _frames = _block.Columns.FirstOrDefault(column => column.Column.Name == FrameColumn) as ColumnBuffer<int>;
    }

    /// <summary>Rows of the whole table.</summary>
    public long RowCount => _file.RowCount;

    /// <summary>The key-value pairs of its footer (docs/table-schema.md).</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>The columns that are read, each the same buffer from one row group to the next.</summary>
    public IReadOnlyList<ColumnBuffer> Columns => _block.Columns;

    /// <summary>Frame of each row in memory, rising.</summary>
    /// <exception cref="InvalidOperationException">The table has no such column.</exception>
    public ReadOnlySpan<int> Frames => (_frames ?? throw new InvalidOperationException($"Table '{_file.Schema.Name}' is not ordered by frame.")).Values;

    /// <summary>Whether a folder has a table.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="table">For example <c>keypoints</c>.</param>
    public static bool IsAt(string folder, string table) => File.Exists(PathOf(folder, table));

    /// <summary>Opens a table for some of its columns; reads the footer, no rows.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="table">Which table.</param>
    /// <param name="columns">
    /// The wanted columns; <c>frame</c> comes along whether named or not. One that may be null, and that this file lacks
    /// because another version wrote it, is null in every row.
    /// </param>
    /// <exception cref="ResultUnreadableException">It is not there, is damaged, or lacks a column.</exception>
    public static ResultTable Open(string folder, TableSchema table, params IReadOnlyList<string> columns) => Open(
        folder, table.Name, _ => [.. table.Columns.Where(column => column.Name == FrameColumn || columns.Contains(column.Name))]);

    /// <summary>Opens a table for all columns that it has.</summary>
    /// <inheritdoc cref="Open(string, TableSchema, IReadOnlyList{string})"/>
    public static ResultTable OpenWhole(string folder, string table) => Open(folder, table, file => file.Schema.Columns);

    /// <summary>One of the columns, to be asked for once before the rows.</summary>
    /// <typeparam name="T">Its type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">It is not read, or is of another type.</exception>
    public ColumnBuffer<T> Column<T>(string name)
        where T : unmanaged => _block.Column<T>(name);

    /// <summary>One of the columns of text, to be asked for once before the rows.</summary>
    /// <inheritdoc cref="Column{T}(string)"/>
    public TextColumnBuffer Text(string name) => _block.TextColumn(name);

    /// <summary>All rows, row group by row group.</summary>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <returns>Per row group the first row and the row after the last; the columns hold it until the next is asked for.</returns>
    /// <exception cref="ResultUnreadableException">A page is damaged.</exception>
    public IEnumerable<(int First, int End)> Rows(CancellationToken cancellation) => Rows(0, int.MaxValue, cancellation);

    /// <summary>The rows of a range of frames, row group by row group; groups without such rows are not read.</summary>
    /// <param name="first">First frame.</param>
    /// <param name="end">Frame to stop before.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    /// <inheritdoc cref="Rows(CancellationToken)"/>
    public IEnumerable<(int First, int End)> Rows(int first, int end, CancellationToken cancellation)
    {
        int[] groups = [.. Enumerable.Range(0, _file.RowGroups.Count).Where(group => MayHold(_file.RowGroups[group], first, end))];

        // For the largest at once: memory that grows step by step leaves as much behind again.
        _block.Reserve(groups.Select(group => _file.RowGroups[group].RowCount).DefaultIfEmpty().Max());
        foreach (int group in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            (int First, int End) rows = Read(group, first, end);
            if (rows.First < rows.End)
            {
                yield return rows;
            }
        }
    }

    /// <summary>What to throw when the rows contradict each other.</summary>
    /// <param name="detail">What is wrong with them, a clause.</param>
    public ResultUnreadableException Damaged(string detail) =>
        Unreadable(Path.GetDirectoryName(_file.Path)!, _file.Schema.Name, new ParquetFormatException(_file.Path, detail));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ResultTable Open(string folder, string table, Func<ParquetFileReader, IReadOnlyList<TableColumn>> choose)
    {
        ParquetFileReader? file = null;
        try
        {
            file = new(PathOf(folder, table));
            return new(file, choose(file));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ParquetFormatException)
        {
            file?.Dispose();
            throw Unreadable(folder, table, fault);
        }
    }

    private static string PathOf(string folder, string table) => Path.Combine(folder, table + ".parquet");

    private static ResultUnreadableException Unreadable(string folder, string table, Exception fault) =>
        new($"The table {table}.parquet of '{folder}' cannot be read: {fault.Message}", "See what posebatch inspect says of the result.", fault);

    private TableColumn InFile(TableColumn wanted, int place)
    {
        if (place < 0)
        {
            return wanted.IsNullable ? wanted : throw new ParquetFormatException(_file.Path, $"the column '{wanted.Name}' is missing");
        }

        TableColumn found = _file.Schema.Columns[place];
        return found.Type == wanted.Type
            ? found
            : throw new ParquetFormatException(_file.Path, $"the column '{wanted.Name}' should be {TableWords.Of(wanted.Type)}, is {TableWords.Of(found.Type)}");
    }

    private (int First, int End) Read(int group, int first, int end)
    {
        try
        {
            (int First, int End) rows = (0, _file.RowGroups[group].RowCount);
            if (_frames is not null)
            {
                // By this column alone the rest may turn out not to be needed.
                _file.Read(group, _file.Schema.IndexOf(FrameColumn), _frames);
                rows = (LowerBound(_frames.Values, first), LowerBound(_frames.Values, end));
            }

            for (int i = 0; i < _places.Length && rows.First < rows.End; i++)
            {
                Read(group, i);
            }

            return rows;
        }
        catch (Exception fault) when (fault is IOException or ParquetFormatException)
        {
            throw Unreadable(Path.GetDirectoryName(_file.Path)!, _file.Schema.Name, fault);
        }
    }

    private void Read(int group, int column)
    {
        ColumnBuffer target = _block.Columns[column];
        if (_places[column] < 0)
        {
            target.Clear();
            target.AppendNulls(_file.RowGroups[group].RowCount);
        }
        else if (target != _frames)
        {
            _file.Read(group, _places[column], target);
        }
    }

    private bool MayHold(ParquetRowGroup group, int first, int end)
    {
        if (_frames is null)
        {
            return true;
        }

        ParquetColumnChunk frames = group.Columns[_file.Schema.IndexOf(FrameColumn)];
        return (Number(frames.Min) is not { } least || least < end) && (Number(frames.Max) is not { } most || most >= first);
    }

    // Plain INT32 of the footer's statistics: four bytes, little-endian.
    private static int? Number(IReadOnlyList<byte>? plain) =>
        plain is { Count: sizeof(int) } ? plain[0] | plain[1] << 8 | plain[2] << 16 | plain[3] << 24 : null;

    private static int LowerBound(ReadOnlySpan<int> rising, int value) => ~rising.BinarySearch(new FirstNotBelow(value));

    /// <summary>Never equal, so that a search ends at the first value that is not below the wanted one.</summary>
    private readonly struct FirstNotBelow(int value) : IComparable<int>
    {
        public int CompareTo(int other) => value <= other ? -1 : 1;
    }
}
