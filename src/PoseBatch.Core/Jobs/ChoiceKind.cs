using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>One of a few words.</summary>
/// <param name="words">The words, as they are written.</param>
public sealed class ChoiceKind(params string[] words) : FieldKind
{
    /// <summary>The words, as they are written.</summary>
    public IReadOnlyList<string> Words => words;

    /// <inheritdoc/>
    public override string Range => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

    /// <inheritdoc/>
    public override string ValueName => string.Join('|', words);

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind == JsonValueKind.String && words.Contains(element.GetString()))
        {
            return element.GetString();
        }

        string hint = element.ValueKind == JsonValueKind.String && Spelling.Nearest(element.GetString()!, words) is { } meant ? $"; did you mean {meant}?" : string.Empty;
        Problem(fields, name, element, string.Join(" or ", words), hint);
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteString(name, (string)value);

    internal override JsonObject Schema(bool required) => new() { ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word)), null]) };
}
