using PoseBatch.Parquet;
using PoseBatch.Tables;

namespace PoseBatch.Results.Verification;

/// <summary>
/// Walks through a table row by row, with one row group in memory: every column of every row as it stands in the file, in whatever
/// order, for it is to be judged whether readers may rely on it.
/// </summary>
/// <param name="reader">The table; stays open, and is not disposed here.</param>
/// <param name="room">A block of the table's columns to read into; null for a fresh one.</param>
internal sealed class TableCursor(ParquetFileReader reader, TableBlock? room = null)
{
    private int _group = -1;

    /// <summary>The row group in memory.</summary>
    public TableBlock Block { get; } = room ?? RoomFor(reader);

    /// <summary>Row within <see cref="Block"/>.</summary>
    public int Row { get; private set; }

    /// <summary>Rows of the group from the current one on.</summary>
    public int RowsLeftInGroup => _group < 0 ? 0 : Block.RowCount - Row;

    /// <summary>Row within the table, for messages.</summary>
    public long TableRow { get; private set; }

    /// <summary>Makes sure that there is a current row.</summary>
    /// <returns>False at the end of the table.</returns>
    /// <exception cref="ParquetFormatException">A page is damaged.</exception>
    public bool HasRow()
    {
        while (RowsLeftInGroup == 0)
        {
            if (_group + 1 >= reader.RowGroups.Count)
            {
                return false;
            }

            reader.Read(++_group, Block);
            Row = 0;
        }

        return true;
    }

    /// <summary>Goes on to a later row.</summary>
    /// <param name="rows">How many; at most <see cref="RowsLeftInGroup"/>.</param>
    public void Advance(int rows)
    {
        Row += rows;
        TableRow += rows;
    }

    /// <summary>Memory for the largest group at once: growing step by step would leave as much behind again.</summary>
    private static TableBlock RoomFor(ParquetFileReader reader)
    {
        TableBlock block = reader.CreateBlock();
        block.Reserve(reader.RowGroups.Select(group => group.RowCount).DefaultIfEmpty().Max());
        return block;
    }
}
