using System.Text.Json;
using PoseBatch.Models;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Format;

/// <summary>manifest.json: all that is known of a result, clocks and machines included (docs/manifest.schema.json).</summary>
internal static class Manifest
{
    public const string FileName = "manifest.json";

    public static byte[] Write(
        ResultRequest request, ResultKey key, string resultName, ResultCounts counts, bool? isVariableRate,
        ResultFacts facts, IReadOnlyList<InspectedTable> files, IReadOnlyList<string> checks,
        IReadOnlyList<SegmentHeader> segments) => JsonText.WriteIndented(json =>
    {
        json.WriteStartObject();
        json.WriteString("schema_version", TableSchemas.Version);
        json.WriteString("result", resultName);
        json.WriteString("key", key.Value);
        WriteJob(json, request, facts);
        WriteCounts(json, counts);
        json.Texts("checks", checks);
        WriteFiles(json, files);
        json.Texts("warnings", facts.Warnings);
        if (request.Model.CautionSentence is { } caution)
        {
            json.WriteString("caution", caution);
        }

        WriteSegments(json, segments);
        Section(json, "source", () => WriteSource(json, request));
        WriteOtherStreams(json, request.Video.OtherStreams);
        Section(json, "coordinate", () => TableMetadata.WriteCoordinate(json, request));
        Section(json, "time", () => TableMetadata.WriteTime(json, request.Video, isVariableRate));
        Section(json, "model", () => TableMetadata.WriteModel(json, request.Model, request.Detector));
        Section(json, "skeleton", () => TableMetadata.WriteSkeleton(json, request.Model.Skeleton));
        WriteRuntime(json, request);
        Section(json, "settings", () => TableMetadata.WriteSettings(json, request));
        WriteTables(json, request.Tables);
        json.Pairs("performance", facts.Performance);
        WriteDecoder(json, request, facts.Decode);
        json.WriteEndObject();
    });

    /// <summary>The files a manifest lists, in its order.</summary>
    /// <param name="manifest">Its text.</param>
    /// <exception cref="Exception">One of those that <see cref="IsDamage"/> knows: it is none.</exception>
    public static IReadOnlyList<ListedFile> FilesIn(string manifest)
    {
        using JsonDocument document = JsonDocument.Parse(manifest);
        return
        [
            .. document.RootElement.GetProperty("files").EnumerateArray().Select(file => new ListedFile(
                file.GetProperty("name").GetString() ?? throw new FormatException("A file without a name."),
                file.GetProperty("size").GetInt64(),
                file.GetProperty("sha256").GetString() ?? throw new FormatException("A file without a hash."))),
        ];
    }

    /// <summary>Whether reading a manifest failed because it is none, or not all of one.</summary>
    public static bool IsDamage(Exception fault) => fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException;

    /// <summary>A table as the manifest lists it.</summary>
    /// <param name="Name">Below the result's folder.</param>
    /// <param name="Size">In bytes.</param>
    /// <param name="Sha256">Lower-case hexadecimal.</param>
    public readonly record struct ListedFile(string Name, long Size, string Sha256);

    private static void Section(Utf8JsonWriter json, string name, Action content)
    {
        json.WritePropertyName(name);
        content();
    }

    // With the file's time, which the tables must not have.
    private static void WriteSource(Utf8JsonWriter json, ResultRequest request)
    {
        json.WriteStartObject();
        TableMetadata.WriteSourceFields(json, request);
        json.WriteString("mtime", request.Video.ModifiedUtc.UtcDateTime);
        json.WriteEndObject();
    }

    private static void WriteJob(Utf8JsonWriter json, ResultRequest request, ResultFacts facts)
    {
        json.WriteStartObject("job");
        json.Property("job_id", request.JobId);
        json.Property("group", request.Group);
        json.WriteStartObject("labels");
        foreach ((string name, string value) in request.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteString("source_id", request.SourceId);
        json.WriteString("started", facts.Started.UtcDateTime);
        json.WriteString("finished", facts.Finished.UtcDateTime);
        json.WriteNumber("elapsed_seconds", (facts.Finished - facts.Started).TotalSeconds);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, ResultCounts counts)
    {
        json.WritePropertyName("counts");
        TableMetadata.WriteCounts(json, counts);
    }

    private static void WriteFiles(Utf8JsonWriter json, IReadOnlyList<InspectedTable> files)
    {
        json.WriteStartArray("files");
        foreach (InspectedTable file in files)
        {
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteNumber("size", file.SizeBytes);
            json.WriteString("sha256", file.Sha256);
            json.WriteNumber("rows", file.Rows);
            json.WriteNumber("row_groups", file.RowGroups);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOtherStreams(Utf8JsonWriter json, IReadOnlyList<VideoStreamInfo> streams)
    {
        json.WriteStartArray("other_streams");
        foreach (VideoStreamInfo stream in streams)
        {
            json.WriteStartObject();
            json.WriteNumber("stream", stream.Index);
            json.WriteString("codec", stream.Codec);
            json.WriteNumber("width", stream.DisplaySize.Width);
            json.WriteNumber("height", stream.DisplaySize.Height);
            json.Property("frames", stream.Frames);
            json.Property("start", stream.StartSeconds);
            json.Property("duration", stream.DurationSeconds);
            json.WriteBoolean("still", stream.IsStill);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSegments(Utf8JsonWriter json, IReadOnlyList<SegmentHeader> segments)
    {
        json.WriteStartArray("segments");
        foreach (SegmentHeader segment in segments)
        {
            json.WriteStartObject();
            json.WriteNumber("segment", segment.Segment);
            json.WriteNumber("first_frame", segment.FirstFrame);
            json.WriteNumber("attempt", segment.Attempt);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRuntime(Utf8JsonWriter json, ResultRequest request)
    {
        Section(json, "runtime", () => TableMetadata.WriteRuntime(json, request));
        json.WriteStartArray("providers_refused");
        foreach (ProviderRefusal refusal in request.Provider.Refused)
        {
            json.WriteStartObject();
            json.WriteString("provider", refusal.Provider);
            json.WriteString("reason", refusal.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTables(Utf8JsonWriter json, TableOptions tables)
    {
        json.WriteStartObject("tables");
        json.WriteString("profile", tables.Profile == TableProfile.Compatible ? "compatible" : "compact");
        json.WriteNumber("row_group_rows", tables.RowGroupRows);
        json.WriteBoolean("rounded", tables.Rounded);
        json.WriteEndObject();
    }

    private static void WriteDecoder(Utf8JsonWriter json, ResultRequest request, DecodeReport report)
    {
        json.WriteStartObject("decoder");
        json.WriteString("version", request.DecoderVersion);
        json.WriteNumber("decoded_frames", report.DecodedFrames);
        json.WriteNumber("undecodable_frames", report.UndecodableFrames);
        json.WriteNumber("error_lines", report.ErrorLines);
        json.WriteNumber("warning_lines", report.WarningLines);
        json.WriteBoolean("ends_early", report.EndsEarly);
        json.Texts("messages", report.Messages);
        json.Texts("command", report.Command);
        json.WriteEndObject();
    }
}
