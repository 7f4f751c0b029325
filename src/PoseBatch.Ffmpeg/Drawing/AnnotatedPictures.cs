using System.Globalization;
using System.Text;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>
/// Makes pictures for people out of a video and its poses, with ffmpeg: a video with the skeletons drawn in, and a sheet of
/// some of its frames. A file appears under its name only when it is complete.
/// </summary>
/// <param name="tools">The ffmpeg to run.</param>
/// <param name="options">Its limits.</param>
/// <param name="clock">Measures silence of the child; null for the system's.</param>
public sealed class AnnotatedPictures(FfmpegTools tools, FfmpegOptions options, TimeProvider? clock = null)
{
    private const int SheetGap = 6;
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
    public async Task WriteVideoAsync(
        VideoInfo video, Skeleton skeleton, IEnumerable<PosedFrame> frames, string path, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        string subtitles = Path.GetFullPath(path) + ".ass";
        try
        {
            using (StreamWriter text = new(subtitles, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                new SkeletonSubtitles(video.DisplaySize, skeleton).Write(frames, text);
            }

            await MakeAsync(BurnIn(video, subtitles), "mp4", path, cancellation);
        }
        finally
        {
            File.Delete(subtitles);
        }
    }

    /// <summary>Sets frames of a video side by side in one PNG picture, row by row.</summary>
    /// <param name="videoPath">A video file.</param>
    /// <param name="frames">Indices of the frames, rising; one per cell.</param>
    /// <param name="columns">Cells per row.</param>
    /// <param name="cellWidth">Width of a cell in pixels; its height follows from the video.</param>
    /// <param name="path">The PNG file; one that exists is replaced.</param>
    /// <param name="cancellation">Ends ffmpeg at once and leaves no file.</param>
    /// <exception cref="PoseBatchException">ffmpeg failed; the message holds what it said.</exception>
    public Task WriteSheetAsync(
        string videoPath, IReadOnlyList<int> frames, int columns, int cellWidth, string path, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(frames);
        string wanted = string.Join('+', frames.Select(frame => string.Create(CultureInfo.InvariantCulture, $"eq(n,{frame})")));
        int rows = (frames.Count + columns - 1) / columns;
        string filters = string.Create(
            CultureInfo.InvariantCulture,
            $"select={FilterText.Escape(wanted)},scale={cellWidth}:-2:flags=area,tile={columns}x{rows}:padding={SheetGap}:margin={SheetGap}:color=white");
        return MakeAsync(
            [.. Input(videoPath), "-map", "0:v:0", "-an", "-vf", filters, "-frames:v", "1", "-c:v", "png", "-pix_fmt", "rgb24"],
            "image2pipe", path, cancellation);
    }

    private List<string> BurnIn(VideoInfo video, string subtitles)
    {
        string turn = new Orientation(video.MirrorApplied, video.RotationApplied).Filters;
        List<string> words = Input(video.Path);
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
            "setpts=PTS-STARTPTS",
            // The drawing's canvas is the frame's pixels, whatever their shape.
            $"ass=filename={FilterText.Escape(subtitles)}:original_size={video.DisplaySize}",
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
            words.AddRange(["-video_track_timescale", string.Create(CultureInfo.InvariantCulture, $"{video.TimeBase.Denominator}")]);
        }

        return words;
    }

    private List<string> Input(string path) =>
    [
        "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
        "-max_pixels", string.Create(CultureInfo.InvariantCulture, $"{options.MaxPixels}"),
        "-noautorotate", "-i", "file:" + Path.GetFullPath(path),
    ];

    private async Task MakeAsync(IEnumerable<string> words, string format, string path, CancellationToken cancellation)
    {
        string target = Path.GetFullPath(path), partial = target + ".partial";
        try
        {
            // Its progress on standard output is what tells a long run from a stalled one.
            List<string> all = ["-hide_banner", "-nostdin", "-nostats", "-v", "error", "-progress", "pipe:1", "-max_error_rate", "1"];
            all.AddRange(words);
            all.AddRange(["-f", format, "-y", "file:" + partial]);
            ChildAnswer answer = await ChildRun.CollectAsync(tools.FfmpegPath, all, _clock, options.StallTimeout, cancellation);
            if (answer.ExitCode != 0)
            {
                throw new PoseBatchException(
                    ReasonCode.Internal,
                    $"{tools.Version} could not make '{target}' (exit code {answer.ExitCode}): {answer.Errors.Trim()}",
                    "The tables are complete; only this picture is missing.");
            }

            File.Move(partial, target, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private async Task<bool> ListsAsync(string question, string name, CancellationToken cancellation)
    {
        ChildAnswer answer = await ChildRun.CollectAsync(
            tools.FfmpegPath, ["-hide_banner", "-v", "error", question], _clock, options.StallTimeout, cancellation);
        return Encoding.UTF8.GetString(answer.Output).Split('\n')
            .Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, string word, ..] && word == name);
    }
}
