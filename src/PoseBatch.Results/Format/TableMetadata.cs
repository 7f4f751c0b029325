using System.Runtime.InteropServices;
using System.Text.Json;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Results.Format;

/// <summary>
/// The key-value pairs in the footer of every table (docs/table-schema.md). Nothing here differs between two runs of the
/// same job on the same installation: clocks, worker counts and batch sizes are in the manifest only.
/// </summary>
internal static class TableMetadata
{
    /// <summary>Version of this product as it is written into tables and manifests.</summary>
    public static string ProductVersion { get; } = typeof(TableMetadata).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    public static List<KeyValuePair<string, string>> Of(
        ResultRequest request, ResultKey key, TableSchema table, ResultCounts counts, bool? isVariableRate) =>
    [
        new("posebatch.schema_version", TableSchemas.Version),
        new("posebatch.table", table.Name),
        new("posebatch.skeleton", JsonText.Write(json => WriteSkeleton(json, request.Model.Skeleton))),
        new("posebatch.coordinate", JsonText.Write(json => WriteCoordinate(json, request))),
        new("posebatch.time", JsonText.Write(json => WriteTime(json, request.Video, isVariableRate))),
        new("posebatch.source", JsonText.Write(json => WriteSource(json, request))),
        new("posebatch.model", JsonText.Write(json => WriteModel(json, request.Model, request.Detector))),
        new("posebatch.runtime", JsonText.Write(json => WriteRuntime(json, request))),
        new("posebatch.settings", JsonText.Write(json => WriteSettings(json, request))),
        new("posebatch.counts", JsonText.Write(json => WriteCounts(json, counts))),
        new("posebatch.job", JsonText.Write(json => WriteJob(json, key))),
        new("posebatch.columns", JsonText.Write(json => WriteColumns(json, table))),
    ];

    public static void WriteSkeleton(Utf8JsonWriter json, Skeleton skeleton)
    {
        json.WriteStartObject();
        json.WriteString("name", skeleton.Name);
        json.Texts("keypoints", skeleton.Keypoints);
        WriteIndexPairs(json, "edges", skeleton.Edges);
        WriteIndexPairs(json, "swap_pairs", skeleton.SwapPairs);
        json.WriteEndObject();
    }

    /// <summary>What was read, without the file's times: a copy has others, and equal keys mean equal bytes.</summary>
    public static void WriteSource(Utf8JsonWriter json, ResultRequest request)
    {
        json.WriteStartObject();
        WriteSourceFields(json, request);
        json.WriteEndObject();
    }

    /// <summary>The fields of <see cref="WriteSource"/>, into an object that may have more.</summary>
    public static void WriteSourceFields(Utf8JsonWriter json, ResultRequest request)
    {
        VideoInfo video = request.Video;
        json.WriteString("name", System.IO.Path.GetFileName(video.Path));
        json.WriteString("source_id", request.SourceId);
        json.WriteNumber("size", video.SizeBytes);
        json.WriteStartObject("identity");
        json.WriteString("method", request.Identity.Method);
        json.WriteString("value", request.Identity.Value);
        json.WriteEndObject();
        json.WriteString("container", video.Container);
        json.WriteString("codec", video.Codec);
        json.WriteString("pixel_format", video.PixelFormat);
        json.WriteNumber("stream", video.StreamIndex);
        json.Property("duration", video.DurationSeconds);
        json.Property("announced_frames", video.AnnouncedFrames);
    }

    public static void WriteModel(Utf8JsonWriter json, ModelDescription model, ModelDescription? detector)
    {
        json.WriteStartObject();
        WriteModelFields(json, model);
        if (detector is not null)
        {
            json.WriteStartObject("detector");
            WriteModelFields(json, detector);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteModelFields(Utf8JsonWriter json, ModelDescription model)
    {
        json.WriteString("name", model.Name);
        json.WriteString("family", model.Family);
        json.WriteString("sha256", model.Sha256);
        json.WriteString("licence", model.Licence);
        json.WriteString("origin", model.Origin);
        json.WriteStartObject("input");
        json.WriteNumber("width", model.Input.Size.Width);
        json.WriteNumber("height", model.Input.Size.Height);
        json.WriteString("type", model.Input.Type.ToString().ToLowerInvariant());
        json.WriteEndObject();
        json.WriteStartObject("decoder");
        foreach ((string name, object value) in model.Decoder.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.Property(name, value);
        }

        json.WriteEndObject();
    }

    public static void WriteRuntime(Utf8JsonWriter json, ResultRequest request)
    {
        json.WriteStartObject();
        json.WriteString("posebatch", ProductVersion);
        json.WriteString("dotnet", Environment.Version.ToString());
        json.WriteString("onnx_runtime", request.Provider.Runtime);
        json.WriteString("provider", request.Provider.Name);
        json.WriteString("device", request.Provider.Device);
        json.WriteString("decoder", request.DecoderVersion);
        json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
        json.WriteEndObject();
    }

    public static void WriteSettings(Utf8JsonWriter json, ResultRequest request)
    {
        json.WriteStartObject();
        foreach ((string name, object? value) in ResultKey.Canonical(request).DistinctBy(pair => pair.Key))
        {
            json.Property(name, value);
        }

        json.WriteEndObject();
    }

    public static void WriteCounts(Utf8JsonWriter json, ResultCounts counts)
    {
        json.WriteStartObject();
        json.WriteNumber("source_frames", counts.SourceFrames);
        json.WriteNumber("inferred", counts.Inferred);
        json.WriteNumber("skipped", counts.Skipped);
        json.WriteNumber("undecodable", counts.Undecodable);
        json.WriteNumber("corrupt", counts.Corrupt);
        json.WriteNumber("persons", counts.Persons);
        json.WriteNumber("keypoints", counts.Keypoints);
        json.Property("tracks", counts.Tracks);
        json.WriteEndObject();
    }

    public static void WriteColumns(Utf8JsonWriter json, TableSchema table)
    {
        json.WriteStartArray();
        foreach (TableColumn column in table.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", TableWords.Of(column.Type));
            json.WriteString("unit", column.Unit);
            json.WriteBoolean("nullable", column.IsNullable);
            json.WriteString("null_when", column.NullRule);
            json.WriteString("meaning", column.Meaning);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteCoordinate(Utf8JsonWriter json, ResultRequest request)
    {
        VideoInfo video = request.Video;
        json.WriteStartObject();
        json.WriteString("unit", "px");
        json.WriteString("origin", "top_left");
        json.WriteString("y", "down");
        json.WriteNumber("pixel_center", 0.0);
        json.WriteNumber("width", video.DisplaySize.Width);
        json.WriteNumber("height", video.DisplaySize.Height);
        json.WriteNumber("rotation_applied", video.RotationApplied);
        json.WriteBoolean("mirror_applied", video.MirrorApplied);
        json.WriteString("sample_aspect_ratio", video.SampleAspectRatio.ToString());
        json.Property("rounded_to", request.Tables.Rounded ? 1.0 / 64 : null);
        json.WriteEndObject();
    }

    public static void WriteTime(Utf8JsonWriter json, VideoInfo video, bool? isVariableRate)
    {
        json.WriteStartObject();
        json.WriteString("unit", "s");
        json.WriteString("zero", "first_frame");
        json.WriteString("time_base", video.TimeBase.ToString());
        json.Property("nominal_fps", video.NominalFps.IsKnown ? video.NominalFps.ToString() : null);
        json.WriteString("source", TableWords.Of(video.TimeSource));
        json.Property("variable", isVariableRate);
        json.WriteEndObject();
    }

    // Job id, start and end differ between runs, so they are in the manifest.
    private static void WriteJob(Utf8JsonWriter json, ResultKey key)
    {
        json.WriteStartObject();
        json.WriteString("key", key.Value);
        json.WriteEndObject();
    }

    private static void WriteIndexPairs(Utf8JsonWriter json, string name, IReadOnlyList<(int First, int Second)> pairs)
    {
        json.WriteStartArray(name);
        foreach ((int first, int second) in pairs)
        {
            json.WriteStartArray();
            json.WriteNumberValue(first);
            json.WriteNumberValue(second);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
