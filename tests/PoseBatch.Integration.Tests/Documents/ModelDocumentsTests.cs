using System.Globalization;
using System.Text.Json;
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
    public void The_schema_knows_the_families_roles_and_parameters_of_the_code()
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Docs, "model.schema.json")));
        JsonElement properties = schema.RootElement.GetProperty("properties");

        Assert.Equal(ModelFamilies.All.Select(family => family.Name), Texts(properties.GetProperty("family").GetProperty("enum")));
        JsonElement[] branches = [.. schema.RootElement.GetProperty("allOf").EnumerateArray()];
        foreach (ModelFamily family in ModelFamilies.All)
        {
            JsonElement then = branches
                .Single(one => one.GetProperty("if").GetProperty("properties").GetProperty("family").GetProperty("const").GetString() == family.Name)
                .GetProperty("then");
            JsonElement outputs = then.GetProperty("properties").GetProperty("outputs");
            JsonElement decoder = then.GetProperty("properties").GetProperty("decoder");

            Assert.Equal(family.Roles.Select(role => role.Name), Names(outputs.GetProperty("properties")));
            Assert.Equal(family.Roles.Where(role => role.IsRequired).Select(role => role.Name), Texts(outputs.GetProperty("required")));
            Assert.Equal(
                family.Roles.Select(role => role.IsMap ? "#/$defs/map" : "#/$defs/plain"),
                outputs.GetProperty("properties").EnumerateObject().Select(role => role.Value.GetProperty("$ref").GetString()));
            Assert.Equal(family.Parameters.Select(parameter => parameter.Name), Names(decoder.GetProperty("properties")));
            Assert.Equal(
                family.Parameters.Where(parameter => parameter.Default is null).Select(parameter => parameter.Name), Texts(decoder.GetProperty("required")));
            foreach (DecoderParameter parameter in family.Parameters)
            {
                JsonElement field = decoder.GetProperty("properties").GetProperty(parameter.Name);
                if (parameter.Words is { } words)
                {
                    Assert.Equal(words, Texts(field.GetProperty("enum")));
                }
                else
                {
                    Assert.Equal((parameter.Minimum, parameter.Maximum), (field.GetProperty("minimum").GetDouble(), field.GetProperty("maximum").GetDouble()));
                    Assert.Equal(parameter.IsWhole ? "integer" : "number", field.GetProperty("type").GetString());
                }

                object? standard = !field.TryGetProperty("default", out JsonElement stated) ? null
                    : stated.ValueKind == JsonValueKind.String ? stated.GetString() : stated.GetDouble();
                Assert.Equal(parameter.Default, standard);
            }
        }
    }

    [Fact]
    public void The_schema_has_the_fields_that_are_written()
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Docs, "model.schema.json")));
        byte[] onnx = TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N");
        using JsonDocument written = JsonDocument.Parse(ModelJson.Write(PackageFolder.Describe("any", onnx)));

        JsonElement properties = schema.RootElement.GetProperty("properties");
        Assert.Equal(Names(written.RootElement), Names(properties));
        Assert.Equal(Names(written.RootElement.GetProperty("input")), Names(properties.GetProperty("input").GetProperty("properties")));
        Assert.Equal(Names(written.RootElement.GetProperty("thresholds")), Names(properties.GetProperty("thresholds").GetProperty("properties")));
    }

    [Fact]
    public void The_table_of_decoder_parameters_is_that_of_the_code()
    {
        string[] expected = [.. ModelFamilies.All.SelectMany(family => family.Parameters.Select(parameter => Row(family, parameter)))];
        string[] lines = File.ReadAllLines(Path.Combine(Docs, "models.md"));
        int first = Array.FindIndex(lines, line => line.StartsWith("| Family | Parameter |", StringComparison.Ordinal)) + 2;
        string[][] rows = [.. lines.Skip(first).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|', StringSplitOptions.TrimEntries))];

        Assert.Equal(expected, rows.Select(cells => $"{cells[1]} {cells[2]} {cells[3]} {cells[4]}"));
    }

    [Fact]
    public void Every_family_and_role_is_in_the_document()
    {
        string text = File.ReadAllText(Path.Combine(Docs, "models.md"));

        foreach (ModelFamily family in ModelFamilies.All)
        {
            Assert.Contains($"| `{family.Name}` | {(family.HasParser ? "yes" : "not yet")} |", text, StringComparison.Ordinal);
            Assert.All(family.Roles, role => Assert.Contains($"`{role.Name}`", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_example_of_the_document_is_a_description()
    {
        string text = File.ReadAllText(Path.Combine(Docs, "models.md"));
        int start = text.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;

        ModelDescription model = ModelJson.Read(text[start..text.IndexOf("```", start, StringComparison.Ordinal)], "docs/models.md");

        Assert.Equal("movenet-lightning-4head", model.Name);
    }

    private static string Row(ModelFamily family, DecoderParameter parameter)
    {
        string standard = parameter.Default switch
        {
            null => "required",
            double number => number.ToString(CultureInfo.InvariantCulture),
            object word => $"`{word}`",
        };
        string range = parameter.Words is { } words
            ? string.Join(", ", words.Select(word => $"`{word}`"))
            : string.Create(CultureInfo.InvariantCulture, $"{parameter.Minimum} to {parameter.Maximum}");
        return $"`{family.Name}` `{parameter.Name}` {standard} {range}";
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);

    private static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(element => element.GetString());
}
