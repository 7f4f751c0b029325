using PoseBatch.Tables;

namespace PoseBatch.Parquet.Results;

/// <summary>Walks through a table row by row, with one row group in memory. Reading a group checks all its pages.</summary>
internal sealed class TableCursor(ParquetFileReader reader)
{
    private int _group = -1;

    /// <summary>The row group in memory.</summary>
    public TableBlock Block { get; } = reader.CreateBlock();

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

    public void Advance(int rows)
    {
        Row += rows;
        TableRow += rows;
    }
}
