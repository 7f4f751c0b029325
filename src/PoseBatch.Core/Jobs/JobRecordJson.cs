using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PoseBatch.Jobs;

/// <summary>
/// <see cref="JobRecord"/> and <see cref="JobEvent"/> as JSON objects and back: what the HTTP API, <c>--json</c> and the store
/// speak. Names are snake_case, times RFC 3339 in UTC, absent is null. Reading passes over fields it does not know, so that an
/// older client understands a newer service.
/// </summary>
public static class JobRecordJson
{
    private static readonly JsonSerializerOptions Options = new(JobJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JobJsonContext.Default,
    };

    /// <summary>One JSON object without line breaks.</summary>
    public static string Write(JobRecord job) => JsonSerializer.Serialize(JobDocument.Of(job), Type<JobDocument>());

    /// <inheritdoc cref="Write(JobRecord)"/>
    public static string Write(JobEvent entry) => JsonSerializer.Serialize(JobEventDocument.Of(entry), Type<JobEventDocument>());

    /// <summary>Progress as an object without line breaks.</summary>
    public static string Write(JobProgress progress) => JsonSerializer.Serialize(JobProgressDocument.Of(progress), Type<JobProgressDocument>());

    /// <summary>Writes a job as one object.</summary>
    public static void Write(Utf8JsonWriter json, JobRecord job) => JsonSerializer.Serialize(json, JobDocument.Of(job), Type<JobDocument>());

    /// <summary>Writes an event as one object.</summary>
    public static void Write(Utf8JsonWriter json, JobEvent entry) => JsonSerializer.Serialize(json, JobEventDocument.Of(entry), Type<JobEventDocument>());

    /// <summary>A spec from its text, see <see cref="ReadSpec(JsonElement)"/>.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    /// <exception cref="FormatException">It is not a job's spec; the message names the fields.</exception>
    public static JobSpec ReadSpec(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ReadSpec(document.RootElement);
    }

    /// <summary>A spec from its object; what this version does not know is passed over.</summary>
    /// <exception cref="FormatException">The object is not a job's spec; the message names the fields.</exception>
    public static JobSpec ReadSpec(JsonElement json)
    {
        IReadOnlyList<string> problems = JobJson.TryRead(json, out JobSpec? spec, strict: false);
        return spec ?? throw new FormatException($"spec: {string.Join("; ", problems)}");
    }

    /// <summary>A job from its object.</summary>
    /// <exception cref="FormatException">The object is not a job; the message names the field.</exception>
    public static JobRecord ReadJob(JsonElement json)
    {
        if (!json.TryGetProperty("spec", out JsonElement specification))
        {
            throw new FormatException("A job without spec.");
        }

        return new JobRecord
        {
            Id = Required(json, "job_id"),
            Spec = ReadSpec(specification),
            Origin = Required(json, "origin"),
            Status = JobStatuses.Parse(Required(json, "status")) ?? throw new FormatException($"status: '{Required(json, "status")}' is not known."),
            Attempt = (int)(Long(json, "attempt") ?? 0),
            Token = Long(json, "token") ?? 0,
            Worker = String(json, "worker"),
            LeaseUntil = Time(json, "lease_until"),
            RunAt = Time(json, "run_at") ?? default,
            SubmittedAt = Time(json, "submitted_at") ?? default,
            StartedAt = Time(json, "started_at"),
            FinishedAt = Time(json, "finished_at"),
            Progress = json.TryGetProperty("progress", out JsonElement progress) && progress.ValueKind == JsonValueKind.Object ? ReadProgress(progress) : null,
            Reason = Reason(json),
            Message = String(json, "message"),
            Advice = String(json, "advice"),
            ResultPath = String(json, "result_path"),
            ResultKey = String(json, "result_key"),
            DuplicateOf = String(json, "duplicate_of"),
        };
    }

    /// <summary>An event from its object.</summary>
    /// <exception cref="FormatException">The object is not an event; the message names the field.</exception>
    public static JobEvent ReadEvent(JsonElement json) => new(
        Long(json, "sequence") ?? throw new FormatException("sequence: is missing."),
        Required(json, "job_id"),
        Time(json, "time") ?? throw new FormatException("time: is missing."),
        Required(json, "state"),
        String(json, "worker"),
        (int)(Long(json, "attempt") ?? 0),
        Long(json, "token") ?? 0,
        Reason(json),
        String(json, "message"));

    /// <summary>Progress from its text; what is missing is 0 or null.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static JobProgress ReadProgress(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return ReadProgress(document.RootElement);
    }

    /// <summary>Progress from its object; what is missing is 0 or null.</summary>
    public static JobProgress ReadProgress(JsonElement json) => new()
    {
        Frames = Long(json, "frames") ?? 0,
        AnnouncedFrames = Long(json, "announced_frames"),
        Seconds = Double(json, "seconds") ?? 0,
        DurationSeconds = Double(json, "duration_s"),
        FramesPerSecond = Double(json, "fps") ?? 0,
        Persons = Long(json, "persons") ?? 0,
        LimitedBy = String(json, "limited_by"),
        Segments = (int)(Long(json, "segments") ?? 0),
        Runs = String(json, "runs"),
    };

    /// <summary>The text that <paramref name="write"/> writes: compact, readable characters left as they are.</summary>
    internal static string Text(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = Options.Encoder }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>RFC 3339 in UTC with as many decimals as it needs.</summary>
    internal static string TimeText(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    private static JsonTypeInfo<T> Type<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    private static string Required(JsonElement json, string name) => String(json, name) ?? throw new FormatException($"{name}: is missing.");

    private static JsonElement? Value(JsonElement json, string name, JsonValueKind kind) =>
        json.ValueKind != JsonValueKind.Object ? throw new FormatException("Not a JSON object.")
        : !json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == kind ? value
        : throw new FormatException($"{name}: is of the wrong kind.");

    private static string? String(JsonElement json, string name) => Value(json, name, JsonValueKind.String)?.GetString();

    private static long? Long(JsonElement json, string name) => Value(json, name, JsonValueKind.Number) is not { } value ? null
        : value.TryGetInt64(out long number) ? number
        : throw new FormatException($"{name}: must be a whole number.");

    private static double? Double(JsonElement json, string name) => Value(json, name, JsonValueKind.Number)?.GetDouble();

    private static DateTimeOffset? Time(JsonElement json, string name) => Value(json, name, JsonValueKind.String) is not { } value ? null
        : value.TryGetDateTimeOffset(out DateTimeOffset time) ? time.ToUniversalTime()
        : throw new FormatException($"{name}: must be a time.");

    private static ReasonCode? Reason(JsonElement json) => String(json, "reason") is not { } name ? null
        : ReasonCodes.Parse(name) ?? throw new FormatException($"reason: '{name}' is not known.");
}
