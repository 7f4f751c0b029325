using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A time of a video in seconds (<see cref="double"/>), written as a number or as <c>[HH:]MM:SS[.fff]</c>.</summary>
public sealed class TimeKind : FieldKind
{
    private const double MostSeconds = 31_536_000;

    /// <inheritdoc/>
    public override string Range => "seconds or [HH:]MM:SS[.fff]";

    /// <inheritdoc/>
    public override string ValueName => "TIME";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        double? seconds = element.ValueKind switch
        {
            JsonValueKind.Number when element.TryGetDouble(out double number) => number,
            JsonValueKind.String => TimeText.Parse(element.GetString()!),
            _ => null,
        };
        if (seconds is >= 0 and <= MostSeconds)
        {
            return seconds;
        }

        Problem(fields, name, element, string.Create(CultureInfo.InvariantCulture, $"seconds or [HH:]MM:SS[.fff], 0 to {MostSeconds} s"));
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteNumber(name, (double)value);

    internal override JsonObject Schema(bool required) => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = Type("number", required), ["minimum"] = 0, ["maximum"] = MostSeconds },
            new JsonObject { ["type"] = "string", ["pattern"] = @"^([0-9]{1,8}|[0-9]{1,6}:[0-5]?[0-9]|[0-9]{1,4}:[0-5]?[0-9]:[0-5]?[0-9])(\.[0-9]+)?$" }),
    };
}
