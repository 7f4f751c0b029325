namespace PoseBatch.Families;

public class LinearAssignmentTests
{
    [Fact]
    public void The_largest_sum_wins_over_the_largest_score() =>
        Assert.Equal([1, 0], Solve([0.9f, 0.8f, 0.8f, 0.1f], 2, 2));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(5, 2)]
    [InlineData(4, 4)]
    [InlineData(6, 5)]
    public void No_other_pairing_has_a_larger_sum(int rows, int columns)
    {
        Random random = new(3);
        for (int round = 0; round < 200; round++)
        {
            float[] scores = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() * (round % 2 == 0 ? 1 : -1))];

            int[] columnOf = Solve(scores, rows, columns);

            Assert.Equal(Math.Min(rows, columns), columnOf.Count(column => column >= 0));
            Assert.Distinct(columnOf.Where(column => column >= 0));
            double sum = columnOf.Select((column, row) => column < 0 ? 0 : (double)scores[(row * columns) + column]).Sum();
            Assert.Equal(Best(scores, rows, columns, 0, [], Math.Min(rows, columns)), sum, 1e-6);
        }
    }

    [Fact]
    public void Of_equal_sums_the_earlier_columns_go_to_the_earlier_rows() => Assert.Equal([0, 1, 2], Solve([.. Enumerable.Repeat(0.5f, 12)], 3, 4));

    [Fact]
    public void Nothing_is_paired_with_nothing()
    {
        Assert.Empty(Solve([], 0, 3));
        Assert.Equal([-1, -1], Solve([], 2, 0));
    }

    private static int[] Solve(float[] scores, int rows, int columns)
    {
        int[] columnOf = new int[rows];
        new LinearAssignment(6).Solve(scores, rows, columns, columnOf);
        return columnOf;
    }

    // Every pairing of so many, one after the other.
    private static double Best(float[] scores, int rows, int columns, int row, HashSet<int> taken, int wanted)
    {
        if (taken.Count == wanted)
        {
            return 0;
        }

        if (row == rows)
        {
            return double.NegativeInfinity;
        }

        double best = Best(scores, rows, columns, row + 1, taken, wanted);
        for (int column = 0; column < columns; column++)
        {
            if (!taken.Contains(column))
            {
                best = Math.Max(best, scores[(row * columns) + column] + Best(scores, rows, columns, row + 1, [.. taken, column], wanted));
            }
        }

        return best;
    }
}
