using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>What docs/model.schema.json says of families, and every list of words, from the code. The other fields are kept in the file.</summary>
internal static class FamilySchema
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] Skeleton = ["skeleton"];

    private static readonly string[] Limbs = ["limbs"];

    /// <summary>The schema with those parts written anew.</summary>
    public static string Rewrite(string text)
    {
        JsonObject schema = JsonNode.Parse(text)!.AsObject();
        JsonNode properties = schema["properties"]!, input = properties["input"]!["properties"]!;
        properties["family"]!["enum"] = Words(ModelFamilies.All.Select(family => family.Name));
        properties["skeleton"]!["oneOf"]![0]!["enum"] = Words(Skeletons.Names);
        input["layout"]!["enum"] = Words(ModelWords.InputLayouts.Keys);
        input["type"]!["enum"] = Words(ModelWords.InputTypes.Keys);
        input["colour_order"]!["enum"] = Words(ModelWords.ColourOrders.Keys);
        input["constants"]!["items"]!["properties"]!["type"]!["enum"] = Words(ModelWords.ConstantTypes.Keys);
        schema["$defs"]!["map"]!["properties"]!["layout"]!["enum"] = Words(ModelWords.LayoutsOf(isMap: true));
        schema["$defs"]!["plain"]!["properties"]!["layout"]!["enum"] = Words(ModelWords.LayoutsOf(isMap: false));
        input["resize"]!["enum"] = Words(ModelWords.ResizeRules.Keys);
        schema["allOf"] = new JsonArray([.. ModelFamilies.All.Select(Branch)]);
        return OnOneLine(OnOneLine(schema.ToJsonString(Indented))) + "\n";
    }

    private static JsonObject Branch(ModelFamily family)
    {
        IEnumerable<string> sections = family.Parameters.Any(parameter => parameter.Default is null) ? ["decoder"] : [];
        JsonObject then = new()
        {
            ["properties"] = new JsonObject
            {
                ["outputs"] = Section(
                    family.Roles.Select(role => (role.Name, new JsonObject { ["$ref"] = role.IsMap ? "#/$defs/map" : "#/$defs/plain" })),
                    family.Roles.Where(role => role.IsRequired).Select(role => role.Name)),
                ["decoder"] = Section(
                    family.Parameters.Select(parameter => (parameter.Name, Field(parameter))),
                    family.Parameters.Where(parameter => parameter.Default is null).Select(parameter => parameter.Name)),
            },
            ["required"] = Words([.. sections, .. family.IsDetector ? [] : Skeleton, .. family.Limbs == LimbUse.Scores ? Limbs : []]),
        };
        if (family.Limbs == LimbUse.None)
        {
            then["properties"]!["limbs"] = false;
        }

        return new()
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["family"] = new JsonObject { ["const"] = family.Name } } },
            ["then"] = then,
        };
    }

    private static JsonObject Section(IEnumerable<(string Name, JsonObject Field)> fields, IEnumerable<string> required) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(fields.Select(field => KeyValuePair.Create<string, JsonNode?>(field.Name, field.Field))),
        ["required"] = Words(required),
        ["patternProperties"] = new JsonObject { ["^x_"] = true },
        ["additionalProperties"] = false,
    };

    private static JsonObject Field(DecoderParameter parameter)
    {
        JsonObject field = parameter.Words is { } words
            ? new() { ["enum"] = Words(words) }
            : new()
            {
                ["type"] = parameter.IsWhole ? "integer" : "number",
                ["minimum"] = parameter.Minimum,
                ["maximum"] = parameter.Maximum,
            };
        if (parameter.Default is { } standard)
        {
            field["default"] = standard is double number ? number : (string)standard;
        }

        field["description"] = parameter.Meaning;
        return field;
    }

    // Innermost lists and objects that fit.
    private static string OnOneLine(string json) => Regex.Replace(json, @"[\[{]\n[^\[\]{}]*\n *[\]}]", match =>
    {
        string line = string.Join(' ', match.Value.Split('\n', StringSplitOptions.TrimEntries));
        line = $"{line[0]}{line[2..^2]}{line[^1]}";
        return line.Length <= 150 ? line : match.Value;
    });

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => JsonValue.Create(word))]);
}
