using System.Text.RegularExpressions;
using PoseBatch.Cli;

namespace PoseBatch.Worker.Catalogue;

/// <summary>What the documents say of the catalogue and its verbs is what there is.</summary>
public class CatalogueDocumentsTests
{
    [Fact]
    public void Every_network_of_the_catalogue_has_its_row_with_its_figures()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md"));
        NetworkCatalogue catalogue = NetworkCatalogue.Read(NetworkCatalogue.OwnFile);

        string[] expected = [.. catalogue.Models.Select(entry =>
            $"`{entry.Name}` | {entry.Use} | {(entry.Joints > 0 ? entry.Joints : "-")} | {entry.Source.SizeText.Replace("size ", "", StringComparison.Ordinal)} | {entry.Published ?? "-"} | {entry.Measured ?? "not yet run by us"}")];

        Assert.All(expected, row => Assert.Contains($"| {row} |", page, StringComparison.Ordinal));
        Assert.All(catalogue.Sets.Keys, set => Assert.Contains($"| `{set}` |", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("inspect")]
    [InlineData("add")]
    [InlineData("get")]
    [InlineData("convert")]
    public async Task Every_option_of_the_docs_is_known_to_the_verb(string verb)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string line = Regex.Match(page, $"(?m)^posebatch models {verb} .*$").Value;
        PoseBatchProgram.Ended help = await PoseBatchProgram.RunAsync(Path.GetTempPath(), "models", verb, "--help");

        // Those it has for itself are in the docs, too.
        string[] documented = [.. Options(line)];
        Assert.NotEmpty(documented);
        Assert.All(documented, option => Assert.Contains(option, help.Output, StringComparison.Ordinal));
        Assert.All(Options(help.Output).Where(option => option is not ("--help" or "--version")), option => Assert.Contains(option, page, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Options(string text) => Regex.Matches(text, @"(?<![\w-])--[a-z][a-z0-9-]+").Select(match => match.Value).Distinct();
}
