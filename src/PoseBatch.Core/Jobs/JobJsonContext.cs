using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>The serializer's code for the documents of jobs, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobDocument))]
[JsonSerializable(typeof(JobEventDocument))]
internal sealed partial class JobJsonContext : JsonSerializerContext;
