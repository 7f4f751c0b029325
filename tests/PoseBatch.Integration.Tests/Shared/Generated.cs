using System.Text.RegularExpressions;
using PoseBatch.Tables;

namespace PoseBatch;

/// <summary>
/// Files and parts of files that are made from the code and kept in the repository for readers.
/// <c>POSEBATCH_REGENERATE=1 ./test Document</c> writes them anew.
/// </summary>
internal static class Generated
{
    private static bool IsAsked => Environment.GetEnvironmentVariable("POSEBATCH_REGENERATE") == "1";

    /// <summary>Compares a file with what the code makes of it, or writes it.</summary>
    /// <param name="file">The file, relative to the repository.</param>
    /// <param name="make">The whole text, from the text there is.</param>
    public static void Check(string file, Func<string, string> make)
    {
        string path = Path.Combine(Repository.Root, file);
        string text = File.ReadAllText(path), wanted = make(text);
        if (IsAsked && text != wanted)
        {
            File.WriteAllText(path, wanted);
            text = wanted;
        }

        Assert.True(text == wanted, $"{file} is not what the code says ({FirstDifference(text, wanted)}). Run POSEBATCH_REGENERATE=1 ./test Document and look at the difference.");
    }

    /// <summary>A page with other rows in the first table under a heading.</summary>
    /// <param name="page">The page.</param>
    /// <param name="heading">Text of the heading, of the second level.</param>
    /// <param name="head">The two lines above the rows.</param>
    /// <param name="rows">The rows, a line each.</param>
    public static string WithTable(string page, string heading, string head, IEnumerable<string> rows)
    {
        Match table = new Regex($@"## {Regex.Escape(heading)}\n(?:(?!## )[^|\n]*\n)*((?:\|.*\n)+)").Match(page);
        Assert.True(table.Success, $"There is no table under ## {heading}.");
        Group old = table.Groups[1];
        return $"{page[..old.Index]}{head}\n{string.Concat(rows.Select(row => row + "\n"))}{page[(old.Index + old.Length)..]}";
    }

    /// <summary>A page with the columns of a table under the heading of its file.</summary>
    public static string WithColumns(string page, TableSchema table) => WithTable(
        page, table.FileName, "| Column | Type | Unit | Null when | Meaning |\n|---|---|---|---|---|",
        table.Columns.Select(column => $"| `{column.Name}` | {TableWords.Of(column.Type)} | {column.Unit} | {column.NullRule} | {column.Meaning} |"));

    private static string FirstDifference(string text, string wanted)
    {
        (string Is, string Should) first = text.Split('\n').Concat(Enumerable.Repeat("(end)", 1)).Zip(wanted.Split('\n').Concat(Enumerable.Repeat("(end)", 1)))
            .FirstOrDefault(lines => lines.First != lines.Second);
        return $"'{first.Is}' should be '{first.Should}'";
    }
}
