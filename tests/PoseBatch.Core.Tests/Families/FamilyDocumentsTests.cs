using System.Text.Json.Nodes;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>docs/models.md and docs/model.schema.json are made from the register of families.</summary>
public class FamilyDocumentsTests
{
    [Fact]
    public void The_tables_of_families_are_those_of_the_code() => Generated.Check("docs/models.md", FamilyTables.Rewrite);

    [Fact]
    public void The_schema_knows_the_families_roles_and_parameters_of_the_code() => Generated.Check("docs/model.schema.json", FamilySchema.Rewrite);

    [Fact]
    public void The_schema_has_the_fields_that_are_written()
    {
        ModelDescription model = TestModel.Describe("movenet-points", new(192, 192), 3, TensorLayout.Plain, ["keypoints"]);
        model = model with
        {
            Caution = "is slow.",
            Limbs = [new(0, 1)],
            Input = model.Input with { Constants = [new("set", TensorType.Int64, [1], [0.0])] },
        };
        JsonObject written = JsonNode.Parse(ModelJson.Write(model))!.AsObject();
        JsonObject properties = JsonNode.Parse(File.ReadAllText(PathOf("model.schema.json")))!["properties"]!.AsObject();

        Assert.Equal(Names(written), Names(properties));
        Assert.Equal(Names(written["input"]), Names(properties["input"]!["properties"]));
        Assert.Equal(Names(written["thresholds"]), Names(properties["thresholds"]!["properties"]));
    }

    private static string PathOf(string document) => Path.Combine(Repository.Root, "docs", document);

    private static IEnumerable<string> Names(JsonNode? node) => node!.AsObject().Select(field => field.Key);
}
