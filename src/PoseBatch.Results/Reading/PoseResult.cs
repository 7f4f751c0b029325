using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Tables;

namespace PoseBatch.Results.Reading;

/// <summary>
/// A result folder to be read: what its tables say about themselves, and its frames in order. The tables alone are enough;
/// what only the manifest knows is null without it. Columns of later versions may be there or not.
/// </summary>
internal sealed class PoseResult
{
    private readonly JsonElement _coordinate, _time, _source;

    private PoseResult(string path, FrameTable frames, JsonElement? manifest)
    {
        Path = path;
        Metadata = frames.Metadata;
        Manifest = manifest;
        (_coordinate, _time, _source) = (Section("coordinate"), Section("time"), Section("source"));
        Skeleton = SkeletonOf(Section("skeleton"));
        Counts = Section("counts").Deserialize<ResultCounts>(SnakeCase)!;
    }

    private static JsonSerializerOptions SnakeCase { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    /// <summary>Its name: stem of the video and short key.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>The key-value pairs of the ledger's footer (docs/table-schema.md).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>manifest.json; null when it is missing or damaged.</summary>
    public JsonElement? Manifest { get; }

    /// <summary>Order and bones of the joints.</summary>
    public Skeleton Skeleton { get; }

    /// <summary>What the tables count.</summary>
    public ResultCounts Counts { get; }

    /// <summary>The text of the column <c>video</c>.</summary>
    public string SourceId => _source.GetProperty("source_id").GetString()!;

    /// <summary>Name of the source file, without folder.</summary>
    public string SourceName => _source.GetProperty("name").GetString()!;

    /// <summary>Size of the source file in bytes.</summary>
    public long SourceBytes => _source.GetProperty("size").GetInt64();

    /// <summary>What the source's content was, by hash.</summary>
    public SourceIdentity Identity => new(
        _source.GetProperty("identity").GetProperty("method").GetString()!, _source.GetProperty("identity").GetProperty("value").GetString()!);

    /// <summary>Index of the video stream among all streams of the source.</summary>
    public int StreamIndex => _source.GetProperty("stream").GetInt32();

    /// <summary>Where the source lay when it was processed, from the decoder's command line; null without a manifest.</summary>
    public string? SourcePath
    {
        get
        {
            if (Manifest is not { } manifest || !manifest.TryGetProperty("decoder", out JsonElement decoder) || !decoder.TryGetProperty("command", out JsonElement command))
            {
                return null;
            }

            string[] words = [.. command.EnumerateArray().Select(word => word.GetString()!)];
            int input = Array.IndexOf(words, "-i");
            const string Scheme = "file:";
            return input >= 0 && input + 1 < words.Length && words[input + 1].StartsWith(Scheme, StringComparison.Ordinal)
                ? words[input + 1][Scheme.Length..]
                : null;
        }
    }

    /// <summary>Size of a display-oriented frame as the stream announces it, in pixels.</summary>
    public PixelSize DisplaySize => new(_coordinate.GetProperty("width").GetInt32(), _coordinate.GetProperty("height").GetInt32());

    /// <summary>Stated frames per second; null when the stream states none.</summary>
    public double? NominalFps => Rational.Parse(_time.GetProperty("nominal_fps").GetString()) is { IsKnown: true } rate ? rate.Value : null;

    /// <summary>Whether frames come at uneven times; null when unknown.</summary>
    public bool? IsVariableRate => _time.TryGetProperty("variable", out JsonElement variable) && variable.ValueKind is JsonValueKind.True or JsonValueKind.False ? variable.GetBoolean() : null;

    /// <summary>Sentences of the manifest the user should read; empty without a manifest.</summary>
    public IReadOnlyList<string> Warnings => Manifest is { } manifest && manifest.TryGetProperty("warnings", out JsonElement warnings)
        ? [.. warnings.EnumerateArray().Select(warning => warning.GetString()!)]
        : [];

    /// <summary>Whether this folder looks like a result at all.</summary>
    public static bool IsAt(string folder) => ResultTable.IsAt(folder, TableSchemas.Frames.Name);

    /// <summary>Opens a result; reads its metadata, none of its rows.</summary>
    /// <param name="folder">The folder that holds the tables.</param>
    /// <exception cref="ResultUnreadableException">There is no result, or it cannot be read.</exception>
    public static PoseResult Open(string folder)
    {
        string path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        foreach (TableSchema table in (TableSchema[])[TableSchemas.Frames, TableSchemas.Persons, TableSchemas.Keypoints])
        {
            if (!ResultTable.IsAt(path, table.Name))
            {
                throw new ResultUnreadableException(
                    $"'{folder}' is no result: it holds no {table.Name}.parquet.",
                    "Name the folder that holds manifest.json and the tables, for example results/clip.0123456789.");
            }
        }

        try
        {
            using FrameTable frames = new(path);
            return new(path, frames, ReadManifest(path));
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ResultUnreadableException($"The result '{folder}' cannot be read: {fault.Message}", "See what posebatch inspect says of it.", fault);
        }
    }

    /// <summary>Whether it has that table.</summary>
    public bool HasTable(string table) => ResultTable.IsAt(Path, table);

    /// <summary>Every source frame, in order, with its people.</summary>
    /// <inheritdoc cref="ReadFrames(int, int, CancellationToken)"/>
    public IEnumerable<ResultFrame> ReadFrames(CancellationToken cancellation) => ReadFrames(0, int.MaxValue, cancellation);

    /// <summary>Every source frame of a range, in order, with its people.</summary>
    /// <inheritdoc cref="ReadLedger(int, int, CancellationToken)"/>
    public IEnumerable<ResultFrame> ReadFrames(int first, int end, CancellationToken cancellation)
    {
        using PeopleReader people = new(this, first, end, cancellation);
        foreach (LedgerFrame frame in ReadLedger(first, end, cancellation))
        {
            yield return new(frame, people.Of(frame.Index));
        }
    }

    /// <summary>Every source frame, in order, without its people.</summary>
    /// <inheritdoc cref="ReadLedger(int, int, CancellationToken)"/>
    public IEnumerable<LedgerFrame> ReadLedger(CancellationToken cancellation) => ReadLedger(0, int.MaxValue, cancellation);

    /// <summary>
    /// Every source frame of a range, in order, without its people. Memory is bounded by one row group per table, whatever
    /// the length of the video.
    /// </summary>
    /// <param name="first">First frame.</param>
    /// <param name="end">Frame to stop before.</param>
    /// <param name="cancellation">Stops before the next frame.</param>
    /// <exception cref="ResultUnreadableException">A table is gone or damaged.</exception>
    public IEnumerable<LedgerFrame> ReadLedger(int first, int end, CancellationToken cancellation)
    {
        using FrameTable ledger = new(Path);
        ResultColumn[] columns = [ledger.Pts, ledger.Time, ledger.Duration, ledger.Status, ledger.Width, ledger.Height];
        foreach (int row in ledger.Rows(columns, first, end, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new()
            {
                Index = ledger.FrameIndex[row],
                Pts = ledger.Pts[row],
                Seconds = ledger.Time[row],
                DurationSeconds = ledger.Duration[row],
                Status = ledger.Status[row],
                Size = ledger.Width[row] is { } width && ledger.Height[row] is { } height ? new(width, height) : null,
            };
        }
    }

    /// <summary>A section of the metadata as JSON, for example <c>model</c>.</summary>
    public JsonElement Section(string name)
    {
        using JsonDocument document = JsonDocument.Parse(Metadata["posebatch." + name]);
        return document.RootElement.Clone();
    }

    private static JsonElement? ReadManifest(string folder)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(System.IO.Path.Combine(folder, "manifest.json")));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static Skeleton SkeletonOf(JsonElement json) => new(
        json.GetProperty("name").GetString()!,
        [.. json.GetProperty("keypoints").EnumerateArray().Select(name => name.GetString()!)],
        [.. json.GetProperty("edges").EnumerateArray().Select(Pair)],
        [.. json.GetProperty("swap_pairs").EnumerateArray().Select(Pair)]);

    private static (int, int) Pair(JsonElement pair) => (pair[0].GetInt32(), pair[1].GetInt32());
}
