using System.Globalization;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>Reads single frames of a video as upright JPEG pictures, found by their exact presentation stamps.</summary>
/// <param name="tools">The ffmpeg to run.</param>
/// <param name="options">Its limits.</param>
/// <param name="limit">A child that says nothing for so long is stopped.</param>
/// <param name="clock">Measures that silence; null for the system's.</param>
public sealed class StillPictures(FfmpegTools tools, FfmpegOptions options, TimeSpan limit, TimeProvider? clock = null)
{
    // Entry points of a stream may carry a later stamp than the pictures that need an earlier one; so begin well before.
    private const double LeadSeconds = 2;

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Frames with these stamps, in their order, after a jump to shortly before the first.</summary>
    /// <param name="video">The source, as it was probed.</param>
    /// <param name="stamps">Rising presentation stamps in the stream's time base, at least one.</param>
    /// <param name="mostWidth">Wider pictures are made smaller; smaller ones stay.</param>
    /// <param name="cancellation">Ends ffmpeg at once.</param>
    /// <returns>One JPEG per stamp, or fewer when the jump led somewhere else: then nobody can say which.</returns>
    /// <exception cref="PoseBatchException">stalled, or decode_failed with what ffmpeg said.</exception>
    /// <exception cref="PoseBatchException">ffmpeg did not end by itself; the picture may come at the next try.</exception>
    public Task<IReadOnlyList<byte[]>> ByStampAsync(VideoInfo video, IReadOnlyList<long> stamps, int mostWidth, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(stamps);
        double first = (stamps[0] * video.TimeBase.Value) - LeadSeconds;
        return RunAsync(
            video, ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", first.ToString("F6", CultureInfo.InvariantCulture)],
            Select(stamps), stamps.Count, mostWidth, cancellation);
    }

    /// <summary>Frames with these stamps, read from the beginning of the video: for those to which no jump leads, as behind a break in the stamps.</summary>
    /// <inheritdoc cref="ByStampAsync"/>
    public Task<IReadOnlyList<byte[]>> ByStampWithoutJumpAsync(VideoInfo video, IReadOnlyList<long> stamps, int mostWidth, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(stamps);
        return RunAsync(video, [], Select(stamps), stamps.Count, mostWidth, cancellation);
    }

    /// <summary>The frame with this place among the frames that decode; reads the video from its beginning.</summary>
    /// <param name="video">The source, as it was probed.</param>
    /// <param name="place">0 for the first frame that decodes.</param>
    /// <param name="mostWidth">Wider pictures are made smaller; smaller ones stay.</param>
    /// <param name="cancellation">Ends ffmpeg at once.</param>
    /// <returns>One JPEG; nothing when there are not so many frames.</returns>
    /// <exception cref="PoseBatchException">As <see cref="ByStampAsync"/>.</exception>
    public Task<IReadOnlyList<byte[]>> ByPlaceAsync(VideoInfo video, long place, int mostWidth, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        return RunAsync(video, [], string.Create(CultureInfo.InvariantCulture, $"eq(n,{place})"), 1, mostWidth, cancellation);
    }

    private static string Select(IReadOnlyList<long> stamps) =>
        string.Join('+', stamps.Select(stamp => string.Create(CultureInfo.InvariantCulture, $"eq(pts,{stamp})")));

    private async Task<IReadOnlyList<byte[]>> RunAsync(
        VideoInfo video, string[] jump, string select, int count, int mostWidth, CancellationToken cancellation)
    {
        string turn = new Orientation(video.MirrorApplied, video.RotationApplied).Filters;
        string width = string.Create(CultureInfo.InvariantCulture, $"min(iw,{mostWidth})");
        List<string> words =
        [
            "-hide_banner", "-nostdin", "-v", "error", "-max_error_rate", "1", "-threads", "2",
            "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
            "-max_pixels", string.Create(CultureInfo.InvariantCulture, $"{options.MaxPixels}"),
        ];
        if (Containers.ForcedDemuxer(video.Container) is { } demuxer)
        {
            words.AddRange(["-f", demuxer]);
        }

        words.AddRange([.. jump, "-noautorotate", "-copyts", "-i", "file:" + video.Path]);
        words.AddRange(
        [
            "-map", string.Create(CultureInfo.InvariantCulture, $"0:{video.StreamIndex}"), "-an", "-sn", "-dn", "-map_metadata", "-1",
            "-vf", $"select={FilterText.Escape(select)},{turn}{(turn.Length > 0 ? "," : string.Empty)}scale={FilterText.Escape(width)}:-2:flags=bilinear:out_range=pc",
            "-fps_mode", "passthrough", "-frames:v", string.Create(CultureInfo.InvariantCulture, $"{count}"),
            "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "4", "-f", "image2pipe", "-flags:v", "+bitexact", "pipe:1",
        ]);
        ChildAnswer answer = await ChildRun.CollectAsync(
            tools.FfmpegPath, words, _clock, limit, cancellation, options.LauncherFor(video.Path), $"while it read a picture of '{video.Path}'");
        IReadOnlyList<byte[]> pictures = Split(answer.Output);
        return pictures.Count > 0 || answer.ExitCode == 0
            ? pictures
            : throw new PoseBatchException(
                ReasonCode.DecodeFailed, $"{tools.Version} could not read the picture (exit code {answer.ExitCode}): {answer.Errors.Trim()}");
    }

    /// <summary>Parts one JPEG after the other, marker by marker (ITU-T T.81, annex B).</summary>
    internal static IReadOnlyList<byte[]> Split(ReadOnlySpan<byte> stream)
    {
        List<byte[]> pictures = [];
        while (LengthOfFirst(stream) is > 0 and int length)
        {
            pictures.Add(stream[..length].ToArray());
            stream = stream[length..];
        }

        return pictures;
    }

    private static int LengthOfFirst(ReadOnlySpan<byte> stream)
    {
        const byte Marker = 0xFF, Start = 0xD8, End = 0xD9, Scan = 0xDA;
        if (!stream.StartsWith((ReadOnlySpan<byte>)[Marker, Start]))
        {
            return 0;
        }

        int at = 2;
        while (at + 4 <= stream.Length && stream[at] == Marker)
        {
            byte kind = stream[at + 1];
            at += 2 + (stream[at + 2] << 8 | stream[at + 3]);
            if (kind != Scan)
            {
                continue;
            }

            // Within the coded picture a marker byte is followed by 0 or by the number of a restart.
            for (; at + 1 < stream.Length; at++)
            {
                if (stream[at] == Marker && stream[at + 1] == End)
                {
                    return at + 2;
                }

                if (stream[at] == Marker && stream[at + 1] is not (0 or Marker or (>= 0xD0 and <= 0xD7)))
                {
                    break;   // a further table or scan
                }
            }
        }

        return 0;
    }
}
