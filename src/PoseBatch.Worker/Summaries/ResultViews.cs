using System.Text;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Summaries;

/// <summary>The views of <c>posebatch query</c>, as DuckDB reads them: each over one table of every result below a root.</summary>
internal static class ResultViews
{
    /// <summary>Statements that make the views <c>keypoints</c>, <c>persons</c>, <c>frames</c>, <c>tracks</c> and <c>summary</c>, as far as there are files for them.</summary>
    /// <param name="root">The root, for the summary.</param>
    /// <param name="folders">The results.</param>
    public static string Sql(string root, IReadOnlyList<string> folders)
    {
        StringBuilder sql = new();
        foreach (string table in TableSchemas.All.Select(table => table.Name))
        {
            Add(sql, table, [.. folders.Select(folder => Path.Combine(folder, table + ".parquet")).Where(File.Exists)]);
        }

        string summary = Path.Combine(Path.GetFullPath(root), BatchSummary.FileName);
        Add(sql, "summary", File.Exists(summary) ? [summary] : []);
        return sql.ToString();
    }

    // Columns may be there in some results only; those that are missing are null. Brackets and stars in names mean themselves.
    private static void Add(StringBuilder sql, string view, string[] files)
    {
        if (files.Length > 0)
        {
            IEnumerable<string> names = files.Select(file => "'" + Literal(file) + "'");
            sql.Append("CREATE VIEW ").Append(view).Append(" AS SELECT * FROM read_parquet([").AppendJoin(", ", names).Append("], union_by_name = true);\n");
        }
    }

    private static string Literal(string path)
    {
        StringBuilder text = new();
        foreach (char letter in path)
        {
            text.Append(letter switch
            {
                '\'' => "''",
                '[' => "[[]",
                '*' => "[*]",
                '?' => "[?]",
                _ => letter.ToString(),
            });
        }

        return text.ToString();
    }
}
