namespace PoseBatch.Results.Reading;

/// <summary>
/// Goes over the rows of a table that lie in a range of frames, forward; the table's columns hold the row group of the current one.
/// Row numbers are those of the row group.
/// </summary>
/// <param name="table">The table; one cursor at a time moves it.</param>
/// <param name="columns">Those of its columns that are read.</param>
/// <param name="first">First frame.</param>
/// <param name="end">Frame to stop before.</param>
/// <param name="cancellation">Stops between row groups.</param>
internal sealed class RowCursor(ResultTable table, IReadOnlyList<ResultColumn> columns, int first, int end, CancellationToken cancellation)
{
    private readonly IReadOnlyList<int> _groups = table.GroupsOf(first, end);
    private int _next;
    private int _end;

    /// <summary>The current row; there is one when <see cref="HasRow"/> said so.</summary>
    public int Row { get; private set; }

    /// <summary>Rows of the range in this row group, from the current one on.</summary>
    public int RowsLeft => _end - Row;

    /// <summary>Makes sure that there is a current row.</summary>
    /// <returns>False at the end of the range.</returns>
    /// <exception cref="ResultUnreadableException">A page is damaged, a column has another type, or one that is never null is missing.</exception>
    /// <exception cref="OperationCanceledException">Told to stop.</exception>
    public bool HasRow()
    {
        while (Row == _end)
        {
            if (_next == _groups.Count)
            {
                return false;
            }

            cancellation.ThrowIfCancellationRequested();
            if (_next == 0)
            {
                table.Reserve(columns, _groups);
            }

            (Row, _end) = table.Read(_groups[_next++], columns, first, end);
        }

        return true;
    }

    /// <summary>Goes on to a later row.</summary>
    /// <param name="rows">How many; at most <see cref="RowsLeft"/>.</param>
    public void Advance(int rows) => Row += rows;

    /// <summary>For <c>foreach</c>: row by row, from the current one on.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Row by row.</summary>
    public struct Enumerator(RowCursor rows)
    {
        private bool _hasBegun;

        public readonly int Current => rows.Row;

        public bool MoveNext()
        {
            if (_hasBegun)
            {
                rows.Advance(1);
            }

            _hasBegun = true;
            return rows.HasRow();
        }
    }
}
