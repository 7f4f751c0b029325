namespace PoseBatch.Families;

/// <summary>
/// Pairs rows with columns so that the sum of their scores is largest: the linear assignment problem, by the Hungarian method with shortest
/// augmenting paths (Kuhn 1955; Jonker and Volgenant 1987). Keeps its scratch memory, so one instance belongs to one worker.
/// </summary>
/// <param name="most">Rows, and columns, at most.</param>
internal sealed class LinearAssignment(int most)
{
    // Index 0 is nobody: the start of a path, and the row of a column that is free.
    private readonly double[] _rowPotential = new double[most + 1];
    private readonly double[] _columnPotential = new double[most + 1];
    private readonly double[] _slack = new double[most + 1];
    private readonly int[] _rowOf = new int[most + 1];
    private readonly int[] _before = new int[most + 1];
    private readonly bool[] _isVisited = new bool[most + 1];

    /// <summary>Pairs as many as the shorter side has; of equal sums always the same one.</summary>
    /// <param name="scores">Row by row, finite.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="columnOf">Receives each row's column; -1 for rows left over.</param>
    public void Solve(ReadOnlySpan<float> scores, int rows, int columns, Span<int> columnOf)
    {
        bool isTurned = rows > columns;
        (int shorter, int longer) = isTurned ? (columns, rows) : (rows, columns);
        Array.Clear(_rowPotential);
        Array.Clear(_columnPotential);
        Array.Clear(_rowOf);
        for (int row = 1; row <= shorter; row++)
        {
            Augment(scores, row, longer, columns, isTurned);
        }

        columnOf[..rows].Fill(-1);
        for (int column = 1; column <= longer; column++)
        {
            if (_rowOf[column] > 0)
            {
                (int row, int place) = isTurned ? (column, _rowOf[column]) : (_rowOf[column], column);
                columnOf[row - 1] = place - 1;
            }
        }
    }

    private void Augment(ReadOnlySpan<float> scores, int start, int longer, int stride, bool isTurned)
    {
        Array.Fill(_slack, double.PositiveInfinity);
        Array.Clear(_isVisited);
        _rowOf[0] = start;
        int column = 0;
        do
        {
            _isVisited[column] = true;
            int row = _rowOf[column], next = 0;
            double least = double.PositiveInfinity;
            for (int other = 1; other <= longer; other++)
            {
                if (_isVisited[other])
                {
                    continue;
                }

                float score = isTurned ? scores[((other - 1) * stride) + row - 1] : scores[((row - 1) * stride) + other - 1];
                double cost = -score - _rowPotential[row] - _columnPotential[other];
                if (cost < _slack[other])
                {
                    (_slack[other], _before[other]) = (cost, column);
                }

                if (_slack[other] < least)
                {
                    (least, next) = (_slack[other], other);
                }
            }

            Shift(least, longer);
            column = next;
        }
        while (_rowOf[column] != 0);

        while (column != 0)
        {
            int before = _before[column];
            _rowOf[column] = _rowOf[before];
            column = before;
        }
    }

    private void Shift(double by, int longer)
    {
        for (int column = 0; column <= longer; column++)
        {
            if (_isVisited[column])
            {
                _rowPotential[_rowOf[column]] += by;
                _columnPotential[column] -= by;
            }
            else
            {
                _slack[column] -= by;
            }
        }
    }
}
