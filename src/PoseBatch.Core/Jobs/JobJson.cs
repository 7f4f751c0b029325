using System.Globalization;
using System.Text.Json;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>
/// A <see cref="JobSpec"/> as JSON and back (<c>jobs/job.schema.json</c>, jobs/README.md). Reading is strict: unknown fields,
/// wrong kinds and absurd numbers are problems, each named by its path, and all of a text are found at once. A field that is
/// absent or null is left to the service.
/// </summary>
public static class JobJson
{
    /// <summary>Most bytes of a job's text; what is longer is no job.</summary>
    public const int MaxBytes = 256 * 1024;

    private const int MaxPathLength = 4096;
    private const int MaxNameLength = 200;
    private const int MaxLabels = 64;
    private const int MaxExports = 16;
    private const int MaxStream = 1000;
    private const int MaxStride = 1_000_000;
    private const long MaxCount = 1L << 53;
    private const double MaxVideoSeconds = 31_536_000;
    private const string HalfCharacter = "the text: holds half of a surrogate pair, which is no character";
    private static readonly string[] Layouts = ["flat"];
    private static readonly string[] OverwriteRules = ["never", "replace"];
    private static readonly string[] Providers = ["auto", "cpu", "cuda", "tensorrt"];
    private static readonly string[] Precisions = ["fp32"];
    private static readonly string[] SmoothingMethods = ["none", "one-euro"];
    private static readonly string[] CorruptRules = ["mark", "fail"];
    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 16 };

    /// <summary>Reads a job, or says everything that is wrong with it.</summary>
    /// <param name="text">The text of a job file.</param>
    /// <param name="spec">The job; null when there is a problem.</param>
    /// <returns>One sentence per problem without a full stop, each starting with the field's path (<c>source.path: is missing</c>); empty when all is well.</returns>
    public static IReadOnlyList<string> TryRead(string text, out JobSpec? spec)
    {
        ArgumentNullException.ThrowIfNull(text);
        spec = null;
        if (text.Length > MaxBytes)
        {
            return [$"the text: has more than {MaxBytes / 1024} KiB, so it is no job"];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Bounded);
            return TryRead(document.RootElement, out spec);
        }
        catch (ArgumentException)
        {
            return [HalfCharacter];
        }
        catch (JsonException) when (string.IsNullOrWhiteSpace(text))
        {
            return ["the text: is empty; a job is one JSON object"];
        }
        catch (JsonException broken)
        {
            return [string.Create(
                CultureInfo.InvariantCulture,
                $"the text: is not JSON at line {broken.LineNumber + 1}, column {broken.BytePositionInLine + 1}: {Brief(broken.Message)}")];
        }
    }

    /// <inheritdoc cref="TryRead(string, out JobSpec?)"/>
    /// <param name="json">The object.</param>
    /// <param name="spec">The job; null when there is a problem.</param>
    public static IReadOnlyList<string> TryRead(JsonElement json, out JobSpec? spec) => TryRead(json, out spec, strict: true);

    /// <summary>As the other ones; when not strict, unknown fields and long texts are let through.</summary>
    internal static IReadOnlyList<string> TryRead(JsonElement json, out JobSpec? spec, bool strict)
    {
        spec = null;
        List<string> problems = [];
        try
        {
            JobSpec read = new Reader(problems, strict).Job(json);
            spec = problems.Count == 0 ? read : null;
        }
        catch (InvalidOperationException)
        {
            // The one thing that JsonElement throws for a value of the right kind.
            problems.Add(HalfCharacter);
        }

        return problems;
    }

    /// <summary>The text of a job, on one line; what is null is left out.</summary>
    public static string Write(JobSpec spec) => JobRecordJson.Text(json => Write(json, spec));

    /// <summary>Writes a job as one object.</summary>
    public static void Write(Utf8JsonWriter json, JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(spec);
        json.WriteStartObject();
        json.WriteNumber("spec_version", JobSpec.Version);
        Text(json, "job_id", spec.JobId);
        Text(json, "idempotency_key", spec.IdempotencyKey);

        json.WriteStartObject("source");
        json.WriteString("path", spec.Source.Path);
        Text(json, "sha256", spec.Source.Sha256);
        Number(json, "size", spec.Source.Size);
        Number(json, "stream", spec.Source.Stream);
        json.WriteEndObject();
        Text(json, "source_id", spec.SourceId);

        json.WriteStartObject("output");
        Text(json, "path", spec.Output.Path);
        Text(json, "layout", spec.Output.Layout);
        if (spec.Output.Exports.Count > 0)
        {
            json.WriteStartArray("exports");
            foreach (string export in spec.Output.Exports)
            {
                json.WriteStringValue(export);
            }

            json.WriteEndArray();
        }

        Text(json, "overwrite", spec.Output.Overwrite);
        json.WriteEndObject();

        json.WriteStartObject("model");
        Text(json, "name", spec.Model.Name);
        Text(json, "sha256", spec.Model.Sha256);
        Text(json, "detector", spec.Model.Detector);
        json.WriteEndObject();

        json.WriteStartObject("inference");
        Text(json, "provider", spec.Inference.Provider);
        Text(json, "precision", spec.Inference.Precision);
        Number(json, "batch", spec.Inference.Batch);
        Number(json, "min_person_score", spec.Inference.MinPersonScore);
        Number(json, "min_keypoint_confidence", spec.Inference.MinKeypointConfidence);
        Number(json, "max_persons", spec.Inference.MaxPersons);
        Flag(json, "crop_region", spec.Inference.CropRegion);
        json.WriteEndObject();

        json.WriteStartObject("frames");
        Number(json, "start", spec.Frames.StartSeconds);
        Number(json, "end", spec.Frames.EndSeconds);
        Number(json, "stride", spec.Frames.Stride);
        Number(json, "max_frames", spec.Frames.MaxFrames);
        json.WriteEndObject();

        json.WriteStartObject("tracking");
        Flag(json, "enabled", spec.Tracking.Enabled);
        Number(json, "max_gap_s", spec.Tracking.MaxGapSeconds);
        json.WriteEndObject();

        if (spec.Smoothing is not null)
        {
            json.WriteStartObject("smoothing");
            json.WriteString("method", spec.Smoothing);
            json.WriteEndObject();
        }

        Text(json, "on_corrupt", spec.OnCorrupt);
        Number(json, "priority", spec.Priority);
        Text(json, "group", spec.Group);
        if (spec.Labels.Count > 0)
        {
            json.WriteStartObject("labels");
            foreach ((string name, string value) in spec.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        if (spec.RequiresGpu is { } gpu)
        {
            json.WriteStartObject("requires");
            json.WriteBoolean("gpu", gpu);
            json.WriteEndObject();
        }

        json.WriteStartObject("limits");
        Number(json, "max_attempts", spec.Limits.MaxAttempts);
        Number(json, "max_runtime_s", spec.Limits.MaxRuntimeSeconds);
        Number(json, "stall_timeout_s", spec.Limits.StallTimeoutSeconds);
        json.WriteEndObject();

        Text(json, "deadline", spec.Deadline is { } deadline ? JobRecordJson.TimeText(deadline) : null);
        if (spec.NotifyUrl is not null)
        {
            json.WriteStartObject("notify");
            json.WriteString("url", spec.NotifyUrl.OriginalString);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json.WriteString(name, text);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void Flag(Utf8JsonWriter json, string name, bool? flag)
    {
        if (flag is { } known)
        {
            json.WriteBoolean(name, known);
        }
    }

    // The reader's own words repeat the place at their end, and speak to programmers.
    private static string Brief(string message) =>
        message.Split(" LineNumber:")[0].Split(" which is not supported in this mode")[0].Split(" that is not supported in this mode")[0].Split(" Change the reader options")[0]
            .Replace(", when isFinalBlock is true", string.Empty, StringComparison.Ordinal).TrimEnd('.', ' ');

    /// <summary>Reads one job; problems are collected.</summary>
    private sealed class Reader(List<string> problems, bool strict)
    {
        public JobSpec Job(JsonElement json)
        {
            JsonFields fields = new(json, string.Empty, problems);
            if (json.ValueKind != JsonValueKind.Object)
            {
                return new JobSpec { Source = new JobSource { Path = string.Empty } };
            }

            _ = Whole(fields, "spec_version", JobSpec.Version, JobSpec.Version);
            JobSpec spec = new()
            {
                JobId = Text(fields, "job_id", Ulid.Length, Ulid.IsUlid, "a ULID: 26 capitals and digits without I, L, O, U"),
                IdempotencyKey = Text(fields, "idempotency_key", MaxNameLength),
                Source = Section(fields, "source", Source, new JobSource { Path = string.Empty }, required: true),
                SourceId = Text(fields, "source_id", MaxNameLength + MaxNameLength),
                Output = Section(fields, "output", Output, new JobOutput()),
                Model = Section(fields, "model", Model, new JobModel()),
                Inference = Section(fields, "inference", Inference, new JobInference()),
                Frames = Section(fields, "frames", Frames, new JobFrames()),
                Tracking = Section(fields, "tracking", Tracking, new JobTracking()),
                Smoothing = Section(fields, "smoothing", inner => Choice(inner, "method", SmoothingMethods), null),
                OnCorrupt = Choice(fields, "on_corrupt", CorruptRules),
                Priority = (int?)Whole(fields, "priority", 0, 9),
                Group = Text(fields, "group", MaxNameLength),
                Labels = Labels(fields),
                RequiresGpu = Section(fields, "requires", inner => Flag(inner, "gpu"), null),
                Limits = Section(fields, "limits", Limits, new JobLimits()),
                Deadline = Deadline(fields),
                NotifyUrl = Section(fields, "notify", Notify, null),
            };
            Finish(fields);
            return spec;
        }

        private JobSource Source(JsonFields fields) => new()
        {
            Path = Text(fields, "path", MaxPathLength, IsPath, "a path without NUL", required: true) ?? string.Empty,
            Sha256 = Hash(fields),
            Size = Whole(fields, "size", 0, MaxCount),
            Stream = (int?)Whole(fields, "stream", 0, MaxStream),
        };

        private JobOutput Output(JsonFields fields) => new()
        {
            Path = Text(fields, "path", MaxPathLength, IsPath, "a path without NUL"),
            Layout = Choice(fields, "layout", Layouts),
            Exports = Exports(fields),
            Overwrite = Choice(fields, "overwrite", OverwriteRules),
        };

        private JobModel Model(JsonFields fields) => new()
        {
            Name = Text(fields, "name", MaxPathLength, IsPath, "a name without NUL"),
            Sha256 = Hash(fields),
            Detector = Text(fields, "detector", MaxPathLength, IsPath, "a name without NUL"),
        };

        private static JobInference Inference(JsonFields fields) => new()
        {
            Provider = Choice(fields, "provider", Providers),
            Precision = Choice(fields, "precision", Precisions),
            Batch = (int?)Whole(fields, "batch", 0, 256),
            MinPersonScore = Number(fields, "min_person_score", 0, 1),
            MinKeypointConfidence = Number(fields, "min_keypoint_confidence", 0, 1),
            MaxPersons = (int?)Whole(fields, "max_persons", 1, 1000),
            CropRegion = Flag(fields, "crop_region"),
        };

        private static JobFrames Frames(JsonFields fields)
        {
            JobFrames frames = new()
            {
                StartSeconds = Time(fields, "start"),
                EndSeconds = Time(fields, "end"),
                Stride = (int?)Whole(fields, "stride", 1, MaxStride),
                MaxFrames = Whole(fields, "max_frames", 1, MaxCount),
            };
            if (frames.EndSeconds is { } end && end <= (frames.StartSeconds ?? 0))
            {
                fields.Problem(fields.PathOf("end"), "must be later than start");
            }

            return frames;
        }

        private static JobTracking Tracking(JsonFields fields) => new()
        {
            Enabled = Flag(fields, "enabled"),
            MaxGapSeconds = MoreThanZero(fields, "max_gap_s", 3600),
        };

        private static JobLimits Limits(JsonFields fields) => new()
        {
            MaxAttempts = (int?)Whole(fields, "max_attempts", 1, 100),
            MaxRuntimeSeconds = MoreThanZero(fields, "max_runtime_s", MaxVideoSeconds),
            StallTimeoutSeconds = Number(fields, "stall_timeout_s", 1, 86400),
        };

        private Uri? Notify(JsonFields fields)
        {
            string? text = Text(
                fields,
                "url",
                MaxPathLength,
                value => (value.StartsWith("http://", StringComparison.Ordinal) || value.StartsWith("https://", StringComparison.Ordinal))
                    && !value.Any(char.IsWhiteSpace) && Uri.TryCreate(value, UriKind.Absolute, out _),
                "an absolute http or https address");
            return text is null ? null : new Uri(text, UriKind.Absolute);
        }

        private static Dictionary<string, string> Labels(JsonFields fields)
        {
            Dictionary<string, string> labels = new(StringComparer.Ordinal);
            if (Optional(fields, "labels") is not { } element)
            {
                return labels;
            }

            string path = fields.PathOf("labels");
            if (element.ValueKind != JsonValueKind.Object)
            {
                fields.Problem(path, $"must be an object of texts, not {JsonFields.Describe(element)}");
                return labels;
            }

            foreach (JsonProperty label in element.EnumerateObject())
            {
                if (label.Name.Length == 0 || label.Name.EnumerateRunes().Count() > MaxNameLength)
                {
                    fields.Problem(path, $"names have 1 to {MaxNameLength} characters");
                }
                else if (label.Value.ValueKind != JsonValueKind.String || label.Value.GetString()!.EnumerateRunes().Count() > MaxNameLength)
                {
                    fields.Problem($"{path}.{label.Name}", $"must be a text of at most {MaxNameLength} characters, not {JsonFields.Describe(label.Value)}");
                }
                else if (!labels.TryAdd(label.Name, label.Value.GetString()!))
                {
                    fields.Problem($"{path}.{label.Name}", "stands there twice");
                }
            }

            if (labels.Count > MaxLabels)
            {
                fields.Problem(path, $"has {labels.Count} entries, {MaxLabels} are allowed");
            }

            return labels;
        }

        private static List<string> Exports(JsonFields fields)
        {
            List<string> exports = [];
            if (Optional(fields, "exports") is null)
            {
                return exports;
            }

            foreach ((JsonElement element, string path) in fields.Array("exports", required: false))
            {
                if (element.ValueKind == JsonValueKind.String && IsExportName(element.GetString()!) && !exports.Contains(element.GetString()!))
                {
                    exports.Add(element.GetString()!);
                }
                else
                {
                    fields.Problem(path, $"must be the name of a format (a-z, 0-9, -), each once, not {JsonFields.Describe(element)}");
                }
            }

            if (exports.Count > MaxExports)
            {
                fields.Problem(fields.PathOf("exports"), $"has {exports.Count} entries, {MaxExports} are allowed");
            }

            return exports;
        }

        private static DateTimeOffset? Deadline(JsonFields fields)
        {
            if (Optional(fields, "deadline") is not { } element)
            {
                return null;
            }

            // A time without its offset would mean another one on another machine.
            if (element.ValueKind == JsonValueKind.String && element.GetString() is { Length: >= 20 and <= 33 } text && text[10] is 'T'
                && (text[^1] == 'Z' || text[^6] is '+' or '-') && element.TryGetDateTimeOffset(out DateTimeOffset time))
            {
                return time.ToUniversalTime();
            }

            fields.Problem(fields.PathOf("deadline"), $"must be a time with its offset, like 2027-01-31T18:00:00Z, not {JsonFields.Describe(element)}");
            return null;
        }

        private static double? Time(JsonFields fields, string name)
        {
            if (Optional(fields, name) is not { } element)
            {
                return null;
            }

            double? seconds = element.ValueKind switch
            {
                JsonValueKind.Number when element.TryGetDouble(out double number) => number,
                JsonValueKind.String => TimeText.Parse(element.GetString()!),
                _ => null,
            };
            if (seconds is >= 0 and <= MaxVideoSeconds)
            {
                return seconds;
            }

            fields.Problem(
                fields.PathOf(name),
                string.Create(CultureInfo.InvariantCulture, $"must be seconds or [HH:]MM:SS[.fff], 0 to {MaxVideoSeconds} s, not {JsonFields.Describe(element)}"));
            return null;
        }

        private T Section<T>(JsonFields fields, string name, Func<JsonFields, T> read, T absent, bool required = false)
        {
            if (required ? fields.Element(name, required: true) is null : Optional(fields, name) is null)
            {
                return absent;
            }

            JsonFields inner = fields.Object(name, required)!;
            if (fields.Element(name, required: false)!.Value.ValueKind != JsonValueKind.Object)
            {
                return absent;
            }

            T section = read(inner);
            Finish(inner);
            return section;
        }

        private static JsonElement? Optional(JsonFields fields, string name) =>
            fields.Element(name, required: false) is { ValueKind: not JsonValueKind.Null } element ? element : null;

        private string? Text(
            JsonFields fields, string name, int most, Func<string, bool>? isRight = null, string? wanted = null, bool required = false)
        {
            JsonElement? element = required ? fields.Element(name, required: true) : Optional(fields, name);
            if (element is not { } found)
            {
                return null;
            }

            if (found.ValueKind == JsonValueKind.String && found.GetString() is { Length: > 0 } text && (!strict || text.EnumerateRunes().Count() <= most) && isRight?.Invoke(text) != false)
            {
                return text;
            }

            fields.Problem(fields.PathOf(name), $"must be {wanted ?? "a text"}, 1 to {most} characters, not {JsonFields.Describe(found)}");
            return null;
        }

        private string? Hash(JsonFields fields) =>
            Text(fields, "sha256", 64, text => text.Length == 64 && text.All(char.IsAsciiHexDigit), "a SHA-256 of 64 hexadecimal digits")?.ToLowerInvariant();

        private static string? Choice(JsonFields fields, string name, string[] choices)
        {
            if (Optional(fields, name) is not { } element)
            {
                return null;
            }

            if (element.ValueKind == JsonValueKind.String && choices.Contains(element.GetString()))
            {
                return element.GetString();
            }

            string hint = element.ValueKind == JsonValueKind.String && Spelling.Nearest(element.GetString()!, choices) is { } meant
                ? $"; did you mean {meant}?"
                : string.Empty;
            fields.Problem(fields.PathOf(name), $"must be {string.Join(" or ", choices)}, not {JsonFields.Describe(element)}{hint}");
            return null;
        }

        private static long? Whole(JsonFields fields, string name, long least, long most)
        {
            if (Optional(fields, name) is not { } element)
            {
                return null;
            }

            // 5.0 is a whole number, too.
            if (element.ValueKind == JsonValueKind.Number
                && (element.TryGetInt64(out long number) || (element.TryGetDouble(out double real) && Math.Abs(real) <= MaxCount && (number = (long)real) == real))
                && number >= least && number <= most)
            {
                return number;
            }

            fields.Problem(
                fields.PathOf(name),
                least == most ? $"must be {least}, not {JsonFields.Describe(element)}" : $"must be a whole number from {least} to {most}, not {JsonFields.Describe(element)}");
            return null;
        }

        private static double? Number(JsonFields fields, string name, double least, double most) =>
            Optional(fields, name) is { } element ? fields.Number(element, fields.PathOf(name), least, most) : null;

        private static double? MoreThanZero(JsonFields fields, string name, double most)
        {
            double? number = Number(fields, name, 0, most);
            if (number == 0)
            {
                fields.Problem(fields.PathOf(name), "must be more than 0");
            }

            return number;
        }

        private static bool? Flag(JsonFields fields, string name)
        {
            if (Optional(fields, name) is not { } element)
            {
                return null;
            }

            if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            {
                return element.GetBoolean();
            }

            fields.Problem(fields.PathOf(name), $"must be true or false, not {JsonFields.Describe(element)}");
            return null;
        }

        private void Finish(JsonFields fields)
        {
            if (strict)
            {
                fields.Finish();
            }
        }

        private static bool IsPath(string text) => !text.Contains('\0', StringComparison.Ordinal);

        private static bool IsExportName(string text) =>
            text.Length is > 0 and <= 40 && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
    }
}
