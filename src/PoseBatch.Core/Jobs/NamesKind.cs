using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A list of names of formats, each once.</summary>
public sealed class NamesKind : FieldKind
{
    private const int Most = 16;

    /// <inheritdoc/>
    public override string ValueName => "FORMAT";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        List<string> names = [];
        foreach ((JsonElement entry, string path) in fields.Array(name, required: false))
        {
            if (entry.ValueKind == JsonValueKind.String && IsName(entry.GetString()!) && !names.Contains(entry.GetString()!))
            {
                names.Add(entry.GetString()!);
            }
            else
            {
                fields.Problem(path, $"must be the name of a format (a-z, 0-9, -), each once, not {JsonFields.Describe(entry)}");
            }
        }

        if (names.Count > Most)
        {
            fields.Problem(fields.PathOf(name), $"has {names.Count} entries, {Most} are allowed");
        }

        return names;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value)
    {
        json.WriteStartArray(name);
        foreach (string entry in (IReadOnlyList<string>)value)
        {
            json.WriteStringValue(entry);
        }

        json.WriteEndArray();
    }

    internal override JsonObject Schema(bool required) => new()
    {
        ["type"] = Type("array", required),
        ["items"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9-]{1,40}$" },
        ["uniqueItems"] = true,
        ["maxItems"] = Most,
    };

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 40 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
}
