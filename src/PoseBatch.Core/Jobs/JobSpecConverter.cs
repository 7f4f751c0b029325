using System.Text.Json;
using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>A job's spec inside other documents; the format is that of <see cref="JobJson"/>.</summary>
public sealed class JobSpecConverter : JsonConverter<JobSpec>
{
    /// <inheritdoc/>
    public override JobSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JobRecordJson.ReadSpec(JsonElement.ParseValue(ref reader));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JobSpec value, JsonSerializerOptions options) => JobJson.Write(writer, value);
}
