namespace PoseBatch.Ffmpeg.Processes;

/// <summary>Which ffmpeg decodes, and how much it may take.</summary>
public sealed record FfmpegOptions
{
    /// <summary>The section of appsettings.json from which the program fills this; advice names its keys.</summary>
    public const string Section = "Decode";

    /// <summary>The key from which <see cref="StallTimeout"/> is filled.</summary>
    internal const string StallKey = $"{Section}:StallSeconds";

    /// <summary>The largest <see cref="DecodeThreads"/>.</summary>
    public const int MostDecodeThreads = 64;

    /// <summary>The longest <see cref="StallTimeout"/>, in seconds; the shortest is 1.</summary>
    public const int MostStallSeconds = 3600;

    /// <summary>The largest <see cref="MaxPixels"/>.</summary>
    public const int MostPixels = 1 << 30;

    /// <summary>The ffmpeg program: a path, or a name that is looked up in PATH. Version 5.1 or later. Default <c>ffmpeg</c>.</summary>
    public string FfmpegPath { get; init; } = "ffmpeg";

    /// <summary>The ffprobe program, as <see cref="FfmpegPath"/>. Default <c>ffprobe</c>.</summary>
    public string FfprobePath { get; init; } = "ffprobe";

    /// <summary>
    /// What stands before the command line of a decoder or probe to confine it, from <see cref="PoseBatch.Ffmpeg.Processes.ConfinedLauncher"/>;
    /// empty (default) for nothing.
    /// </summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>
    /// Threads of one decoder, 0 to <see cref="MostDecodeThreads"/>; 0 (default) takes one per 1280x720 pixels of picture, at most one per core.
    /// With several jobs at a time 1 is best: threads beyond the cores only get in each other's way.
    /// </summary>
    public int DecodeThreads { get; init; }

    /// <summary>
    /// Whether a video is decoded again by one thread as soon as damage shows. Default true. Several threads conceal damage
    /// differently every time; with false a damaged video is done sooner, but two runs may differ in its damaged frames.
    /// </summary>
    public bool RepeatDamagedWithOneThread { get; init; } = true;

    /// <summary>
    /// Longest wait for the next frame, and for the whole of a probe, 1 to <see cref="MostStallSeconds"/> seconds. Default 60 seconds. Then the
    /// child is killed and the job ends with <c>stalled</c>.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Largest picture that is decoded, in pixels, 1 to <see cref="MostPixels"/>. Default 8192 x 8192. A guard against files that
    /// announce pictures no memory can hold; larger ones end with <c>codec_unsupported</c>.
    /// </summary>
    public int MaxPixels { get; init; } = 8192 * 8192;

    /// <summary>How many of the decoder's warnings and errors are kept word for word, 0 to 10000. Default 50; all are counted.</summary>
    public int KeptMessages { get; init; } = 50;

    /// <summary>
    /// Capacity asked of the pipe that carries the pictures, in bytes, 4 KiB to 64 MiB. Default 1 MiB, the most an
    /// unprivileged process gets on a default Linux; when refused, the pipe stays as it is.
    /// </summary>
    public int PipeBytes { get; init; } = 1 << 20;

    /// <summary>The launcher for a child that reads this video and nothing else; empty for none.</summary>
    internal IReadOnlyList<string> LauncherFor(string videoPath) => PoseBatch.Ffmpeg.Processes.ConfinedLauncher.ForReading(Launcher, videoPath);

    /// <summary>The launcher for a child that reads these and makes one file; empty for none.</summary>
    internal IReadOnlyList<string> LauncherFor(IEnumerable<string> reads, string writes) => PoseBatch.Ffmpeg.Processes.ConfinedLauncher.ForDrawing(Launcher, reads, writes);
}
