using System.Text.Json;
using System.Text.Json.Serialization;

namespace PoseBatch.Worker.Service.Api;

/// <summary>A value that is written as an array, because answers hold thousands of it and names would be most of them.</summary>
internal interface IJsonRow
{
    /// <summary>Writes the values between the brackets.</summary>
    void WriteValues(Utf8JsonWriter json);
}

/// <summary>Writes an <see cref="IJsonRow"/>.</summary>
internal sealed class JsonRowConverter<T> : JsonConverter<T>
    where T : IJsonRow
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Rows are written only.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        value.WriteValues(writer);
        writer.WriteEndArray();
    }
}
