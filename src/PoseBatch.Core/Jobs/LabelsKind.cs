using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>Texts by name.</summary>
public sealed class LabelsKind : FieldKind
{
    private const int MostLength = 200;
    private const int Most = 64;

    /// <inheritdoc/>
    public override string ValueName => "NAME=VALUE";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        string path = fields.PathOf(name);
        if (element.ValueKind != JsonValueKind.Object)
        {
            Problem(fields, name, element, "an object of texts");
            return labels;
        }

        foreach (JsonProperty label in element.EnumerateObject())
        {
            if (label.Name.Length == 0 || label.Name.EnumerateRunes().Count() > MostLength)
            {
                fields.Problem(path, $"names have 1 to {MostLength} characters");
            }
            else if (label.Value.ValueKind != JsonValueKind.String || label.Value.GetString()!.EnumerateRunes().Count() > MostLength)
            {
                fields.Problem($"{path}.{label.Name}", $"must be a text of at most {MostLength} characters, not {JsonFields.Describe(label.Value)}");
            }
            else if (!labels.TryAdd(label.Name, label.Value.GetString()!))
            {
                fields.Problem($"{path}.{label.Name}", "stands there twice");
            }
        }

        if (labels.Count > Most)
        {
            fields.Problem(path, $"has {labels.Count} entries, {Most} are allowed");
        }

        return labels;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value)
    {
        json.WriteStartObject(name);
        foreach ((string label, string text) in ((IReadOnlyDictionary<string, string>)value).OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            json.WriteString(label, text);
        }

        json.WriteEndObject();
    }

    internal override JsonObject Schema(bool required) => new()
    {
        ["type"] = Type("object", required),
        ["additionalProperties"] = new JsonObject { ["type"] = "string", ["maxLength"] = MostLength },
        ["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = MostLength },
        ["maxProperties"] = Most,
    };
}
