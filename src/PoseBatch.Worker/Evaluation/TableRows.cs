using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Evaluation;

/// <summary>Walks over the rows of one table, one row group in memory at a time.</summary>
internal sealed class TableRows : IDisposable
{
    private readonly ParquetFileReader _file;
    private int _nextGroup;

    /// <param name="folder">The result's folder.</param>
    /// <param name="table">Name of the table, for example <c>keypoints</c>.</param>
    public TableRows(string folder, string table)
    {
        _file = new(Path.Combine(folder, table + ".parquet"));
        Block = _file.CreateBlock();
        Row = -1;
    }

    /// <summary>The row group that <see cref="Row"/> is in.</summary>
    public TableBlock Block { get; }

    /// <summary>The current row of <see cref="Block"/>.</summary>
    public int Row { get; private set; }

    /// <summary>Key-value metadata of the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    /// <summary>Rows of the whole table.</summary>
    public long RowCount => _file.RowCount;

    /// <summary>Goes one row on.</summary>
    /// <returns>False after the last row.</returns>
    public bool MoveNext()
    {
        if (Row + 1 < (_nextGroup == 0 ? 0 : Block.RowCount))
        {
            Row++;
            return true;
        }

        while (_nextGroup < _file.RowGroups.Count)
        {
            _file.Read(_nextGroup++, Block);
            if (Block.RowCount > 0)
            {
                Row = 0;
                return true;
            }
        }

        return false;
    }

    /// <summary>A number of the current row.</summary>
    public T Get<T>(string column)
        where T : unmanaged => Block.Column<T>(column).Values[Row];

    /// <summary>A number of the current row, or null.</summary>
    public T? Find<T>(string column)
        where T : unmanaged => Block.Column<T>(column) is var values && values.IsNull(Row) ? null : values.Values[Row];

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
