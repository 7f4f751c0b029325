using System.Text.RegularExpressions;

namespace PoseBatch.Documents;

/// <summary>docs/promises.md names a test for every promise and every reason code, and each of them exists.</summary>
public class PromisesPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "promises.md"));

    private static readonly ILookup<string, string> Sources = Directory
        .GetFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText);

    [Fact]
    public void Every_promise_stands_there_with_its_tests()
    {
        Match[] rows = Regex.Matches(Page, @"(?m)^\| (P\d+) \| [^|]+ \| ([^|]+) \| [^|]+ \|$").ToArray();

        Assert.InRange(rows.Length, 20, 200);
        Assert.Equal(Enumerable.Range(1, rows.Length).Select(number => $"P{number}"), rows.Select(row => row.Groups[1].Value));
        Assert.All(rows, row => AssertTestsExist(row.Groups[2].Value));
    }

    [Fact]
    public void Every_reason_code_is_reached_by_a_test()
    {
        Match[] rows = Regex.Matches(Page, @"(?m)^\| `([a-z_]+)` \| ([^|]+) \|$").ToArray();

        Assert.Equal(Enum.GetValues<ReasonCode>().Select(code => code.WireName()), rows.Select(row => row.Groups[1].Value));
        Assert.All(rows, row =>
        {
            AssertTestsExist(row.Groups[2].Value);
            string code = row.Groups[1].Value, name = Enum.GetValues<ReasonCode>().Single(value => value.WireName() == code).ToString();
            string tests = string.Concat(Regex.Matches(row.Groups[2].Value, "`([A-Za-z]+)").SelectMany(match => Sources[match.Groups[1].Value]));
            Assert.True(
                tests.Contains($"ReasonCode.{name}", StringComparison.Ordinal) || tests.Contains($"\"{code}\"", StringComparison.Ordinal),
                $"The test of {code} does not speak of it.");
        });
    }

    private static void AssertTestsExist(string cell)
    {
        Match[] tests = Regex.Matches(cell, @"`([A-Za-z]+)(?:\.([A-Za-z_0-9]+))?`").ToArray();
        Assert.NotEmpty(tests);
        foreach (Match test in tests)
        {
            Assert.True(Sources.Contains(test.Groups[1].Value), $"There is no test class {test.Groups[1].Value}.");
            if (test.Groups[2].Success)
            {
                Assert.Contains(Sources[test.Groups[1].Value], text => Regex.IsMatch(text, $@"\[(Fact|Theory)\][\s\S]*\b{test.Groups[2].Value}\("));
            }
        }
    }
}
