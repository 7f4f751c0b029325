using System.Globalization;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>How every ffmpeg and ffprobe opens its file.</summary>
internal static class InputArguments
{
    /// <summary>The words that open a file: this one, by its demuxer, and nothing else.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="demuxer">The demuxer to force; null for those ffmpeg finds by itself.</param>
    /// <param name="maxPixels">The largest picture.</param>
    /// <param name="isFfprobe">ffprobe neither turns pictures nor shifts stamps, and knows no words against it.</param>
    public static List<string> Of(string path, string? demuxer, int maxPixels, bool isFfprobe = false)
    {
        List<string> words =
        [
            "-protocol_whitelist", "file", "-format_whitelist", Containers.Whitelist,
            "-max_pixels", maxPixels.ToString(CultureInfo.InvariantCulture),
        ];
        if (demuxer is not null)
        {
            words.AddRange(["-f", demuxer]);
        }

        if (!isFfprobe)
        {
            words.AddRange(["-noautorotate", "-copyts"]);
        }

        // "file:" and a full path: no name can then act as an option or as a protocol.
        words.AddRange(["-i", $"file:{path}"]);
        return words;
    }
}
