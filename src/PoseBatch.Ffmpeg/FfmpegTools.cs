using System.Text;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Jobs;

namespace PoseBatch.Ffmpeg;

/// <summary>The ffmpeg and ffprobe of this machine, found and asked for their version.</summary>
public sealed class FfmpegTools
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(30);

    private FfmpegTools(string ffmpegPath, string ffprobePath, FfmpegVersion version)
    {
        FfmpegPath = ffmpegPath;
        FfprobePath = ffprobePath;
        Version = version.ToString();
        Release = version.Number;
    }

    /// <summary>Full path of ffmpeg.</summary>
    public string FfmpegPath { get; }

    /// <summary>Full path of ffprobe.</summary>
    public string FfprobePath { get; }

    /// <summary>For example <c>ffmpeg 5.1.9</c>.</summary>
    public string Version { get; }

    /// <summary>The number of the release; null for builds between releases.</summary>
    internal Version? Release { get; }

    /// <summary>Looks for both programs and asks them for their version.</summary>
    /// <exception cref="PoseBatchException">codec_unsupported: a program is missing, does not run or is too old.</exception>
    public static FfmpegTools Find(FfmpegOptions options)
    {
        string ffmpeg = Locate("ffmpeg", options.FfmpegPath, nameof(FfmpegOptions.FfmpegPath));
        string ffprobe = Locate("ffprobe", options.FfprobePath, nameof(FfmpegOptions.FfprobePath));
        FfmpegVersion version = AskVersion(ffmpeg);
        FfmpegVersion probeVersion = AskVersion(ffprobe);
        foreach ((string path, FfmpegVersion found) in ((string, FfmpegVersion)[])[(ffmpeg, version), (ffprobe, probeVersion)])
        {
            if (!found.IsUsable)
            {
                throw new PoseBatchException(
                    ReasonCode.CodecUnsupported,
                    $"{path} is version {found.Name}, but {FfmpegVersion.Oldest} is the oldest that can be used.",
                    $"Install a newer ffmpeg, or point {FfmpegOptions.Section}:{nameof(FfmpegOptions.FfmpegPath)} and {FfmpegOptions.Section}:{nameof(FfmpegOptions.FfprobePath)} to one.");
            }
        }

        return new(ffmpeg, ffprobe, version);
    }

    private static string Locate(string program, string name, string option) => Executable.Find(name)
        ?? throw new PoseBatchException(
            ReasonCode.CodecUnsupported,
            name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? $"{program} is not at '{name}', or may not be run."
                : $"{program} was not found: no folder of PATH holds a program named '{name}'.",
            $"Install ffmpeg {FfmpegVersion.Oldest} or later (it brings ffprobe), or set {FfmpegOptions.Section}:{option}.");

    private static FfmpegVersion AskVersion(string path)
    {
        string said;
        try
        {
            ChildAnswer answer = ChildRun
                .CollectAsync(path, ["-version"], TimeProvider.System, VersionLimit, CancellationToken.None)
                .GetAwaiter().GetResult();
            said = Encoding.UTF8.GetString(answer.Output);
            if (answer.ExitCode == 0 && FfmpegVersion.Parse(said) is { } version)
            {
                return version;
            }

            said = $"it ended with code {answer.ExitCode} and said '{FirstLine(answer.Errors, said)}'";
        }
        catch (PoseBatchException failure)
        {
            said = failure.Message.TrimEnd('.');
        }

        throw new PoseBatchException(
            ReasonCode.CodecUnsupported,
            $"{path} does not run: {said}.",
            $"Try '{path} -version' by hand; a library it needs may be missing.");
    }

    private static string FirstLine(params ReadOnlySpan<string> texts)
    {
        foreach (string text in texts)
        {
            if (text.AsSpan().Trim() is { Length: > 0 } said)
            {
                int end = said.IndexOf('\n');
                return (end < 0 ? said : said[..end]).ToString();
            }
        }

        return "nothing";
    }
}
