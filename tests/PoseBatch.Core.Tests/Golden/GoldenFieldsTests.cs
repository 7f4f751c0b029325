using System.Text.Json;

namespace PoseBatch.Golden;

/// <summary>That no expected value of the golden vectors lies there without a test that looks at it.</summary>
public class GoldenFieldsTests
{
    // How far something is from the expected values that is neither ours nor wanted: the vectorised form of the Gaussian encoder (docs/spec, 11).
    private const string Foreign = "max_abs_difference_of_the_seeds_vectorised_version";

    [Fact]
    public void Every_expected_field_is_named_by_a_test_of_its_family()
    {
        Assert.SkipWhen(GoldenVectors.Root is null, GoldenVectors.SkipReason);
        string sources = Path.Combine(Checkout(), "tests", "PoseBatch.Core.Tests", "Golden");
        string[] tests = [.. Directory.GetFiles(sources, "*GoldenTests.cs").Append(Path.Combine(sources, "PoseNetImage.cs")).Select(File.ReadAllText)];
        List<string> unseen = [];
        foreach (string family in Directory.GetDirectories(GoldenVectors.Root!).Select(folder => Path.GetFileName(folder)!))
        {
            string text = string.Concat(tests.Where(test => test.Contains($"\"{family}\"", StringComparison.Ordinal)));
            HashSet<string> fields = [];
            foreach (string file in Directory.GetFiles(Path.Combine(GoldenVectors.Root!, family), "*.json"))
            {
                using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(file));
                Collect(golden.RootElement.GetProperty("expected"), fields);
                if (golden.RootElement.TryGetProperty("expected_tensors", out JsonElement tensors))
                {
                    fields.UnionWith(tensors.EnumerateObject().Select(tensor => tensor.Name));
                }
            }

            unseen.AddRange(fields.Where(field => field != Foreign && !text.Contains($"\"{field}\"", StringComparison.Ordinal)).Select(field => $"{family}.{field}"));
        }

        Assert.Empty(unseen);
    }

    private static void Collect(JsonElement element, HashSet<string> fields)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                fields.Add(property.Name);
                Collect(property.Value, fields);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Collect(item, fields);
            }
        }
    }

    private static string Checkout()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PoseBatch.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside a checkout: PoseBatch.sln was not found above them.");
        }

        return folder.FullName;
    }
}
