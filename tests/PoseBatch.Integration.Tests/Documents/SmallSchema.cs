using System.Text.Json;
using System.Text.RegularExpressions;

namespace PoseBatch.Documents;

/// <summary>
/// The words of JSON Schema 2020-12 that jobs/job.schema.json uses, and no others: an unknown one throws, so that nothing in the
/// schema is passed over in silence.
/// </summary>
internal sealed class SmallSchema(JsonElement root)
{
    public bool Accepts(JsonElement value) => Accepts(root, value);

    private bool Accepts(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.GetBoolean();
        }

        foreach (JsonProperty word in schema.EnumerateObject())
        {
            bool holds = word.Name switch
            {
                "$schema" or "title" or "description" or "format" or "$defs" => true,
                "$ref" => Accepts(root.GetProperty("$defs").GetProperty(word.Value.GetString()!["#/$defs/".Length..]), value),
                "anyOf" => word.Value.EnumerateArray().Any(one => Accepts(one, value)),
                "type" => word.Value.ValueKind == JsonValueKind.String
                    ? IsOf(word.Value.GetString()!, value)
                    : word.Value.EnumerateArray().Any(type => IsOf(type.GetString()!, value)),
                "enum" => word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= word.Value.GetDouble(),
                "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= word.Value.GetDouble(),
                "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() > word.Value.GetDouble(),
                "minLength" => value.ValueKind != JsonValueKind.String || Length(value) >= word.Value.GetInt32(),
                "maxLength" => value.ValueKind != JsonValueKind.String || Length(value) <= word.Value.GetInt32(),
                "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, word.Value.GetString()!, RegexOptions.ECMAScript),
                "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => Accepts(word.Value, item)),
                "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= word.Value.GetInt32(),
                "uniqueItems" => value.ValueKind != JsonValueKind.Array
                    || value.EnumerateArray().Select(item => item.GetRawText()).Distinct().Count() == value.GetArrayLength(),
                "required" => value.ValueKind != JsonValueKind.Object
                    || word.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
                "maxProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() <= word.Value.GetInt32(),
                "propertyNames" => value.ValueKind != JsonValueKind.Object
                    || value.EnumerateObject().All(property => Accepts(word.Value, JsonSerializer.SerializeToElement(property.Name))),
                "properties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject()
                    .All(property => !word.Value.TryGetProperty(property.Name, out JsonElement inner) || Accepts(inner, property.Value)),
                "patternProperties" => value.ValueKind != JsonValueKind.Object || word.Value.EnumerateObject()
                    .All(one => value.EnumerateObject().Where(property => Regex.IsMatch(property.Name, one.Name)).All(property => Accepts(one.Value, property.Value))),
                "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject()
                    .Where(property => !IsNamed(schema, property.Name)).All(property => Accepts(word.Value, property.Value)),
                _ => throw new NotSupportedException($"The schema uses '{word.Name}'."),
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsNamed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out JsonElement patterns) && patterns.EnumerateObject().Any(one => Regex.IsMatch(name, one.Name)));

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"The schema uses the type '{type}'."),
    };

    private static int Length(JsonElement text) => text.GetString()!.EnumerateRunes().Count();
}
