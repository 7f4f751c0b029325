using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>True or false; <c>on</c> or <c>off</c> on the command line.</summary>
public sealed class FlagKind : FieldKind
{
    /// <inheritdoc/>
    public override string Range => "on or off";

    /// <inheritdoc/>
    public override string ValueName => "on|off";

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return element.GetBoolean();
        }

        Problem(fields, name, element, "true or false");
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteBoolean(name, (bool)value);

    internal override JsonObject Schema(bool required) => new() { ["type"] = Type("boolean", required) };
}
