using System.Globalization;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>The words of the two command lines that read a video. Lists of words: no shell ever sees them.</summary>
internal static class DecodeCommand
{
    private const int PixelsPerThread = 1280 * 720;

    /// <summary>Decodes one stream into NUT on standard output, one <c>showinfo</c> line per frame on standard error.</summary>
    public static List<string> Decode(VideoInfo video, FrameFormat format, FfmpegOptions options)
    {
        List<string> words =
        [
            "-hide_banner", "-nostdin", "-nostats",
            // Every line with its level, none folded into "last message repeated".
            "-loglevel", "repeat+level+info",
            "-threads", Number(Threads(video, options)),
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

    private static List<string> Input(VideoInfo video, int maxPixels, bool isFfprobe = false) =>
        InputArguments.Of(video.Path, Containers.ForcedDemuxer(video.Container), maxPixels, isFfprobe);

    /// <summary>Lists when the packets of all streams from a time on are shown, and for how long, in seconds.</summary>
    public static List<string> ListEnd(VideoInfo video, double fromSeconds, FfmpegOptions options) =>
    [
        "-hide_banner", "-v", "quiet",
        "-read_intervals", string.Create(CultureInfo.InvariantCulture, $"{fromSeconds:0.###}%"),
        "-show_entries", "packet=pts_time,dts_time,duration_time", "-of", "csv=p=0",
        .. Input(video, options.MaxPixels, isFfprobe: true),
    ];

    private static string Filters(VideoInfo video, FrameFormat format)
    {
        string turn = new Orientation(video.MirrorApplied, video.RotationApplied).Filters;
        string scale = $"scale={Number(format.Size.Width)}:{Number(format.Size.Height)}:flags={Scaler(video, format)}";
        return $"{turn}{(turn.Length > 0 ? "," : "")}showinfo=checksum=0,{scale}";
    }

    // Pixel centres at halves on both axes, as the map back assumes, and no aliasing when many pixels become one. The cheaper
    // fast_bilinear steps by (w-2)/(w'-2) from the first column on: up to a whole cell of skew across a picture.
    private static string Scaler(VideoInfo video, FrameFormat format) =>
        format.Size.Width < video.DisplaySize.Width || format.Size.Height < video.DisplaySize.Height ? "area" : "bilinear";

    /// <summary>
    /// As many threads as the picture needs to keep up with a small network, never more than cores: 720p and less are best
    /// decoded by one, and threads beyond the cores only get in inference's way.
    /// </summary>
    private static int Threads(VideoInfo video, FfmpegOptions options)
    {
        if (options.DecodeThreads > 0)
        {
            return options.DecodeThreads;
        }

        long pixels = (long)video.DisplaySize.Width * video.DisplaySize.Height;
        long needed = (pixels + PixelsPerThread - 1) / PixelsPerThread;
        return (int)Math.Clamp(needed, 1, Math.Min(Environment.ProcessorCount, 16));
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
