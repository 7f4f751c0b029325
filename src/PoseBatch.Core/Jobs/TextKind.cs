using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>A text that is not empty.</summary>
/// <param name="most">Most characters (Unicode scalar values).</param>
public class TextKind(int most) : FieldKind
{
    /// <summary>A path or a name: no NUL in it.</summary>
    internal static TextKind Path(string what) => new(4096) { IsRight = text => !text.Contains('\0', StringComparison.Ordinal), Wanted = $"{what} without NUL", Pattern = @"^[^\u0000]*$" };

    /// <summary>SHA-256 in hexadecimal digits; kept in lower case.</summary>
    internal static TextKind Sha256 { get; } = new(64)
    {
        IsRight = text => text.Length == 64 && text.All(char.IsAsciiHexDigit),
        Wanted = "a SHA-256 of 64 hexadecimal digits",
        Pattern = "^[0-9A-Fa-f]{64}$",
        Placeholder = "HEX",
        IsLowerCase = true,
    };

    /// <summary>An id of the caller's own.</summary>
    internal static TextKind UlidText { get; } = new(Ulid.Length)
    {
        IsRight = Ulid.IsUlid,
        Wanted = "a ULID: 26 capitals and digits without I, L, O, U",
        Pattern = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$",
    };

    /// <inheritdoc/>
    public override string ValueName => Placeholder;

    /// <summary>Whether a text can be one; null for any.</summary>
    internal Func<string, bool>? IsRight { get; init; }

    /// <summary>What must stand there, for messages.</summary>
    internal string Wanted { get; init; } = "a text";

    /// <summary>The same as <see cref="IsRight"/>, as a regular expression; null where length says it all.</summary>
    internal string? Pattern { get; init; }

    /// <summary>A format of JSON Schema; null for none.</summary>
    internal string? Format { get; init; }

    private string Placeholder { get; init; } = "TEXT";

    private bool IsLowerCase { get; init; }

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict)
    {
        if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text
            && (!strict || text.EnumerateRunes().Count() <= most) && IsRight?.Invoke(text) != false)
        {
            return IsLowerCase ? text.ToLowerInvariant() : text;
        }

        Problem(fields, name, element, $"{Wanted}, 1 to {most} characters");
        return null;
    }

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteString(name, (string)value);

    internal override JsonObject Schema(bool required)
    {
        JsonObject schema = new() { ["type"] = Type("string", required), ["minLength"] = 1, ["maxLength"] = most };
        if (Format is not null)
        {
            schema["format"] = Format;
        }

        if (Pattern is not null)
        {
            schema["pattern"] = Pattern;
        }

        return schema;
    }
}
