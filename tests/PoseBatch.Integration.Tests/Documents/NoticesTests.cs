using System.Text.Json;
using System.Text.RegularExpressions;

namespace PoseBatch.Documents;

/// <summary>What the program carries of others is named with its licence, and the licences come with it.</summary>
public sealed partial class NoticesTests
{
    [Fact]
    public void Every_package_of_the_program_stands_in_the_notices_once()
    {
        string[] named = [.. Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"))).Select(row => row.Groups[1].Value)];
        using JsonDocument program = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "posebatch.deps.json")));
        IEnumerable<string> carried = program.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package")
            .Select(library => library.Name[..library.Name.IndexOf('/', StringComparison.Ordinal)]);

        Assert.Equal(named.Distinct(), named);
        Assert.Empty(carried.Except(named));
    }

    [Theory]
    [InlineData("LICENSE", "Apache License")]
    [InlineData("THIRD-PARTY-NOTICES.md", "Permission is hereby granted")]
    [InlineData("notices/OnnxRuntime.txt", "protobuf")]
    [InlineData("notices/DuckDB.txt", "Stichting DuckDB Foundation")]
    public void The_licences_lie_beside_the_program(string file, string word) =>
        Assert.Contains(word, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file)), StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"(?m)^\| ([A-Za-z][A-Za-z0-9_.]+) \| (?:MIT|Apache-2\.0|BSD-3-Clause|PostgreSQL|public domain) \|", RegexOptions.CultureInvariant)]
    private static partial Regex Row();
}
