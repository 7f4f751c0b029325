namespace PoseBatch.Tables;

public class ColumnBufferTests
{
    [Fact]
    public void Values_survive_growth_and_nulls_hold_the_default()
    {
        ColumnBuffer<int> column = new(new("n", ColumnType.Int32, IsNullable: true, "", ""));
        for (int i = 0; i < 1000; i++)
        {
            column.Append(i % 3 == 0 ? null : i);
        }

        Assert.Equal(1000, column.Count);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(i % 3 == 0, column.IsNull(i));
            Assert.Equal(i % 3 == 0 ? 0 : i, column.Values[i]);
        }
    }

    [Fact]
    public void A_cleared_column_forgets_old_nulls()
    {
        ColumnBuffer<float> column = new(new("x", ColumnType.Float, IsNullable: true, "", ""));
        column.AppendNulls(3);
        column.Clear();
        column.Fill(2f, 3);

        Assert.Equal([1, 1, 1], column.Validity.ToArray());
        Assert.Equal([2f, 2f, 2f], column.Values);
    }

    [Fact]
    public void A_column_that_is_never_null_refuses_nulls()
    {
        ColumnBuffer<int> column = new(new("n", ColumnType.Int32, IsNullable: false, "", ""));
        Assert.Throws<InvalidOperationException>(() => column.AppendNulls(1));
        Assert.True(column.Validity.IsEmpty);
    }

    [Fact]
    public void Equal_words_have_one_code()
    {
        TextColumnBuffer column = new(new("t", ColumnType.Text, IsNullable: false, "", ""));
        column.Append(column.CodeOf("a"));
        column.Append(column.CodeOf("b"));
        column.Append(column.CodeOf("a"));

        Assert.Equal([0, 1, 0], column.Values);
        Assert.Equal(["a", "b"], column.Words);
    }
}
