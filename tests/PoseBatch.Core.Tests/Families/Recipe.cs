using System.Text.Json.Nodes;

namespace PoseBatch.Families;

/// <summary>The pieces of model.json that docs/models.md gives for a network, made whole.</summary>
internal static class Recipe
{
    /// <summary>The piece below the mark of that name.</summary>
    public static JsonObject Read(string name)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md")), mark = $"<!-- recipe: {name} -->\n\n```json\n";
        int start = page.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        Assert.True(start >= mark.Length, $"The page has no recipe '{name}'.");
        JsonObject recipe = JsonNode.Parse($"{{{page[start..page.IndexOf("\n```", start, StringComparison.Ordinal)]}}}")!.AsObject();
        (string Name, JsonNode Value)[] rest =
            [("schema_version", 1), ("name", name), ("sha256", new string('0', 64)), ("licence", "none stated"), ("origin", "docs/models.md")];
        foreach ((string field, JsonNode value) in rest)
        {
            recipe[field] = value;
        }

        return recipe;
    }
}
