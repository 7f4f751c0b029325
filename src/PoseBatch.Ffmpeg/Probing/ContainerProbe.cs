using System.Globalization;
using System.Text.Json;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>Asks ffprobe what a file holds, chooses the stream, and turns refusals into reason codes.</summary>
internal sealed class ContainerProbe(FfmpegTools tools, FfmpegOptions options, TimeProvider clock)
{
    public async Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation)
    {
        SourceFile file = SourceFile.Examine(path);
        ChildAnswer answer;
        try
        {
            answer = await ChildRun.CollectAsync(
                tools.FfprobePath, Arguments(file), clock, options.StallTimeout, cancellation, options.LauncherFor(file.Path));
        }
        catch (InvalidDataException failure)
        {
            throw SourceFile.NotVideo(file.Path, $"cannot be described: {failure.Message}", "Remux it with ffmpeg and try again.");
        }

        // Messages repeat the name of the file, which may itself read like a message.
        string said = answer.Errors.Replace(file.Path, "", StringComparison.Ordinal);
        if (answer.ExitCode != 0)
        {
            throw Refusal(file, said);
        }

        try
        {
            using JsonDocument description = JsonDocument.Parse(answer.Output);
            return Describe(file, description.RootElement, streamIndex, said);
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
            "-show_streams", "-show_format", "-of", "json",
        ];
        if (file.StillDemuxer is { } demuxer)
        {
            arguments.AddRange(["-f", demuxer]);
        }

        // "file:" and a full path: no name can then act as an option or as a protocol.
        arguments.AddRange(["-i", $"file:{file.Path}"]);
        return arguments;
    }

    private PoseBatchException Refusal(SourceFile file, string said)
    {
        if (Says("Permission denied"))
        {
            return new(
                ReasonCode.SourceMissing,
                $"'{file.Path}' may not be read by ffprobe.",
                $"Give the user '{Environment.UserName}' the right to read the file.");
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

        // Text named .mp4 makes the MP4 demuxer complain about its index too, so the first bytes decide.
        return Says("moov atom not found") && file.BeginsLikeMp4
            ? new(
                ReasonCode.SourceUnsettled,
                $"'{file.Path}' has no index (moov atom): it is still being written, or was cut off before it was complete.",
                "Wait until recording or copying has ended. A file cut off for good can sometimes be repaired with a tool such as untrunc.")
            : SourceFile.NotVideo(
                file.Path,
                $"is not a video that ffmpeg {tools.Version["ffmpeg ".Length..]} can open ({LastLine(said)})",
                "Play it with ffplay to see whether it is whole, or name another file.");

        bool Says(string what) => said.Contains(what, StringComparison.Ordinal);
    }

    private VideoInfo Describe(SourceFile file, JsonElement description, int? streamIndex, string said)
    {
        List<StreamEntry> streams = description.TryGetProperty("streams", out JsonElement list)
            ? [.. list.EnumerateArray().Select(entry => new StreamEntry(entry))]
            : [];
        JsonElement container = description.TryGetProperty("format", out JsonElement format) ? format : default;
        string containerName = StreamEntry.Text(container, "format_name") ?? "unknown";
        StreamEntry stream = Choose(file, streams, streamIndex);

        if (stream.Codec is null || SaysUnsupported(said, stream.Index))
        {
            throw new PoseBatchException(
                ReasonCode.CodecUnsupported,
                $"Stream {stream.Index} of '{file.Path}' is {stream.Codec ?? stream.Tag ?? "in an unknown codec"}, for which {tools.Version} has no decoder.",
                "Install an ffmpeg with that decoder, or convert the video on a machine that has one.");
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

        Orientation orientation = stream.Orientation;
        return new()
        {
            Path = file.Path,
            SizeBytes = file.SizeBytes,
            ModifiedUtc = file.ModifiedUtc,
            Mark = file.Mark,
            Container = containerName,
            Codec = stream.Codec,
            PixelFormat = stream.PixelFormat ?? "unknown",
            StreamIndex = stream.Index,
            DisplaySize = orientation.Turn(stored),
            RotationApplied = orientation.Clockwise,
            MirrorApplied = orientation.Mirror,
            SampleAspectRatio = orientation.TurnPixel(stream.SampleAspectRatio),
            TimeBase = stream.TimeBase,
            NominalFps = stream.NominalFps,
            DurationSeconds = stream.DurationSeconds ?? StreamEntry.Seconds(container, "duration"),
            AnnouncedFrames = stream.AnnouncedFrames,
            TimeSource = Containers.TimeSourceOf(containerName),
        };
    }

    /// <summary>
    /// The stream asked for, or the largest moving picture, of equals the one marked as default, of these the first. (What
    /// ffmpeg itself takes when nothing is said changed over its versions, so the choice is made here.)
    /// </summary>
    private static StreamEntry Choose(SourceFile file, List<StreamEntry> streams, int? streamIndex)
    {
        StreamEntry? stream = streamIndex is { } index
            ? streams.Find(entry => entry.Index == index && entry.IsVideo)
            : streams.Where(entry => entry.IsVideo)
                .OrderByDescending(entry => (long)entry.StoredSize.Width * entry.StoredSize.Height)
                .ThenByDescending(entry => entry.IsDefault)
                .ThenBy(entry => entry.Index)
                .FirstOrDefault();
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
