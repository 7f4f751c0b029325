using System.Globalization;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>The words of the two command lines that read a video. Lists of words: no shell ever sees them.</summary>
internal static class DecodeCommand
{
    /// <summary>Decodes one stream into NUT on standard output, one <c>showinfo</c> line per frame on standard error.</summary>
    public static List<string> Decode(VideoInfo video, FrameFormat format, FfmpegOptions options)
    {
        List<string> words =
        [
            "-hide_banner", "-nostdin", "-nostats",
            // Every line with its level, none folded into "last message repeated".
            "-loglevel", "repeat+level+info",
            "-threads", Number(options.DecodeThreads),
        ];
        words.AddRange(Input(video, options.MaxPixels));
        words.AddRange(
        [
            "-map", $"0:{Number(video.StreamIndex)}", "-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
            // Every frame once, with the stamp it came with; damage never ends the run.
            "-fps_mode", "passthrough", "-enc_time_base", video.TimeBase.ToString(), "-max_error_rate", "1",
            "-vf", Filters(video, format), "-filter_threads", "1",
            "-c:v", "rawvideo", "-pix_fmt", format.Layout == PixelLayout.Rgb24 ? "rgb24" : "yuv420p",
            "-f", "nut", "-syncpoints", "none", "-strict", "experimental", "-write_index", "0", "pipe:1",
        ]);
        return words;
    }

    /// <summary>Lists stamps and flags of the stream's packets, in the order of the file, without decoding them.</summary>
    public static List<string> ListPackets(VideoInfo video, FfmpegOptions options) =>
    [
        "-hide_banner", "-v", "quiet",
        "-select_streams", Number(video.StreamIndex), "-show_entries", "packet=pts,dts,flags", "-of", "csv=p=0",
        .. Input(video, options.MaxPixels, isFfprobe: true),
    ];

    private static List<string> Input(VideoInfo video, int maxPixels, bool isFfprobe = false)
    {
        List<string> words =
        [
            "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
            "-max_pixels", Number(maxPixels),
        ];
        if (Containers.ForcedDemuxer(video.Container) is { } demuxer)
        {
            words.AddRange(["-f", demuxer]);
        }

        if (!isFfprobe)
        {
            words.AddRange(["-noautorotate", "-copyts"]);
        }

        words.AddRange(["-i", $"file:{video.Path}"]);
        return words;
    }

    private static string Filters(VideoInfo video, FrameFormat format)
    {
        string turn = new Orientation(video.MirrorApplied, video.RotationApplied).Filters;
        string scale = $"scale={Number(format.Size.Width)}:{Number(format.Size.Height)}:flags=fast_bilinear";
        return $"{turn}{(turn.Length > 0 ? "," : "")}showinfo=checksum=0,{scale}";
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
