namespace PoseBatch.Tables;

/// <summary>Some rows of a table, column by column, in memory that is kept and reused. Not thread-safe.</summary>
public sealed class TableBlock
{
    private readonly ColumnBuffer[] _columns;

    /// <param name="schema">The table.</param>
    public TableBlock(TableSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Schema = schema;
        _columns = [.. schema.Columns.Select(ColumnBuffer.Create)];
    }

    /// <summary>The table.</summary>
    public TableSchema Schema { get; }

    /// <summary>One buffer per column, in the schema's order.</summary>
    public IReadOnlyList<ColumnBuffer> Columns => _columns;

    /// <summary>Rows held. Whoever fills the columns fills all of them to the same count.</summary>
    public int RowCount => _columns[0].Count;

    /// <summary>The buffer of a column.</summary>
    /// <typeparam name="T">Its type in memory (see <see cref="ColumnBuffer{T}"/>).</typeparam>
    /// <param name="name">Name of the column.</param>
    /// <exception cref="ArgumentException">No such column, or of another type.</exception>
    public ColumnBuffer<T> Column<T>(string name)
        where T : unmanaged
    {
        int index = Schema.IndexOf(name);
        return index >= 0 && _columns[index] is ColumnBuffer<T> column
            ? column
            : throw new ArgumentException($"Table '{Schema.Name}' has no column '{name}' of {typeof(T).Name}.", nameof(name));
    }

    /// <summary>The buffer of a text column.</summary>
    /// <param name="name">Name of the column.</param>
    /// <exception cref="ArgumentException">No such column, or not of text.</exception>
    public TextColumnBuffer TextColumn(string name) => (TextColumnBuffer)Column<int>(name);

    /// <summary>Adds rows of a block of the same schema whose text columns have the same words in the same order.</summary>
    /// <param name="source">Where they stand.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="rows">How many.</param>
    public void AppendRows(TableBlock source, int start, int rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        for (int i = 0; i < _columns.Length; i++)
        {
            _columns[i].AppendRows(source._columns[i], start, rows);
        }
    }

    /// <summary>Takes the memory for so many rows now; see <see cref="ColumnBuffer.Reserve"/>.</summary>
    /// <param name="rows">Rows from the first on.</param>
    public void Reserve(int rows)
    {
        foreach (ColumnBuffer column in _columns)
        {
            column.Reserve(rows);
        }
    }

    /// <summary>Forgets all rows; keeps the memory.</summary>
    public void Clear()
    {
        foreach (ColumnBuffer column in _columns)
        {
            column.Clear();
        }
    }
}
