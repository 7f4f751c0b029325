using System.Globalization;
using System.Text.Json;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Geometry;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>Asks ffprobe what a file holds, chooses the stream, and turns refusals into reason codes.</summary>
internal sealed class ContainerProbe(FfmpegTools tools, FfmpegOptions options, TimeProvider clock)
{
    // Of all streams together; uncompressed pictures are large, so not too many.
    private const int HeadPackets = 40;

    public async Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation)
    {
        SourceFile file = SourceFile.Examine(path);
        ChildAnswer answer;
        try
        {
            answer = await ChildRun.CollectAsync(
                tools.FfprobePath, Arguments(file), clock, options.StallTimeout, cancellation, options.LauncherFor(file.Path),
                $"while it described '{file.Path}'");
        }
        catch (InvalidDataException failure)
        {
            throw SourceFile.NotVideo(file.Path, $"cannot be described: {failure.Message}", "Remux it with ffmpeg and try again.");
        }

        // Messages repeat the name of the file, which may itself read like a message.
        string said = answer.Errors.Replace(file.Path, "", StringComparison.Ordinal);
        ContainerOutline outline = ContainerOutline.Of(file.Path);
        if (answer.ExitCode != 0)
        {
            // A sound track that cannot be opened costs ffprobe its answer, but not the pictures.
            PoseBatchException refusal = Refusal(file, outline, said);
            if (refusal.Reason == ReasonCode.NotVideo && !outline.IsStillPicture
                && await new VideoStreamProbe(tools, options, clock).DescribeAsync(file, cancellation) is { } part
                && Describe(file, outline, part, streamIndex, string.Empty) is var video && !SaysNotOpened(said, video.StreamIndex))
            {
                return video with { IsDescribedInPart = true };
            }

            throw refusal;
        }

        try
        {
            using JsonDocument description = JsonDocument.Parse(answer.Output);
            return Describe(file, outline, description.RootElement, streamIndex, said);
        }
        catch (JsonException failure)
        {
            throw new PoseBatchException(
                ReasonCode.DecodeFailed,
                $"What {tools.FfprobePath} says of '{file.Path}' cannot be read: {failure.Message}",
                $"See whether {FfmpegOptions.Section}:{nameof(FfmpegOptions.FfprobePath)} is an ffprobe and not something else of that name.",
                failure);
        }
    }

    private List<string> Arguments(SourceFile file)
    {
        List<string> arguments =
        [
            "-hide_banner", "-v", "level+warning",
            "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
            "-max_pixels", options.MaxPixels.ToString(CultureInfo.InvariantCulture),
            // The packets at the beginning tell which streams move, and whether any lack their stamps.
            "-show_streams", "-show_format", "-show_entries", "packet=stream_index,pts,dts", "-read_intervals", $"%+#{HeadPackets}", "-of", "json",
        ];
        if (file.StillDemuxer is { } demuxer)
        {
            arguments.AddRange(["-f", demuxer]);
        }

        // "file:" and a full path: no name can then act as an option or as a protocol.
        arguments.AddRange(["-i", $"file:{file.Path}"]);
        return arguments;
    }

    private PoseBatchException Refusal(SourceFile file, ContainerOutline outline, string said)
    {
        if (SourceReach.FaultAfter(file.Path, said) is { } unread)
        {
            return unread;
        }

        if (Says("No such file or directory"))
        {
            return SourceFile.Missing(file.Path);
        }

        if (Says("exceeds specified max pixel count"))
        {
            return TooLarge(file.Path, "a size beyond it");
        }

        if (Says("not on whitelist"))
        {
            return SourceFile.NotVideo(
                file.Path,
                $"is in a format that is not opened ({NameBefore(said, "Format not on whitelist")}): a playlist, a picture sequence or no video at all",
                "Name the video file itself, or remux it to MP4 or Matroska with ffmpeg.");
        }

        if (outline.IsStillPicture)
        {
            return SourceFile.NotVideo(
                file.Path,
                $"is a still picture (brand {outline.Brand?.TrimEnd() ?? "unknown"}{(outline.Brand is "avif" ? ", AVIF" : outline.Brand is "mif1" or "mif2" || outline.Brand?.StartsWith("he", StringComparison.Ordinal) == true ? ", HEIF" : string.Empty)}), not a video",
                "Name a video. To process a picture, convert it to PNG or JPEG first, for example with heif-convert or ImageMagick.");
        }

        // Text named .mp4 makes the MP4 demuxer complain about its index too, so the first bytes decide.
        return Says("moov atom not found") && file.BeginsLikeMp4
            ? new(
                ReasonCode.SourceUnsettled,
                $"'{file.Path}' has no index (moov atom): it is still being written, or was cut off before it was complete.",
                "Wait until recording or copying has ended. A file cut off for good can sometimes be repaired with a tool such as untrunc.")
            : file.ForeignKind is { } kind
            ? SourceFile.NotVideo(file.Path, $"is {kind.What}, not a video", kind.Advice)
            : SourceFile.NotVideo(
                file.Path,
                $"is not a video that ffmpeg {tools.Version["ffmpeg ".Length..]} can open ({LastLine(said)})",
                "Play it with ffplay to see whether it is whole, or name another file.");

        bool Says(string what) => said.Contains(what, StringComparison.Ordinal);
    }

    private VideoInfo Describe(SourceFile file, ContainerOutline outline, JsonElement description, int? streamIndex, string said)
    {
        List<StreamEntry> streams = description.TryGetProperty("streams", out JsonElement list)
            ? [.. list.EnumerateArray().Select(entry => new StreamEntry(entry))]
            : [];
        JsonElement container = description.TryGetProperty("format", out JsonElement format) ? format : default;
        string containerName = StreamEntry.Text(container, "format_name") ?? "unknown";
        double? containerSeconds = StreamEntry.Seconds(container, "duration");
        HeadOfPackets head = new(description);
        StreamChoice choice = new(streams, containerSeconds, head.Counts);
        StreamEntry stream = Choose(file, streams, choice, streamIndex);

        (string codec, PixelSize stored) = CheckDecodable(file, outline, stream, containerName, said);
        Orientation orientation = stream.Orientation;
        return new()
        {
            Path = file.Path,
            SizeBytes = file.SizeBytes,
            ModifiedUtc = file.ModifiedUtc,
            Mark = file.Mark,
            Container = containerName,
            Codec = codec,
            PixelFormat = stream.PixelFormat ?? "unknown",
            StreamIndex = stream.Index,
            DisplaySize = orientation.Turn(stored),
            RotationApplied = orientation.Clockwise,
            MirrorApplied = orientation.Mirror,
            SampleAspectRatio = orientation.TurnPixel(stream.SampleAspectRatio),
            TimeBase = stream.TimeBase,
            NominalFps = stream.NominalFps,
            DurationSeconds = stream.DurationSeconds ?? containerSeconds,
            AnnouncedFrames = stream.AnnouncedFrames,
            TimeSource = head.HasOnlyDecodingStamps(stream.Index) ? TimeSource.Dts : Containers.TimeSourceOf(containerName),
            MayLackStamps = Containers.MayLackStamps(containerName) || head.LacksStamps(stream.Index),
            Extent = ExtentOf(stream, containerName, containerSeconds, outline),
            OtherStreams = [.. streams.Where(other => other.IsVideo && other.Index != stream.Index).Select(other => InfoOf(other, choice, containerSeconds))],
        };
    }

    private static VideoStreamInfo InfoOf(StreamEntry stream, StreamChoice choice, double? containerSeconds) => new()
    {
        Index = stream.Index,
        Codec = stream.Codec,
        DisplaySize = stream.Orientation.Turn(stream.StoredSize),
        Frames = choice.IsStill(stream) ? 1 : stream.FramesOf(containerSeconds),
        StartSeconds = stream.StartPts * stream.TimeBase.Value,
        DurationSeconds = stream.SecondsOf(containerSeconds),
        IsStill = choice.IsStill(stream),
    };

    /// <summary>Refuses a stream whose pictures cannot be had.</summary>
    /// <returns>Its codec, and the size of its pictures as they are stored.</returns>
    private (string Codec, PixelSize Stored) CheckDecodable(SourceFile file, ContainerOutline outline, StreamEntry stream, string containerName, string said)
    {
        if (stream.Codec is null || SaysUnsupported(said, stream.Index))
        {
            throw new PoseBatchException(
                ReasonCode.CodecUnsupported,
                $"Stream {stream.Index} of '{file.Path}' is {stream.Codec ?? stream.Tag ?? "in an unknown codec"}, for which {tools.Version} has no decoder.",
                "Install an ffmpeg with that decoder, or convert the video on a machine that has one.");
        }

        if (outline.Encryption is { } scheme)
        {
            throw new PoseBatchException(
                ReasonCode.CodecUnsupported,
                $"The pictures of '{file.Path}' are encrypted ({(scheme == "encv" ? "scheme not named" : $"scheme {scheme}")}), and there is no key for them here.",
                "Take a copy without copy protection. If the key is yours, decrypt the file first (ffmpeg -decryption_key KEY -i IN -c copy OUT).");
        }

        if (stream.StoredSize is not { Width: > 0, Height: > 0 } stored)
        {
            throw said.Contains("exceeds specified max pixel count", StringComparison.Ordinal)
                ? TooLarge(file.Path, "a size beyond it")
                : SourceFile.NotVideo(
                    file.Path,
                    $"is recognised as {containerName} with {stream.Codec}, but no picture could be found in stream {stream.Index}",
                    "Play it with ffplay to see whether it holds a picture at all.");
        }

        if ((long)stored.Width * stored.Height > options.MaxPixels)
        {
            throw TooLarge(file.Path, stored.ToString());
        }

        return (stream.Codec, stored);
    }

    /// <summary>Where the stream ends by its container's own statement.</summary>
    private static SourceExtent ExtentOf(StreamEntry stream, string containerName, double? containerSeconds, ContainerOutline outline)
    {
        double? start = stream.StartPts * stream.TimeBase.Value;

        // The index of an AVI is that of frames at one rate; its length is estimated from what is there.
        double? counted = containerName == "avi" && stream.AnnouncedFrames is { } frames && stream.NominalFps.IsKnown
            ? frames / stream.NominalFps.Value
            : null;
        double? stated = counted ?? (Containers.StatesItsLength(containerName)
            ? stream.TaggedSeconds ?? stream.DurationSeconds ?? containerSeconds
            : null);

        // Matroska and FLV count from zero, wherever their first frame stands; others from the stream's first frame.
        double origin = stream.TaggedSeconds is not null || stream.DurationSeconds is null ? 0 : start ?? 0;
        return new()
        {
            StatedBytes = outline.StatedBytes,
            Recordings = outline.Recordings,
            StartSeconds = start,
            EndSeconds = stated is > 0 ? (counted is null ? origin : start ?? 0) + stated : null,
            IsEndCounted = counted is not null,
        };
    }

    /// <summary>The stream asked for, or the best of those that are there.</summary>
    private static StreamEntry Choose(SourceFile file, List<StreamEntry> streams, StreamChoice choice, int? streamIndex)
    {
        StreamEntry? stream = streamIndex is { } index
            ? streams.Find(entry => entry.Index == index && entry.IsVideo)
            : choice.Best();
        if (stream is not null)
        {
            return stream;
        }

        string held = streams.Count == 0 ? "no streams at all" : string.Join(", ", streams.Select(entry => entry.ToString()));
        throw streamIndex is { } asked
            ? new PoseBatchException(
                ReasonCode.NoVideoStream,
                $"Stream {asked} of '{file.Path}' is not a video stream. The file holds: {held}.",
                "Ask for the number of a video stream, or for none to let PoseBatch choose.")
            : new PoseBatchException(
                ReasonCode.NoVideoStream, $"'{file.Path}' has no video stream. It holds: {held}.", "Name a file with moving pictures.");
    }

    // "Unsupported codec with id 167 for input stream 0": the container names a codec, but nothing here decodes it.
    private static bool SaysUnsupported(string said, int index) => said.Split('\n').Any(line =>
        line.Contains("Unsupported codec", StringComparison.Ordinal)
        && line.EndsWith($"input stream {index}", StringComparison.Ordinal));

    private static bool SaysNotOpened(string said, int index) => said.Split('\n').Any(line =>
        line.Contains("Could not open codec", StringComparison.Ordinal)
        && line.EndsWith($"input stream {index}", StringComparison.Ordinal));

    private PoseBatchException TooLarge(string path, string size) => new(
        ReasonCode.CodecUnsupported,
        $"The pictures of '{path}' have {size}; the limit is {options.MaxPixels} pixels.",
        $"If the file can be trusted, raise {FfmpegOptions.Section}:{nameof(FfmpegOptions.MaxPixels)}.");

    // "[hls @ 0x55d0] [error] Format not on whitelist ..." names the format between the first bracket and the @.
    private static string NameBefore(string said, string phrase)
    {
        string line = said.Split('\n').First(line => line.Contains(phrase, StringComparison.Ordinal));
        int end = line.IndexOf(" @", StringComparison.Ordinal);
        return line.StartsWith('[') && end > 1 ? line[1..end] : "unknown";
    }

    private static string LastLine(string said)
    {
        string line = said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
        int colon = line.LastIndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? line : line[(colon + 2)..];
    }
}
