using System.Text.RegularExpressions;
using PoseBatch.Jobs;

namespace PoseBatch.Documents;

/// <summary>docs/operations.md knows every state and every reason, and no others.</summary>
public class OperationsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    [Fact]
    public void Every_reason_stands_there_with_its_kind_and_an_advice()
    {
        IEnumerable<(string, string)> rows = Regex.Matches(Section("Reasons"), @"(?m)^\| `([a-z_]+)` \| (permanent|transient) \| \S.+ \|$")
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value));

        // max_attempts is the end itself: nothing is tried again after it.
        Assert.Equal(Enum.GetValues<ReasonCode>().Select(code => (code.WireName(), code.IsTransient() ? "transient" : "permanent")), rows);
    }

    [Fact]
    public void Every_state_stands_there_and_whether_it_is_the_end()
    {
        Dictionary<string, bool> rows = Regex.Matches(Section("States"), @"(?m)^\| `([a-z_]+)` \| .+ \| (.+) \|$")
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[2].Value.StartsWith("over", StringComparison.Ordinal));

        Assert.Equal(Enum.GetValues<JobStatus>().ToDictionary(status => status.WireName(), status => status.IsOver()), rows);
    }

    private static string Section(string title)
    {
        string section = Page[Page.IndexOf($"### {title}\n", StringComparison.Ordinal)..];
        return section[..(section.IndexOf("\n##", 4, StringComparison.Ordinal) is > 0 and int end ? end : section.Length)];
    }
}
