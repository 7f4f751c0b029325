using System.Globalization;
using System.Text;
using PoseBatch.Tables;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>
/// The views of <c>posebatch query</c>, as DuckDB reads them: each over one table of every result below a root, with the columns
/// <c>result</c>, <c>model</c> and <c>key</c> behind its own, so that several results of one video stay apart.
/// </summary>
internal static class ResultViews
{
    private const int MostNamed = 3;

    /// <summary>
    /// Statements that make the table <c>results</c> and the views <c>keypoints</c>, <c>persons</c>, <c>frames</c>, <c>tracks</c> and
    /// <c>summary</c>, as far as there are files for them.
    /// </summary>
    /// <param name="root">The root, for the summary.</param>
    /// <param name="results">The results.</param>
    public static string Sql(string root, IReadOnlyList<NamedResult> results)
    {
        StringBuilder sql = new("CREATE TABLE results (result VARCHAR, video VARCHAR, model VARCHAR, key VARCHAR, folder VARCHAR);\n");
        if (results.Count > 0)
        {
            IEnumerable<string> rows = results.Select(one => $"({Literal(one.Name)}, {Literal(one.Video)}, {Literal(one.Model)}, {Literal(one.Key)}, {Literal(one.Folder)})");
            sql.Append("INSERT INTO results VALUES ").AppendJoin(", ", rows).Append(";\n");
        }

        foreach (string table in TableSchemas.All.Select(table => table.Name))
        {
            string[] files = [.. results.Select(one => Path.Combine(one.Folder, table + ".parquet")).Where(File.Exists)];
            if (files.Length > 0)
            {
                sql.Append(CultureInfo.InvariantCulture, $"CREATE VIEW {table} AS SELECT part.* EXCLUDE (filename), results.result, results.model, results.key FROM ");
                sql.Append(Files(files, ", filename = true"));
                sql.Append(CultureInfo.InvariantCulture, $" AS part JOIN results ON part.filename = results.folder || '/{table}.parquet';\n");
            }
        }

        string summary = Path.Combine(Path.GetFullPath(root), BatchSummary.FileName);
        if (File.Exists(summary))
        {
            sql.Append("CREATE VIEW summary AS SELECT * FROM ").Append(Files([summary], string.Empty)).Append(";\n");
        }

        return sql.ToString();
    }

    /// <summary>A sentence about videos that have more than one of the results; null when there are none.</summary>
    public static string? SeveralOfOneVideo(IReadOnlyList<NamedResult> results)
    {
        IGrouping<string, NamedResult>[] several = [.. results.GroupBy(one => one.Video, StringComparer.Ordinal).Where(video => video.Count() > 1)];
        if (several.Length == 0)
        {
            return null;
        }

        IEnumerable<string> named = several.Take(MostNamed).Select(video => string.Create(
            CultureInfo.InvariantCulture, $"{Printable.Of(video.Key)} has {video.Count()} ({string.Join(", ", video.Select(one => Printable.Of(one.Model)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))})"));
        string more = several.Length > MostNamed ? string.Create(CultureInfo.InvariantCulture, $", and {several.Length - MostNamed} more videos have several") : string.Empty;
        return $"Several results are of one video: {string.Join(", ", named)}{more}. Count by result, not by video, or choose with WHERE model = '...' or key = '...'.";
    }

    // Columns may be there in some results only; those that are missing are null. Brackets and stars in names mean themselves.
    private static string Files(string[] files, string options) =>
        $"read_parquet([{string.Join(", ", files.Select(file => Literal(Plain(file))))}], union_by_name = true{options})";

    private static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static string Plain(string path)
    {
        StringBuilder text = new();
        foreach (char letter in path)
        {
            _ = letter is '[' or '*' or '?' ? text.Append('[').Append(letter).Append(']') : text.Append(letter);
        }

        return text.ToString();
    }
}
