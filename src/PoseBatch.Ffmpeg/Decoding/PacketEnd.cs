using System.Globalization;
using System.Text;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>Asks when the last packet of any stream ends: sound may go on behind the pictures, and the last picture may be shown for long.</summary>
internal static class PacketEnd
{
    /// <summary>The end of the last packet behind a time.</summary>
    /// <param name="setup">The decode whose video is asked.</param>
    /// <param name="fromSeconds">From where on packets are read, by the container's clock.</param>
    /// <returns>Seconds by the container's clock; null when no packet says.</returns>
    /// <exception cref="PoseBatchException">stalled, or the child was lost.</exception>
    public static double? Find(DecodeSetup setup, double fromSeconds)
    {
        (FfmpegTools tools, FfmpegOptions options, TimeProvider clock, VideoInfo video, CancellationToken cancellation) = setup;

        // A decode has a thread of its own, which reads from this child as it reads from the decoder.
        ChildAnswer answer = ChildRun
            .CollectAsync(
                tools.FfprobePath, DecodeCommand.ListEnd(video, fromSeconds, options), clock, options.StallTimeout, cancellation, options.LauncherFor(video.Path),
                $"while it looked for the end of '{video.Path}'")
            .GetAwaiter().GetResult();
        return Read(Encoding.UTF8.GetString(answer.Output));
    }

    /// <summary>Reads lines of <c>pts,dts,duration</c>, in seconds or N/A.</summary>
    internal static double? Read(string listed)
    {
        double? end = null;
        foreach (string line in listed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(',');
            double? start = fields.Length > 2 ? Number(fields[0]) ?? Number(fields[1]) : null;
            double? packetEnd = start + (Number(fields[^1]) ?? 0);
            end = packetEnd > end || end is null ? packetEnd ?? end : end;
        }

        return end;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
