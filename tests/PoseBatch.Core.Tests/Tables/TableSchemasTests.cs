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

    [Theory]
    [MemberData(nameof(Tables))]
    public void The_documentation_has_the_same_columns_as_the_code(string name)
    {
        TableSchema table = TableSchemas.Find(name)!;
        IEnumerable<string> expected = table.Columns.Select(column =>
            $"| `{column.Name}` | {TableWords.Of(column.Type)} | {column.Unit} | {column.NullRule} | {column.Meaning} |");

        Assert.Equal(expected, DocumentedRows($"## {name}.parquet"));
    }

    private static List<string> DocumentedRows(string heading)
    {
        string[] lines = File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "table-schema.md"));
        return [.. lines.SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }
}
