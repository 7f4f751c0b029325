using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A date and time with its offset (RFC 3339); kept in UTC. Without the offset it would be another time on another machine.</summary>
public sealed class InstantKind : FieldKind
{
    /// <inheritdoc/>
    public override string Range => "like 2027-01-31T18:00:00Z";

    /// <inheritdoc/>
    public override string ValueName => "TIME";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: >= 20 and <= 33 } text && text[10] is 'T'
            && (text[^1] == 'Z' || text[^6] is '+' or '-') && element.TryGetDateTimeOffset(out DateTimeOffset time))
        {
            return time.ToUniversalTime();
        }

        Problem(fields, name, element, "a time with its offset, like 2027-01-31T18:00:00Z");
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteString(name, JobRecordJson.TimeText((DateTimeOffset)value));

    internal override JsonObject Schema(bool required) => new()
    {
        ["type"] = Type("string", required),
        ["format"] = "date-time",
        ["pattern"] = @"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})$",
    };
}
