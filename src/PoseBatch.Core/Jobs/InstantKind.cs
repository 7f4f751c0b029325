using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A date and time with its offset (RFC 3339); kept in UTC. Without the offset it would be another time on another machine.</summary>
public sealed class InstantKind : FieldKind
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <inheritdoc/>
    public override string Range => "like 2027-01-31T18:00:00Z";

    /// <inheritdoc/>
    public override string ValueName => "TIME";

    /// <summary>The time that a text means, in UTC; null for any other text, one without its offset among them.</summary>
    public static DateTimeOffset? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            && (text[^1] == 'Z' || text[^6] is '+' or '-')
            ? time
            : null;
    }

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind == JsonValueKind.String && Parse(element.GetString()!) is { } time)
        {
            return time;
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
