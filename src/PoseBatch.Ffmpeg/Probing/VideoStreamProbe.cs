using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>
/// Describes the video streams of a file alone. ffprobe opens a decoder for every stream and gives up when one cannot be opened, so that
/// a damaged header of the sound would cost the pictures; ffmpeg opens none for streams that it copies.
/// </summary>
internal sealed partial class VideoStreamProbe(FfmpegTools tools, FfmpegOptions options, TimeProvider clock)
{
    private const int HeadPackets = 40;

    /// <summary>What ffprobe would have said of them (see <see cref="ContainerProbe"/>), as far as ffmpeg says it; null when there are none.</summary>
    /// <exception cref="PoseBatchException">stalled.</exception>
    public async Task<JsonElement?> DescribeAsync(SourceFile file, CancellationToken cancellation)
    {
        ChildAnswer answer;
        try
        {
            answer = await ChildRun.CollectAsync(
                tools.FfmpegPath, Arguments(file), clock, options.StallTimeout, cancellation, options.LauncherFor(file.Path),
                $"while it described '{file.Path}'");
        }
        catch (InvalidDataException)
        {
            return null;
        }

        // Titles and names may read like anything; only lines of ffmpeg's own indentation count.
        string said = answer.Errors.Replace(file.Path, "", StringComparison.Ordinal);
        return Read(said, Encoding.UTF8.GetString(answer.Output));
    }

    /// <summary>Puts the description of the input (standard error) and the list of copied packets (standard output) together.</summary>
    internal static JsonElement? Read(string said, string listed)
    {
        Match container = ContainerLine().Match(said);
        List<(int Input, int Output)> mapped =
        [
            .. MappingLine().Matches(said).Select(match => (Number(match.Groups["from"]), Number(match.Groups["to"]))),
        ];
        if (!container.Success || mapped.Count == 0)
        {
            return null;
        }

        Dictionary<string, string> header = listed.Split('\n')
            .Select(line => HeaderLine().Match(line))
            .Where(match => match.Success)
            .DistinctBy(match => match.Groups["name"].Value)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.Ordinal);
        return JsonSerializer.SerializeToElement(new Dictionary<string, object?>
        {
            ["format"] = new Dictionary<string, object?>
            {
                ["format_name"] = container.Groups["name"].Value,
                ["duration"] = DurationLine().Match(said) is { Success: true } duration ? SecondsOf(duration.Groups["clock"].Value) : null,
            },
            ["streams"] = mapped.Select(pair => Stream(said, header, listed, pair.Input, pair.Output)).ToList(),
        });
    }

    private static Dictionary<string, object?> Stream(string said, Dictionary<string, string> header, string listed, int input, int output)
    {
        Match line = StreamLines().Matches(said).FirstOrDefault(match => Number(match.Groups["index"]) == input) ?? Match.Empty;
        string facts = line.Groups["facts"].Value;
        string? size = header.GetValueOrDefault($"dimensions {output}");
        string[] sides = (size ?? "0x0").Split('x');
        string[]? first = listed.Split('\n')
            .Where(row => !row.StartsWith('#'))
            .Select(row => row.Split(',', StringSplitOptions.TrimEntries))
            .FirstOrDefault(row => row.Length > 2 && row[0] == output.ToString(CultureInfo.InvariantCulture));
        Dictionary<string, object?> stream = new()
        {
            ["index"] = input,
            ["codec_type"] = "video",
            ["codec_name"] = header.GetValueOrDefault($"codec_id {output}"),
            ["pix_fmt"] = PixelFormat().Match(facts) is { Success: true } format ? format.Groups["name"].Value : null,
            ["width"] = int.Parse(sides[0], CultureInfo.InvariantCulture),
            ["height"] = int.Parse(sides[1], CultureInfo.InvariantCulture),
            ["sample_aspect_ratio"] = header.GetValueOrDefault($"sar {output}")?.Replace('/', ':'),
            ["time_base"] = header.GetValueOrDefault($"tb {output}"),
            ["avg_frame_rate"] = Rate().Match(facts) is { Success: true } rate ? RationalRate(rate.Groups["fps"].Value) : null,
            ["start_pts"] = first is not null && long.TryParse(first[2], CultureInfo.InvariantCulture, out long pts) ? pts : null,
            ["disposition"] = new Dictionary<string, int>
            {
                ["default"] = facts.Contains("(default)", StringComparison.Ordinal) ? 1 : 0,
                ["attached_pic"] = facts.Contains("(attached pic)", StringComparison.Ordinal) ? 1 : 0,
                ["timed_thumbnails"] = facts.Contains("(timed thumbnails)", StringComparison.Ordinal) ? 1 : 0,
            },
        };
        if (Turn().Match(line.Groups["side"].Value) is { Success: true } turn)
        {
            // ffmpeg says the angle only, anticlockwise; a mirror cannot be told here.
            stream["side_data_list"] = new[] { new Dictionary<string, object?> { ["displaymatrix"] = MatrixOf(double.Parse(turn.Groups["angle"].Value, CultureInfo.InvariantCulture)) } };
        }

        return stream;
    }

    private List<string> Arguments(SourceFile file) =>
    [
        "-hide_banner", "-nostdin", "-nostats", "-loglevel", "info",
        .. InputArguments.Of(file.Path, file.StillDemuxer, options.MaxPixels),
        "-map", "0:v", "-c", "copy", "-copyts", "-frames:v", HeadPackets.ToString(CultureInfo.InvariantCulture), "-f", "framecrc", "pipe:1",
    ];

    // "29.97 fps" stands for 30000/1001.
    private static string RationalRate(string fps)
    {
        double rate = double.Parse(fps, CultureInfo.InvariantCulture);
        double whole = Math.Ceiling(rate);
        return whole - rate > 0.001 && Math.Abs((whole * 1000 / 1001) - rate) < 0.006
            ? string.Create(CultureInfo.InvariantCulture, $"{whole * 1000}/1001")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(rate * 100)}/100");
    }

    private static string? SecondsOf(string text)
    {
        string[] parts = text.Split(':');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture) * 3600d + int.Parse(parts[1], CultureInfo.InvariantCulture) * 60
            + double.Parse(parts[2], CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);
    }

    private static string MatrixOf(double anticlockwise)
    {
        (double sine, double cosine) = Math.SinCos(-anticlockwise * Math.PI / 180);
        long s = (long)Math.Round(sine * 65536);
        long c = (long)Math.Round(cosine * 65536);
        return string.Create(CultureInfo.InvariantCulture, $"00000000: {c} {s} 0\n00000001: {-s} {c} 0\n00000002: 0 0 1073741824\n");
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Input #0, (?<name>[^ ]+), from ", RegexOptions.Multiline)]
    private static partial Regex ContainerLine();

    [GeneratedRegex(@"^  Duration: (?<clock>\d+:\d\d:\d\d\.\d+)", RegexOptions.Multiline)]
    private static partial Regex DurationLine();

    [GeneratedRegex(@"^  Stream #0:(?<index>\d+)[^ ]*: Video: (?<facts>[^\n]*)\n(?<side>(?:    [^\n]*\n)*)", RegexOptions.Multiline)]
    private static partial Regex StreamLines();

    [GeneratedRegex(@"^  Stream #0:(?<from>\d+) -> #0:(?<to>\d+) \(copy\)", RegexOptions.Multiline)]
    private static partial Regex MappingLine();

    [GeneratedRegex(@"^#(?<name>[a-z_]+ \d+): (?<value>.+)$")]
    private static partial Regex HeaderLine();

    [GeneratedRegex(@", (?<name>(?:yuva?|rgba?|bgra?|argb|gray|gbr|pal|nv|p0|mono)[a-z0-9]*)")]
    private static partial Regex PixelFormat();

    [GeneratedRegex(@", (?<fps>\d+(?:\.\d+)?) fps")]
    private static partial Regex Rate();

    [GeneratedRegex(@"displaymatrix: rotation of (?<angle>-?\d+(?:\.\d+)?) degrees")]
    private static partial Regex Turn();
}
