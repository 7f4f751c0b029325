using System.Diagnostics;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>What the decode tests share: ffmpeg run the plain way, and a decoder read to its end.</summary>
internal static class Clips
{
    public static FfmpegVideoDecoder Decoder { get; } = new(new FfmpegOptions { DecodeThreads = 1 });

    public static FrameFormat Thumbnail { get; } = new(PixelLayout.Rgb24, new(32, 32));

    /// <summary>Makes a clip.</summary>
    public static void Make(params string[] arguments) => Run("ffmpeg", ["-v", "error", "-y", .. arguments]);

    /// <summary>The stamps ffprobe gives the decoded frames of a stream; null where it gives none.</summary>
    public static long?[] BestEffortStamps(string path, int stream) =>
    [
        .. Run("ffprobe", "-v", "quiet", "-select_streams", $"{stream}", "-show_entries", "frame=best_effort_timestamp", "-of", "csv=p=0", $"file:{path}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => long.TryParse(line.TrimEnd(','), out long stamp) ? stamp : (long?)null),
    ];

    public static async Task<(VideoInfo Video, List<FrameStamp> Stamps, DecodeReport Report)> ReadAllAsync(
        string path, FrameFormat? format = null, int? stream = null, FfmpegVideoDecoder? decoder = null)
    {
        decoder ??= Decoder;
        VideoInfo video = await decoder.ProbeAsync(path, stream, TestContext.Current.CancellationToken);
        await using IVideoReader reader = decoder.Open(video, format ?? Thumbnail, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[(format ?? Thumbnail).ByteCount];
        List<FrameStamp> stamps = [];
        while (reader.TryRead(pixels, out FrameStamp stamp))
        {
            stamps.Add(stamp);
        }

        return (video, stamps, reader.Report);
    }

    public static string Run(string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(info)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return said;
    }
}
