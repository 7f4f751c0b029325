using System.Globalization;
using System.Text.Json;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

/// <summary>
/// A <see cref="JobSpec"/> as JSON and back (<c>jobs/job.schema.json</c>, jobs/README.md), field by field as <see cref="JobFields"/>
/// says. Reading is strict: unknown fields, wrong kinds and absurd numbers are problems, each named by its path, and all of a
/// text are found at once. A field that is absent or null is left to the service.
/// </summary>
public static class JobJson
{
    /// <summary>Most bytes of a job's text; what is longer is no job.</summary>
    public const int MaxBytes = 256 * 1024;

    private const string VersionName = "spec_version";
    private const string HalfCharacter = "the text: holds half of a surrogate pair, which is no character";
    private static readonly WholeKind VersionKind = new(JobSpec.Version, JobSpec.Version);
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
            JobSpec read = Read(json, problems, strict);
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
        json.WriteNumber(VersionName, JobSpec.Version);
        foreach (IGrouping<JobSection?, JobField> section in JobFields.BySection)
        {
            (JobField Field, object Value)[] values = [.. section.Select(field => (field, field.Get(spec)!)).Where(row => row.Item2 is not null)];
            bool isObject = section.Key is { } key && (key.IsAlwaysWritten || values.Length > 0);
            if (isObject)
            {
                json.WriteStartObject(section.Key!.Name);
            }

            foreach ((JobField field, object value) in values)
            {
                field.Kind.Write(json, field.ShortName, value);
            }

            if (isObject)
            {
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
    }

    private static JobSpec Read(JsonElement json, List<string> problems, bool strict)
    {
        JobSpec spec = new() { Source = new JobSource { Path = string.Empty } };
        JsonFields fields = new(json, string.Empty, problems);
        if (json.ValueKind != JsonValueKind.Object)
        {
            return spec;
        }

        if (Present(fields, VersionName, isRequired: false) is { } version)
        {
            VersionKind.Read(version, VersionName, fields, strict);
        }

        foreach (IGrouping<JobSection?, JobField> section in JobFields.BySection)
        {
            spec = section.Key is null ? Read(spec, fields, section, strict) : ReadSection(spec, fields, section.Key, section, strict);
        }

        problems.AddRange(JobRules.OrderProblems(spec.Frames));
        Finish(fields, strict);
        return spec;
    }

    private static JobSpec ReadSection(JobSpec spec, JsonFields job, JobSection section, IEnumerable<JobField> rows, bool strict)
    {
        bool isRequired = rows.Any(row => row.IsRequired);
        if (Present(job, section.Name, isRequired) is not { } element)
        {
            return spec;
        }

        JsonFields fields = job.Object(section.Name, isRequired)!;
        if (element.ValueKind != JsonValueKind.Object)
        {
            return spec;
        }

        spec = Read(spec, fields, rows, strict);
        Finish(fields, strict);
        return spec;
    }

    private static JobSpec Read(JobSpec spec, JsonFields fields, IEnumerable<JobField> rows, bool strict)
    {
        foreach (JobField row in rows)
        {
            if (Present(fields, row.ShortName, row.IsRequired) is { } element && row.Kind.Read(element, row.ShortName, fields, strict) is { } value)
            {
                spec = row.Set(spec, value);
            }
        }

        return spec;
    }

    // Null is as good as absent, but where there must be something.
    private static JsonElement? Present(JsonFields fields, string name, bool isRequired) =>
        fields.Element(name, isRequired) is { } element && (isRequired || element.ValueKind != JsonValueKind.Null) ? element : null;

    private static void Finish(JsonFields fields, bool strict)
    {
        if (strict)
        {
            fields.Finish();
        }
    }

    // The reader's own words repeat the place at their end, and speak to programmers.
    private static string Brief(string message) =>
        message.Split(" LineNumber:")[0].Split(" which is not supported in this mode")[0].Split(" that is not supported in this mode")[0].Split(" Change the reader options")[0]
            .Replace(", when isFinalBlock is true", string.Empty, StringComparison.Ordinal).TrimEnd('.', ' ');
}
