using System.Text.RegularExpressions;

namespace PoseBatch.Documents;

/// <summary>
/// Comments name a rule by its section: <c>docs/spec</c>, a comma and section numbers of decoding.md, or a page of that folder in
/// front of them. Each of these sections exists.
/// </summary>
public class SpecificationTests
{
    private const string Mark = "docs/spec";

    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "spec");

    [Theory]
    [InlineData("src", 80)]
    [InlineData("tests", 3)]
    public void Every_section_that_a_comment_names_exists(string root, int least)
    {
        List<string> problems = [];
        int count = 0;
        foreach (string path in SourceFiles(root))
        {
            string text = File.ReadAllText(path);
            foreach (Match reference in Regex.Matches(text, Mark + @"(?:/([a-z]+)\.md)?, (\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?)*)"))
            {
                string page = reference.Groups[1].Success ? reference.Groups[1].Value : "decoding";
                count++;
                problems.AddRange(Regex.Matches(reference.Groups[2].Value, @"\d+(?:\.\d+)?").Select(section => section.Value)
                    .Where(section => !Sections(page).Contains(section))
                    .Select(section => $"{Path.GetFileName(path)}: {page}.md has no section {section}"));
            }

            // A mention in another form would not be checked.
            problems.AddRange(Regex.Matches(text, Mark + @"(?!(?:/[a-z]+\.md)?, \d)|\bspec sections? \d").Select(_ => $"{Path.GetFileName(path)}: names no section of {Mark}"));
        }

        Assert.Empty(problems);
        Assert.True(count >= least, $"Only {count} comments of {root} name a section.");
    }

    [Theory]
    [InlineData("decoding")]
    [InlineData("jobs")]
    public void Sections_are_numbered_once_and_in_order(string page)
    {
        int[][] numbers = [.. Headings(page).Select(section => section.Split('.').Select(int.Parse).ToArray())];

        for (int i = 0; i < numbers.Length; i++)
        {
            int[] before = i == 0 ? [0] : numbers[i - 1];
            int[] next = numbers[i].Length == 1 ? [before[0] + 1] : [before[0], before.Length == 1 ? 1 : before[1] + 1];
            Assert.Equal(next, numbers[i]);
        }
    }

    private static HashSet<string> Sections(string page) => File.Exists(Path.Combine(Folder, page + ".md")) ? [.. Headings(page)] : [];

    private static IEnumerable<string> Headings(string page) =>
        Regex.Matches(File.ReadAllText(Path.Combine(Folder, page + ".md")), @"(?m)^#{2,3} (\d+(?:\.\d+)?) ").Select(heading => heading.Groups[1].Value);

    private static IEnumerable<string> SourceFiles(string root) => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, root), "*.cs", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(path) != nameof(SpecificationTests) + ".cs");
}
