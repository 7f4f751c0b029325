using System.Text.Json;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>An absolute http or https address.</summary>
public sealed class AddressKind : TextKind
{
    internal AddressKind()
        : base(4096)
    {
        IsRight = text => (text.StartsWith("http://", StringComparison.Ordinal) || text.StartsWith("https://", StringComparison.Ordinal))
            && !text.Any(char.IsWhiteSpace) && Uri.TryCreate(text, UriKind.Absolute, out _);
        Wanted = "an absolute http or https address";
        Pattern = @"^https?://[^\s]+$";
        Format = "uri";
    }

    internal override object? Read(JsonElement element, string name, JsonFields fields, bool strict) =>
        base.Read(element, name, fields, strict) is string text ? new Uri(text, UriKind.Absolute) : null;

    internal override void Write(Utf8JsonWriter json, string name, object value) => json.WriteString(name, ((Uri)value).OriginalString);
}
