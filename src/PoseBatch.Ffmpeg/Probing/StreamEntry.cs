using System.Globalization;
using System.Text.Json;
using PoseBatch.Geometry;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>One entry of ffprobe's list of streams. Every field may be missing, and numbers may come as text.</summary>
internal sealed class StreamEntry(JsonElement entry)
{
    public int Index { get; } = (int)(Number(entry, "index") ?? -1);

    /// <summary>Null when ffprobe knows no name for it.</summary>
    public string? Codec { get; } = Text(entry, "codec_name") is { } name and not ("none" or "unknown") ? name : null;

    /// <summary>The four letters the container uses for the codec.</summary>
    public string? Tag { get; } = Text(entry, "codec_tag_string");

    public string? PixelFormat { get; } = Text(entry, "pix_fmt");

    /// <summary>Moving pictures; a cover picture or a strip of preview pictures is no video.</summary>
    public bool IsVideo { get; } = Text(entry, "codec_type") == "video"
        && !HasDisposition(entry, "attached_pic") && !HasDisposition(entry, "timed_thumbnails");

    public bool IsDefault { get; } = HasDisposition(entry, "default");

    /// <summary>Size as stored, before rotation; 0x0 when not stated.</summary>
    public PixelSize StoredSize { get; } = new((int)(Number(entry, "width") ?? 0), (int)(Number(entry, "height") ?? 0));

    public Rational SampleAspectRatio { get; } = Rational.Parse(Text(entry, "sample_aspect_ratio"));

    public Rational TimeBase { get; } = Rational.Parse(Text(entry, "time_base")) is { IsKnown: true } known ? known : new(1, 90_000);

    public Rational NominalFps { get; } = Rational.Parse(Text(entry, "avg_frame_rate")) is { IsKnown: true } known ? known : Rational.Unknown;

    public double? DurationSeconds { get; } = Seconds(entry, "duration");

    public long? AnnouncedFrames { get; } = Number(entry, "nb_frames") is { } count and > 0 ? count : null;

    /// <summary>When it begins, in ticks of <see cref="TimeBase"/>.</summary>
    public long? StartPts { get; } = Number(entry, "start_pts");

    /// <summary>The length that Matroska states of a single stream, in seconds.</summary>
    public double? TaggedSeconds { get; } = Clock(TextOfTag(entry, "DURATION", exactly: true));

    public Orientation Orientation { get; } = OrientationOf(entry);

    /// <summary>Its frames as stated (tags of Matroska included), or worked out from length and rate; null when neither is known.</summary>
    /// <param name="containerSeconds">Length of the container, for streams that state none of their own.</param>
    public long? FramesOf(double? containerSeconds) =>
        AnnouncedFrames
        ?? (long.TryParse(TextOfTag(entry, "NUMBER_OF_FRAMES"), NumberStyles.None, CultureInfo.InvariantCulture, out long tagged) && tagged > 0 ? tagged : (long?)null)
        ?? (NominalFps.IsKnown && SecondsOf(containerSeconds) is { } seconds ? (long)Math.Round(seconds * NominalFps.Value) : null);

    /// <summary>Its length in seconds; that of the container where it states none of its own.</summary>
    public double? SecondsOf(double? containerSeconds) => DurationSeconds ?? Clock(TextOfTag(entry, "DURATION")) ?? containerSeconds;

    /// <inheritdoc/>
    public override string ToString()
    {
        string kind = Text(entry, "codec_type") ?? "data";
        string picture = kind == "video" && !IsVideo ? ", cover picture" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Index} ({kind}, {Codec ?? "unknown codec"}{picture})");
    }

    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
            : null;

    public static double? Seconds(JsonElement element, string name) =>
        double.TryParse(Text(element, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && double.IsFinite(seconds) && seconds >= 0
            ? seconds
            : null;

    private static long? Number(JsonElement element, string name) =>
        long.TryParse(Text(element, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    // mkvmerge appends a language to the names of its statistics; ffmpeg keeps them as they were when it cuts a file.
    private static string? TextOfTag(JsonElement entry, string name, bool exactly = false)
    {
        if (!entry.TryGetProperty("tags", out JsonElement tags) || tags.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (JsonProperty tag in tags.EnumerateObject())
        {
            if (tag.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                || (!exactly && tag.Name.StartsWith(name + "-", StringComparison.OrdinalIgnoreCase)))
            {
                return tag.Value.GetString();
            }
        }

        return null;
    }

    // 00:01:02.500000000
    private static double? Clock(string? text)
    {
        string[] parts = (text ?? string.Empty).Split(':');
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hours)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minutes)
            && double.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? (hours * 3600d) + (minutes * 60) + seconds
            : null;
    }

    private static bool HasDisposition(JsonElement entry, string name) =>
        entry.TryGetProperty("disposition", out JsonElement dispositions) && Number(dispositions, name) == 1;

    private static Orientation OrientationOf(JsonElement entry)
    {
        if (entry.TryGetProperty("side_data_list", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement data in list.EnumerateArray())
            {
                if (Text(data, "displaymatrix") is { } dump)
                {
                    return Orientation.FromDump(dump);
                }
            }
        }

        return Orientation.Upright;
    }
}
