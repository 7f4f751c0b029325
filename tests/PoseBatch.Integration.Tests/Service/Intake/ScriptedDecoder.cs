using System.Collections.Concurrent;
using PoseBatch.Video;

namespace PoseBatch.Service.Intake;

/// <summary>Opens every file as a video of five seconds, unless it is told what to say of a name.</summary>
internal sealed class ScriptedDecoder : IVideoDecoder
{
    private readonly ConcurrentQueue<string> _opened = new();

    /// <summary>Says of which file what; null for a video.</summary>
    public Func<string, PoseBatchException?> Refuses { get; set; } = _ => null;

    /// <summary>Runs while a file is open.</summary>
    public Func<string, Task> WhileOpen { get; set; } = _ => Task.CompletedTask;

    /// <summary>Names of the files that were opened, in order.</summary>
    public IReadOnlyList<string> Opened => [.. _opened.Select(path => Path.GetFileName(path))];

    public string Version => "scripted";

    public async Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation)
    {
        _opened.Enqueue(path);
        await WhileOpen(path).WaitAsync(cancellation);
        if (Refuses(path) is { } refusal)
        {
            throw refusal;
        }

        return new()
        {
            Path = path,
            SizeBytes = 1,
            ModifiedUtc = default,
            Container = "mov",
            Codec = "h264",
            PixelFormat = "yuv420p",
            StreamIndex = 0,
            DisplaySize = new(64, 48),
            RotationApplied = default,
            MirrorApplied = default,
            SampleAspectRatio = new(1, 1),
            TimeBase = new(1, 1000),
            NominalFps = new(25, 1),
            DurationSeconds = 5,
            AnnouncedFrames = 125,
            TimeSource = TimeSource.Pts,
        };
    }

    public SourceMark MarkOf(string path) => default;

    public IVideoReader Open(VideoInfo video, FrameFormat format, CancellationToken cancellation) => throw new NotSupportedException();

    public static PoseBatchException Unsettled(string path) => new(ReasonCode.SourceUnsettled, $"'{path}' has no index.", "Wait.");

    public static PoseBatchException NotVideo(string path) => new(ReasonCode.NotVideo, $"'{path}' is no video.", "Name another.");
}
