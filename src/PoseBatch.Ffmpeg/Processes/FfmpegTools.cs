using System.Collections.Concurrent;
using System.Text;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>The ffmpeg and ffprobe of this machine, found and asked for their version.</summary>
public sealed class FfmpegTools
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(30);

    // Who was silent for so long on a busy machine is asked once more.
    private const int Questions = 2;

    // A program answers once for this process: every decoder of it knows. One that was replaced is another one.
    private static readonly ConcurrentDictionary<(string Path, long Length, long Ticks), FfmpegVersion> Answers = new();

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

    /// <summary>Looks for both programs and asks them for their version, once per start of this process.</summary>
    /// <exception cref="PoseBatchException">
    /// codec_unsupported: a program is missing, does not run or is too old; stalled: it did not answer in time.
    /// </exception>
    /// <exception cref="PoseBatchException">A program was ended by a signal whenever it was asked, or there was no memory for it.</exception>
    public static FfmpegTools Find(FfmpegOptions options)
    {
        string ffmpeg = Locate("ffmpeg", options.FfmpegPath, nameof(FfmpegOptions.FfmpegPath));
        string ffprobe = Locate("ffprobe", options.FfprobePath, nameof(FfmpegOptions.FfprobePath));
        FfmpegVersion version = VersionOf(ffmpeg);
        FfmpegVersion probeVersion = VersionOf(ffprobe);
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

    private static FfmpegVersion VersionOf(string path)
    {
        FileInfo file = new(path);
        (string, long, long) key = file.Exists ? (path, file.Length, file.LastWriteTimeUtc.Ticks) : (path, 0, 0);
        if (!Answers.TryGetValue(key, out FfmpegVersion? version))
        {
            version = AskVersion(path);
            Answers[key] = version;
        }

        return version;
    }

    private static FfmpegVersion AskVersion(string path)
    {
        for (int question = 1; ; question++)
        {
            string said;
            try
            {
                // Not behind the program, as decoders are: nothing can begin before the answer is there, so it is waited for.
                ChildAnswer answer = ChildRun
                    .CollectAsync(
                        path, ["-version"], TimeProvider.System, VersionLimit, CancellationToken.None,
                        doing: "when it was asked for its version", isBehind: false)
                    .GetAwaiter().GetResult();
                said = Encoding.UTF8.GetString(answer.Output);
                if (answer.ExitCode == 0 && FfmpegVersion.Parse(said) is { } version)
                {
                    return version;
                }

                said = $"it ended with code {answer.ExitCode} and said '{FirstLine(answer.Errors, said)}'";
            }
            catch (PoseBatchException silent) when (silent.Reason == ReasonCode.Stalled && question < Questions)
            {
                continue;
            }
            catch (PoseBatchException failure) when (failure.Reason == ReasonCode.Internal)
            {
                // It cannot be run, and not for want of memory.
                said = failure.Message.TrimEnd('.');
            }

            throw new PoseBatchException(
                ReasonCode.CodecUnsupported,
                $"{path} does not run: {said}.",
                $"Try '{path} -version' by hand; a library it needs may be missing.");
        }
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
