using PoseBatch.Parquet;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results.Writing;

/// <summary>One table of a result while it grows: a block that fills up, and the file it is emptied into.</summary>
internal sealed class TableFile(string folder, TableBlock block, int rowGroupRows, ParquetWriterOptions options, ChunkMemory memory) : IDisposable
{
    private readonly ParquetFileWriter _writer = new(System.IO.Path.Combine(folder, block.Schema.FileName), block.Schema, options, memory);

    public TableSchema Schema => block.Schema;

    public string FileName => block.Schema.FileName;

    /// <summary>Empties the block first if the coming rows, which stay together, would make the row group too large.</summary>
    public void MakeRoom(int rows)
    {
        if (block.RowCount > 0 && (long)block.RowCount + rows > rowGroupRows)
        {
            Flush();
        }
    }

    public void Finish(IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        Flush();
        _writer.Finish(metadata);
    }

    public void Dispose() => _writer.Dispose();

    private void Flush()
    {
        _writer.WriteRowGroup(block);
        block.Clear();
    }
}
