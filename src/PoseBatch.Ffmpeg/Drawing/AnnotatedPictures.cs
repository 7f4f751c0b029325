using System.Globalization;
using System.Text;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>
/// Makes pictures for people out of a video and its poses, with ffmpeg: a video with the skeletons drawn in, single frames, and
/// a sheet of some of them. A file appears under its name only when it is complete.
/// </summary>
/// <param name="tools">The ffmpeg to run.</param>
/// <param name="options">Its limits.</param>
/// <param name="clock">Measures silence of the child; null for the system's.</param>
public sealed class AnnotatedPictures(FfmpegTools tools, FfmpegOptions options, TimeProvider? clock = null)
{
    private const int SheetGap = 6;

    // Drawings change at most 100 times a second of their clock; slowed down by this, faster videos keep one per frame.
    private const int FastStretch = 10;
    private const double SlowRate = 50;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Why this ffmpeg cannot make the pictures, as a sentence; null when it can.</summary>
    public async Task<string?> WhyNotAsync(CancellationToken cancellation) =>
        !await ListsAsync("-filters", "ass", cancellation)
            ? $"{tools.Version} is built without the ass filter (libass), which draws the skeletons."
            : !await ListsAsync("-encoders", "libx264", cancellation)
            ? $"{tools.Version} is built without libx264, which encodes the annotated video."
            : null;

    /// <summary>
    /// Burns the skeletons into a copy of the video: H.264 in MP4, every frame once, at the time the tables give it (the
    /// first frame at 0). Sound is left out.
    /// </summary>
    /// <param name="video">The source, as it was probed.</param>
    /// <param name="skeleton">Order and bones of the joints.</param>
    /// <param name="frames">What to draw, in the order of time.</param>
    /// <param name="path">The MP4 file; one that exists is replaced.</param>
    /// <param name="cancellation">Ends ffmpeg at once and leaves no file.</param>
    /// <exception cref="PoseBatchException">ffmpeg failed; the message holds what it said.</exception>
    public Task WriteVideoAsync(
        VideoInfo video, Skeleton skeleton, IEnumerable<PosedFrame> frames, string path, CancellationToken cancellation) =>
        WriteVideoAsync(video, skeleton, frames, new VideoClock(), path, cancellation);

    /// <inheritdoc cref="WriteVideoAsync(VideoInfo, Skeleton, IEnumerable{PosedFrame}, string, CancellationToken)"/>
    /// <param name="video">The source, as it was probed.</param>
    /// <param name="skeleton">Order and bones of the joints.</param>
    /// <param name="frames">What to draw, in the order of time.</param>
    /// <param name="clock">What is known of the frames' times as a whole.</param>
    /// <param name="path">The MP4 file; one that exists is replaced.</param>
    /// <param name="cancellation">Ends ffmpeg at once and leaves no file.</param>
    public async Task WriteVideoAsync(
        VideoInfo video, Skeleton skeleton, IEnumerable<PosedFrame> frames, VideoClock clock, string path, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        int stretch = video.NominalFps.IsKnown && video.NominalFps.Value <= SlowRate ? 1 : FastStretch;
        string subtitles = Path.GetFullPath(path) + ".ass";
        try
        {
            using (StreamWriter text = new(subtitles, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                new SkeletonSubtitles(video.DisplaySize, skeleton, stretch).Write(frames, text);
            }

            await MakeAsync(BurnIn(video, subtitles, clock, stretch), [video.Path, subtitles], "mp4", path, cancellation);
        }
        finally
        {
            File.Delete(subtitles);
        }
    }

    /// <summary>Makes a picture of one frame, found by its stamp (by its index where the stream has none), with what is drawn on it.</summary>
    /// <param name="video">The source, as it was probed.</param>
    /// <param name="frame">Which frame.</param>
    /// <param name="shape">Size and format of the picture.</param>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="cancellation">Ends ffmpeg at once and leaves no file.</param>
    /// <exception cref="PoseBatchException">ffmpeg failed, or the video has no such frame.</exception>
    public async Task WriteFrameAsync(VideoInfo video, FrameOnDisplay frame, PictureShape shape, string path, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(frame);
        ArgumentNullException.ThrowIfNull(shape);
        string? subtitles = null;
        try
        {
            if (frame is { Skeleton: { } skeleton, Poses.People.Count: > 0 })
            {
                subtitles = Path.GetFullPath(path) + ".ass";
                using StreamWriter text = new(subtitles, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
                new SkeletonSubtitles(frame.Size, skeleton).Write([frame.Poses with { Seconds = 0 }], text);
            }

            string[] reads = subtitles is null ? [video.Path] : [video.Path, subtitles];

            // From the nearest key frame first, which takes no time in long videos; from the beginning where seeking fails.
            bool isSought = frame.Pts is not null && frame.Seconds > SeekFrom && Containers.ForcedDemuxer(video.Container) is null;
            if (!isSought || !await TryMakeAsync(OneFrame(video, frame, shape, subtitles, isSought), reads, "image2pipe", path, cancellation))
            {
                if (!await TryMakeAsync(OneFrame(video, frame, shape, subtitles, isSought: false), reads, "image2pipe", path, cancellation))
                {
                    throw new PoseBatchException(
                        ReasonCode.DecodeFailed,
                        $"'{video.Path}' gave no picture for frame {frame.Index}.",
                        "See in frames.parquet whether the frame is undecodable, and whether the video is still the one that was processed.");
                }
            }
        }
        finally
        {
            if (subtitles is not null)
            {
                File.Delete(subtitles);
            }
        }
    }

    /// <summary>Sets pictures of one size side by side in one PNG picture, row by row.</summary>
    /// <param name="pattern">Their files, numbered from 0 without a gap, for example <c>/tmp/cell-%03d.png</c>.</param>
    /// <param name="count">How many.</param>
    /// <param name="columns">Cells per row.</param>
    /// <param name="path">The PNG file; one that exists is replaced.</param>
    /// <param name="cancellation">Ends ffmpeg at once and leaves no file.</param>
    /// <exception cref="PoseBatchException">ffmpeg failed; the message holds what it said.</exception>
    public Task WriteSheetAsync(string pattern, int count, int columns, string path, CancellationToken cancellation)
    {
        int across = int.Min(columns, count), rows = (count + columns - 1) / columns;
        string filters = string.Create(
            CultureInfo.InvariantCulture, $"tile={across}x{rows}:padding={SheetGap}:margin={SheetGap}:color=white");
        return MakeAsync(
            ["-f", "image2", "-start_number", "0", "-i", pattern, "-vf", filters, "-frames:v", "1", "-c:v", "png", "-pix_fmt", "rgb24"],
            [Path.GetDirectoryName(Path.GetFullPath(pattern))!], "image2pipe", path, cancellation);
    }

    // Seconds before which seeking gains nothing.
    private const double SeekFrom = 3;

    // A group of pictures is not longer than this after its key frame, or the frame is looked for from the beginning.
    private const int SearchSeconds = 20;

    private List<string> OneFrame(VideoInfo video, FrameOnDisplay frame, PictureShape shape, string? subtitles, bool isSought)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        List<string> words = [];
        if (isSought)
        {
            double at = frame.Pts!.Value * video.TimeBase.Value;
            words.AddRange(
            [
                "-seek_timestamp", "1", "-noaccurate_seek", "-ss", at.ToString("F6", culture), "-t", SearchSeconds.ToString(culture),
            ]);
        }

        words.AddRange(Input(video));
        string wanted = frame.Pts is { } pts && video.TimeSource != TimeSource.Estimated
            ? string.Create(culture, $"eq(pts,{pts})")
            : string.Create(culture, $"eq(n,{frame.DecodedIndex})");
        List<string> filters = [$"select={FilterText.Escape(wanted)}"];
        if (new Orientation(video.MirrorApplied, video.RotationApplied).Filters is { Length: > 0 } turn)
        {
            filters.AddRange([turn, "sidedata=mode=delete:type=DISPLAYMATRIX"]);
        }

        filters.Add("setpts=0");
        if (subtitles is not null)
        {
            filters.Add($"ass=filename={FilterText.Escape(subtitles)}:original_size={frame.Size}");
        }

        filters.AddRange(shape.Filters(frame.Size, video.SampleAspectRatio));
        words.AddRange(
        [
            "-map", string.Create(culture, $"0:{video.StreamIndex}"), "-an", "-vf", string.Join(',', filters),
            "-frames:v", "1", "-fps_mode", "passthrough",
            .. shape.IsJpeg ? (string[])["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "4"] : ["-c:v", "png", "-pix_fmt", "rgb24"],
        ]);
        return words;
    }

    private List<string> BurnIn(VideoInfo video, string subtitles, VideoClock clock, int stretch)
    {
        string turn = new Orientation(video.MirrorApplied, video.RotationApplied).Filters;
        List<string> words = Input(video);
        List<string> filters = [];
        string aside = string.Empty;
        if (turn.Length > 0)
        {
            // Turned once is enough: players must not find the source's rotation in the copy. Newer ffmpegs carry it on the
            // frames; older ones hand it from input to output, unless the graph has more inputs than one.
            words.AddRange(["-f", "lavfi", "-i", "nullsrc=size=2x2:duration=0.04"]);
            filters.AddRange([turn, "sidedata=mode=delete:type=DISPLAYMATRIX"]);
            aside = ";[1:v]nullsink";
        }

        filters.AddRange(
        [
            $"setpts={FilterText.Escape(string.Create(CultureInfo.InvariantCulture, $"(PTS-{(clock.FirstPts is { } first && video.TimeSource != TimeSource.Estimated ? first.ToString(CultureInfo.InvariantCulture) : "STARTPTS")})*{stretch}"))}",
            // The drawing's canvas is the frame's pixels, whatever their shape.
            $"ass=filename={FilterText.Escape(subtitles)}:original_size={video.DisplaySize}",
            string.Create(CultureInfo.InvariantCulture, $"setpts=PTS/{stretch}"),
            // This pixel format halves the colour, so both sides must be even.
            "pad=ceil(iw/2)*2:ceil(ih/2)*2",
        ]);
        words.AddRange(
        [
            "-filter_complex", string.Create(CultureInfo.InvariantCulture, $"[0:{video.StreamIndex}]{string.Join(',', filters)}[drawn]{aside}"),
            "-map", "[drawn]", "-map_metadata", "-1", "-map_chapters", "-1",
            "-fps_mode", "passthrough", "-enc_time_base", video.TimeBase.ToString(),
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p",
            "-movflags", "+faststart", "-flags:v", "+bitexact", "-fflags", "+bitexact",
        ]);
        if (video.TimeBase is { Numerator: 1, Denominator: <= int.MaxValue })
        {
            // Ticks as fine as the source's, unless its longest gap would not fit into the 32 bits that MP4 has for it.
            long ticks = long.Min(video.TimeBase.Denominator, (long)(int.MaxValue / double.Max(1, clock.LongestGapSeconds)));
            words.AddRange(["-video_track_timescale", string.Create(CultureInfo.InvariantCulture, $"{ticks}")]);
            if (ticks < video.TimeBase.Denominator)
            {
                // Nor do frames change places across such a gap.
                words.AddRange(["-bf", "0"]);
            }
        }

        return words;
    }

    private List<string> Input(VideoInfo video)
    {
        List<string> words =
        [
            "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
            "-max_pixels", string.Create(CultureInfo.InvariantCulture, $"{options.MaxPixels}"),
        ];
        if (Containers.ForcedDemuxer(video.Container) is { } demuxer)
        {
            words.AddRange(["-f", demuxer]);
        }

        words.AddRange(["-noautorotate", "-copyts", "-i", "file:" + Path.GetFullPath(video.Path)]);
        return words;
    }

    private async Task MakeAsync(IEnumerable<string> words, IReadOnlyList<string> reads, string format, string path, CancellationToken cancellation)
    {
        if (!await TryMakeAsync(words, reads, format, path, cancellation))
        {
            throw new PoseBatchException(ReasonCode.Internal, $"{tools.Version} made nothing of '{Path.GetFullPath(path)}' and gave no reason.");
        }
    }

    /// <summary>Runs ffmpeg into a hidden file and renames it.</summary>
    /// <returns>False when ffmpeg had nothing to write: no frame came through.</returns>
    private async Task<bool> TryMakeAsync(IEnumerable<string> words, IReadOnlyList<string> reads, string format, string path, CancellationToken cancellation)
    {
        string target = Path.GetFullPath(path), partial = target + ".partial";
        try
        {
            // Its progress on standard output is what tells a long run from a stalled one.
            List<string> all = ["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-progress", "pipe:1", "-max_error_rate", "1"];
            all.AddRange(words);
            all.AddRange(["-f", format, "-y", "file:" + partial]);

            // A confined ffmpeg may write this file and make none.
            await File.WriteAllBytesAsync(partial, [], cancellation);
            ChildAnswer answer = await ChildRun.CollectAsync(
                tools.FfmpegPath, all, _clock, options.StallTimeout, cancellation, options.LauncherFor(reads, partial), doing: $"while it made '{target}'");
            if (answer.ExitCode != 0)
            {
                throw new PoseBatchException(
                    ReasonCode.Internal,
                    $"{tools.Version} could not make '{target}' (exit code {answer.ExitCode}): {answer.Errors.Trim()}",
                    "The tables are complete; only this picture is missing.");
            }

            if (!File.Exists(partial) || new FileInfo(partial).Length == 0)
            {
                return false;
            }

            File.Move(partial, target, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<bool> ListsAsync(string question, string name, CancellationToken cancellation)
    {
        ChildAnswer answer = await ChildRun.CollectAsync(
            tools.FfmpegPath, ["-hide_banner", "-v", "error", question], _clock, options.StallTimeout, cancellation, doing: "when it was asked what it can draw");
        return Encoding.UTF8.GetString(answer.Output).Split('\n')
            .Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string word, ..] && word == name);
    }
}
