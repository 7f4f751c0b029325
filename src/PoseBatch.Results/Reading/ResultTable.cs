using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>
/// One table of a result, and the only way in which the program reads rows: forward, from those row groups alone that can hold the
/// wanted frames, and of these only the columns that were asked for. In memory are these columns of one row group. Each table
/// has a class with typed columns; <see cref="WholeTable"/> is any table with all columns of its file. Not thread-safe; several may be
/// open on one file.
/// </summary>
internal abstract class ResultTable : IDisposable
{
    private const string FrameColumn = "frame";

    private readonly string _folder;
    private readonly ParquetFileReader _file;
    private readonly NumberColumn<int>? _frames;

    /// <summary>Opens the table; reads the footer, no rows.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="table">For example <c>keypoints</c>.</param>
    /// <param name="schema">Its columns; null for those that the file has. A file of another version may lack some that may be null.</param>
    /// <exception cref="ResultUnreadableException">It is not there, or is damaged.</exception>
    protected ResultTable(string folder, string table, TableSchema? schema)
    {
        _folder = folder;
        try
        {
            _file = new(PathOf(folder, table));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ParquetFormatException)
        {
            throw Unreadable(folder, table, fault);
        }

        Schema = schema ?? _file.Schema;
        _frames = Schema.Columns.Any(column => column is { Name: FrameColumn, Type: ColumnType.Int32 }) ? Number<int>(FrameColumn) : null;
    }

    /// <summary>Rows of the whole table.</summary>
    public long RowCount => _file.RowCount;

    /// <summary>The key-value pairs of its footer (docs/table-schema.md).</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>Frame of each row, rising.</summary>
    /// <exception cref="InvalidOperationException">The table has no such column.</exception>
    public NumberColumn<int> FrameIndex => _frames ?? throw new InvalidOperationException($"Table '{Schema.Name}' is not ordered by frame.");

    /// <summary>Its name and columns.</summary>
    protected TableSchema Schema { get; }

    /// <summary>Whether a folder has a table.</summary>
    /// <param name="folder">The result's folder.</param>
    /// <param name="table">For example <c>keypoints</c>.</param>
    public static bool IsAt(string folder, string table) => File.Exists(PathOf(folder, table));

    /// <summary>All rows.</summary>
    /// <inheritdoc cref="Rows(IReadOnlyList{ResultColumn}, int, int, CancellationToken)"/>
    public RowCursor Rows(IReadOnlyList<ResultColumn> columns, CancellationToken cancellation) => Rows(columns, 0, int.MaxValue, cancellation);

    /// <summary>The rows of a range of frames; row groups without such rows are not read.</summary>
    /// <param name="columns">Columns of this table that are read; <see cref="FrameIndex"/> comes along.</param>
    /// <param name="first">First frame.</param>
    /// <param name="end">Frame to stop before.</param>
    /// <param name="cancellation">Stops between row groups.</param>
    public RowCursor Rows(IReadOnlyList<ResultColumn> columns, int first, int end, CancellationToken cancellation) => new(this, columns, first, end, cancellation);

    /// <summary>What to throw when the rows contradict each other.</summary>
    /// <param name="detail">What is wrong with them, a clause.</param>
    public ResultUnreadableException Damaged(string detail) => Unreadable(_folder, Schema.Name, new ParquetFormatException(_file.Path, detail));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The row groups that can hold frames of a range, rising.</summary>
    internal IReadOnlyList<int> GroupsOf(int first, int end) => [.. Enumerable.Range(0, _file.RowGroups.Count).Where(group => MayHold(_file.RowGroups[group], first, end))];

    /// <summary>Takes memory for columns, all of it before anything is read: memory that grows step by step leaves as much behind again.</summary>
    /// <param name="columns">Those that are going to be read, beside <see cref="FrameIndex"/>.</param>
    /// <param name="groups">The row groups from which they are read.</param>
    internal void Reserve(IReadOnlyList<ResultColumn> columns, IReadOnlyList<int> groups)
    {
        int rows = groups.Max(group => _file.RowGroups[group].RowCount);
        try
        {
            foreach (ResultColumn column in _frames is null ? columns : [_frames, .. columns])
            {
                column.Reserve(InFile(column.Column), rows);
            }
        }
        catch (ParquetFormatException fault)
        {
            throw Unreadable(_folder, Schema.Name, fault);
        }
    }

    /// <summary>Reads columns of a row group.</summary>
    /// <returns>Its first row in a range of frames and the row after the last; without such rows nothing but the frames was read.</returns>
    internal (int First, int End) Read(int group, IReadOnlyList<ResultColumn> columns, int first, int end)
    {
        try
        {
            (int First, int End) rows = (0, _file.RowGroups[group].RowCount);
            if (_frames is not null)
            {
                Read(group, _frames);
                rows = (LowerBound(_frames.Values, first), LowerBound(_frames.Values, end));
            }

            foreach (ResultColumn column in rows.First < rows.End ? columns : [])
            {
                if (column != _frames)
                {
                    Read(group, column);
                }
            }

            return rows;
        }
        catch (Exception fault) when (fault is IOException or ParquetFormatException)
        {
            throw Unreadable(_folder, Schema.Name, fault);
        }
    }

    /// <summary>A column of numbers that every row has.</summary>
    protected NumberColumn<T> Number<T>(string name)
        where T : unmanaged => new(ColumnOf(name));

    /// <summary>A column of numbers that a row may lack.</summary>
    protected NullableColumn<T> Nullable<T>(string name)
        where T : unmanaged => new(ColumnOf(name));

    /// <summary>A column of words that every row has.</summary>
    protected WordColumn Word(string name) => new(ColumnOf(name));

    /// <summary>A column of any type.</summary>
    protected ResultColumn Any(string name) => name == _frames?.Column.Name ? _frames : new ResultColumn<ColumnBuffer>(ColumnOf(name));

    private TableColumn ColumnOf(string name) => Schema.Columns[Schema.IndexOf(name)];

    private void Read(int group, ResultColumn column)
    {
        int place = _file.Schema.IndexOf(column.Column.Name);
        if (place >= 0)
        {
            _file.Read(group, place, column.Buffer);
        }
        else
        {
            column.Buffer.Clear();
            column.Buffer.AppendNulls(_file.RowGroups[group].RowCount);
        }
    }

    private static string PathOf(string folder, string table) => Path.Combine(folder, table + ".parquet");

    private static ResultUnreadableException Unreadable(string folder, string table, Exception fault) =>
        new($"The table {table}.parquet of '{folder}' cannot be read: {fault.Message}", "See what posebatch inspect says of the result.", fault);

    private TableColumn InFile(TableColumn wanted)
    {
        int place = _file.Schema.IndexOf(wanted.Name);
        if (place < 0)
        {
            return wanted.IsNullable ? wanted : throw new ParquetFormatException(_file.Path, $"the column '{wanted.Name}' is missing");
        }

        TableColumn found = _file.Schema.Columns[place];
        return found.Type == wanted.Type
            ? found
            : throw new ParquetFormatException(_file.Path, $"the column '{wanted.Name}' should be {TableWords.Of(wanted.Type)}, is {TableWords.Of(found.Type)}");
    }

    private bool MayHold(ParquetRowGroup group, int first, int end)
    {
        int place = _frames is null ? -1 : _file.Schema.IndexOf(FrameColumn);
        return place < 0 || ((Number(group.Columns[place].Min) is not { } least || least < end) && (Number(group.Columns[place].Max) is not { } most || most >= first));
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
