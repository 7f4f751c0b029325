using System.Text.RegularExpressions;
using PoseBatch.Cli;

namespace PoseBatch.Documents;

/// <summary>What the docs say of the command line is what the program does.</summary>
public class DocumentsTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));

    [Fact]
    public void Every_reason_code_is_in_the_table_with_its_kind()
    {
        Dictionary<string, string> rows = Regex.Matches(Page, @"^\| `([a-z_]+)` \| (permanent|transient) \|", RegexOptions.Multiline)
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value);
        foreach (ReasonCode code in Enum.GetValues<ReasonCode>())
        {
            if (code is ReasonCode.LeaseLost or ReasonCode.MaxAttempts)
            {
                Assert.Contains($"`{code.WireName()}`", Page, StringComparison.Ordinal);
                continue;
            }

            Assert.Equal(code.IsTransient() ? "transient" : "permanent", Assert.Contains(code.WireName(), (IReadOnlyDictionary<string, string>)rows));
        }
    }

    [Theory]
    [InlineData("run")]
    [InlineData("process")]
    [InlineData("bench")]
    [InlineData("eval")]
    [InlineData("targets")]
    [InlineData("export")]
    [InlineData("render")]
    [InlineData("report")]
    [InlineData("summary")]
    [InlineData("query")]
    [InlineData("submit")]
    public async Task Every_long_option_of_the_docs_is_known_to_the_program(string verb)
    {
        PoseBatchProgram.Ended help = await PoseBatchProgram.RunAsync(Path.GetTempPath(), verb, "--help");
        string section = Page[Page.IndexOf($"## {verb}", StringComparison.Ordinal)..];
        section = section[..(section.IndexOf("\n## ", StringComparison.Ordinal) is > 0 and int end ? end : section.Length)];
        string[] options = [.. Regex.Matches(section, @"(?<![\w-])--[a-z][a-z-]+").Select(match => match.Value).Distinct()];

        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verb_of_the_program_is_in_the_table()
    {
        string program = File.ReadAllText(Path.Combine(Repository.Root, "src", "PoseBatch.Worker", "Program.cs"));
        foreach (Match verb in Regex.Matches(program, @"(\w+)Command\.Create\(\)"))
        {
            Assert.Matches($@"(?m)^\| `{verb.Groups[1].Value.ToLowerInvariant()}\b", Page);
        }
    }
}
