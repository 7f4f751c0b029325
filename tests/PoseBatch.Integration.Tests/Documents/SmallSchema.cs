using System.Text.Json;
using System.Text.RegularExpressions;

namespace PoseBatch.Documents;

/// <summary>
/// The words of JSON Schema 2020-12 that our schemas use, and no others: an unknown one throws, so that nothing in them is passed
/// over in silence.
/// </summary>
/// <param name="root">The document in which references are looked up.</param>
internal sealed class SmallSchema(JsonElement root)
{
    public bool Accepts(JsonElement value) => FaultOf(root, value, string.Empty) is null;

    /// <summary>Where and how a value is not as a schema says, or null.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="place">What the value is called in the answer.</param>
    public string? FaultOf(JsonElement schema, JsonElement value, string place)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return schema.GetBoolean() ? null : $"{place} is not described";
        }

        foreach (JsonProperty word in schema.EnumerateObject())
        {
            string? fault = value.ValueKind switch
            {
                JsonValueKind.Object => OfObject(schema, word, value, place),
                JsonValueKind.Array => OfArray(word, value, place),
                JsonValueKind.String => OfText(word, value, place),
                JsonValueKind.Number => OfNumber(word, value, place),
                _ => null,
            } ?? OfAny(word, value, place);
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>What a reference refers to, or the element itself.</summary>
    public JsonElement Resolved(JsonElement one)
    {
        while (one.TryGetProperty("$ref", out JsonElement reference))
        {
            one = Referred(reference);
        }

        return one;
    }

    private JsonElement Referred(JsonElement reference) => reference.GetString()!.Split('/')[1..].Aggregate(root, (at, name) => at.GetProperty(name));

    private string? OfAny(JsonProperty word, JsonElement value, string place) => word.Name switch
    {
        "$ref" => FaultOf(Referred(word.Value), value, place),
        "anyOf" => word.Value.EnumerateArray().Any(one => FaultOf(one, value, place) is null) ? null : Fault(word, value, place),
        "oneOf" => word.Value.EnumerateArray().Count(one => FaultOf(one, value, place) is null) == 1 ? null : Fault(word, value, place),
        "type" => Unless(word.Value.ValueKind == JsonValueKind.Array ? word.Value.EnumerateArray().Any(type => IsOf(type.GetString()!, value)) : IsOf(word.Value.GetString()!, value), word, value, place),
        "enum" => Unless(word.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), word, value, place),
        "$schema" or "title" or "description" or "format" or "default" or "$defs" => null,
        "required" or "maxProperties" or "propertyNames" or "properties" or "patternProperties" or "additionalProperties" => null,   // of objects
        "items" or "maxItems" or "uniqueItems" or "minLength" or "maxLength" or "pattern" or "minimum" or "maximum" or "exclusiveMinimum" => null,
        _ => throw new NotSupportedException($"The schema uses '{word.Name}'."),
    };

    private string? OfObject(JsonElement schema, JsonProperty word, JsonElement value, string place) => word.Name switch
    {
        "required" => word.Value.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => !value.TryGetProperty(name, out _)) is { } missing ? $"{place} has no {missing}" : null,
        "maxProperties" => Unless(value.EnumerateObject().Count() <= word.Value.GetInt32(), word, value, place),
        "propertyNames" => First(value.EnumerateObject().Select(one => FaultOf(word.Value, JsonSerializer.SerializeToElement(one.Name), $"the name of {place}.{one.Name}"))),
        "properties" => First(value.EnumerateObject().Where(one => word.Value.TryGetProperty(one.Name, out _))
            .Select(one => FaultOf(word.Value.GetProperty(one.Name), one.Value, $"{place}.{one.Name}"))),
        "patternProperties" => First(word.Value.EnumerateObject().SelectMany(pattern => value.EnumerateObject().Where(one => Regex.IsMatch(one.Name, pattern.Name))
            .Select(one => FaultOf(pattern.Value, one.Value, $"{place}.{one.Name}")))),
        "additionalProperties" => First(value.EnumerateObject().Where(one => !IsNamed(schema, one.Name)).Select(one => FaultOf(word.Value, one.Value, $"{place}.{one.Name}"))),
        _ => null,
    };

    private string? OfArray(JsonProperty word, JsonElement value, string place) => word.Name switch
    {
        "items" => First(value.EnumerateArray().Select((item, index) => FaultOf(word.Value, item, $"{place}[{index}]"))),
        "maxItems" => Unless(value.GetArrayLength() <= word.Value.GetInt32(), word, value, place),
        "uniqueItems" => Unless(value.EnumerateArray().Select(item => item.GetRawText()).Distinct().Count() == value.GetArrayLength(), word, value, place),
        _ => null,
    };

    private static string? OfText(JsonProperty word, JsonElement value, string place) => word.Name switch
    {
        "minLength" => Unless(Length(value) >= word.Value.GetInt32(), word, value, place),
        "maxLength" => Unless(Length(value) <= word.Value.GetInt32(), word, value, place),
        "pattern" => Unless(Regex.IsMatch(value.GetString()!, word.Value.GetString()!, RegexOptions.ECMAScript), word, value, place),
        _ => null,
    };

    private static string? OfNumber(JsonProperty word, JsonElement value, string place) => word.Name switch
    {
        "minimum" => Unless(value.GetDouble() >= word.Value.GetDouble(), word, value, place),
        "maximum" => Unless(value.GetDouble() <= word.Value.GetDouble(), word, value, place),
        "exclusiveMinimum" => Unless(value.GetDouble() > word.Value.GetDouble(), word, value, place),
        _ => null,
    };

    private static string? First(IEnumerable<string?> faults) => faults.FirstOrDefault(fault => fault is not null);

    private static string? Unless(bool holds, JsonProperty word, JsonElement value, string place) => holds ? null : Fault(word, value, place);

    private static string Fault(JsonProperty word, JsonElement value, string place) => $"{place} is {value.GetRawText()}, but should have {word.Name} {word.Value.GetRawText()}";

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
