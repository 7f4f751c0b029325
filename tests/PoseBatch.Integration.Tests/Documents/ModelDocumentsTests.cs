using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx;

namespace PoseBatch.Documents;

/// <summary>The documents and the described networks against the code.</summary>
public class ModelDocumentsTests
{
    private static string Docs => Path.Combine(SharedModels.Repository, "docs");

    public static TheoryData<string> Files => [.. Directory.GetFiles(SharedModels.Descriptions, "*.json").Select(Path.GetFileName).Order().OfType<string>()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_description_reads_and_is_called_as_its_file(string file)
    {
        ModelDescription model = ModelJson.Read(File.ReadAllText(Path.Combine(SharedModels.Descriptions, file)), file);

        Assert.Equal(Path.GetFileNameWithoutExtension(file), model.Name);
    }

    [Fact]
    public void No_network_is_described_twice()
    {
        string[] hashes = [.. Directory.GetFiles(SharedModels.Descriptions, "*.json").Select(path => ModelJson.Read(File.ReadAllText(path), path).Sha256)];

        Assert.Equal(15, hashes.Length);
        Assert.Distinct(hashes);
    }

    [Fact]
    public void The_example_of_the_document_is_a_description()
    {
        string text = File.ReadAllText(Path.Combine(Docs, "models.md"));
        int start = text.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;

        ModelDescription model = ModelJson.Read(text[start..text.IndexOf("```", start, StringComparison.Ordinal)], "docs/models.md");

        Assert.Equal("movenet-lightning-4head", model.Name);
    }
}
