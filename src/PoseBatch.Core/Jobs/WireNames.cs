using System.Text.Json;
using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>Writes values of an enumeration by the names that all of PoseBatch's JSON has: <c>retry_wait</c>, <c>disk_full</c>.</summary>
public sealed class WireNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
