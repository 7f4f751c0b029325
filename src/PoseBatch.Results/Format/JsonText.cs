using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PoseBatch.Results.Format;

/// <summary>Writes JSON the way metadata and manifest want it: text stays readable, equal values give equal bytes.</summary>
internal static class JsonText
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions Indented = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        NewLine = "\n",
    };

    /// <summary>One line.</summary>
    public static string Write(Action<Utf8JsonWriter> content) => Encoding.UTF8.GetString(Bytes(content, Compact));

    /// <summary>For people: indented, ends with a new line.</summary>
    public static byte[] WriteIndented(Action<Utf8JsonWriter> content) => [.. Bytes(content, Indented), (byte)'\n'];

    /// <summary>A property whose value is null, bool, long, double or text; a number that JSON cannot say becomes text.</summary>
    public static void Property(this Utf8JsonWriter json, string name, object? value)
    {
        json.WritePropertyName(name);
        json.Value(value);
    }

    public static void Value(this Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case IFormattable formattable:
                json.WriteStringValue(formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }

    /// <summary>A property that is an object with the pairs in their order.</summary>
    public static void Pairs(this Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, object?>> pairs)
    {
        json.WriteStartObject(name);
        foreach ((string key, object? value) in pairs)
        {
            json.Property(key, value);
        }

        json.WriteEndObject();
    }

    /// <summary>A property that is a list of texts.</summary>
    public static void Texts(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> content, JsonWriterOptions options)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, options))
        {
            content(json);
        }

        return stream.ToArray();
    }
}
