namespace PoseBatch.Tables;

public class TableSchemasTests
{
    public static TheoryData<string> Tables => [.. TableSchemas.All.Select(table => table.Name)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Column_names_are_unique_and_snake_case(string name)
    {
        TableSchema table = TableSchemas.Find(name)!;
        Assert.Equal(table.Columns.Count, table.Columns.Select(column => column.Name).Distinct().Count());
        Assert.All(table.Columns, column => Assert.Matches("^[a-z][a-z_]*$", column.Name));
        Assert.All(table.SortedBy, sorted => Assert.True(table.IndexOf(sorted) >= 0));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void A_null_rule_is_given_exactly_for_columns_that_can_be_null(string name)
    {
        Assert.All(TableSchemas.Find(name)!.Columns, column => Assert.Equal(column.IsNullable, column.NullRule != "never"));
    }

    [Fact]
    public void The_Document_has_the_columns_of_the_code() => Generated.Check("docs/table-schema.md", page => TableSchemas.All.Aggregate(page, Generated.WithColumns));
}
