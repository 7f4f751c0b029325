using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>How far an attempt is, for the store, the meters and whoever waits for it. Counts from when it is made. Thread-safe.</summary>
internal sealed class AttemptProgress(ServiceMetrics metrics, TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();
    private readonly Lock _counting = new();
    private readonly TaskCompletionSource _hasFrames = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hasCheckpointed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RunMeters? _meters;
    private volatile ServiceMetrics.RunReading? _reading;
    private volatile VideoInfo? _video;
    private volatile string? _runs;
    private int _segments;
    private int _steps;

    /// <summary>Done when the first frame has been decoded, or the attempt has ended.</summary>
    public Task HasFrames => _hasFrames.Task;

    /// <summary>Done when one more segment is safe than there was, or the attempt has ended.</summary>
    public Task HasCheckpointed => _hasCheckpointed.Task;

    /// <summary>Whether the last frame has been decoded.</summary>
    public bool HasDecodedAll => _meters is { AllDecoded.IsCompleted: true };

    /// <summary>A number that grows as long as anything moves.</summary>
    public long Activity => Volatile.Read(ref _steps) + (_meters?.Activity ?? 0);

    /// <summary>Wall time so far.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_began);

    /// <summary>Time of the last frame, seconds since the first.</summary>
    public double Seconds => _meters?.LastSeconds ?? 0;

    /// <summary>What is being run, for people: model, provider; null before it is loaded.</summary>
    public string? Runs
    {
        get => _runs;
        set => _runs = value;
    }

    /// <summary>Something moved that no frame tells of.</summary>
    public void Step() => Interlocked.Increment(ref _steps);

    /// <summary>The container has been read; frames are counted from now on.</summary>
    /// <param name="video">What it holds.</param>
    /// <param name="meters">Count the frames.</param>
    /// <param name="decoded">Called on any thread when the last frame has been decoded.</param>
    public void Follow(VideoInfo video, RunMeters meters, Action decoded)
    {
        Step();
        (_video, _meters, _reading) = (video, meters, metrics.Follow(meters));
        Then(meters.FirstDecoded, () => _hasFrames.TrySetResult());
        Then(meters.AllDecoded, decoded);

        static void Then(Task done, Action action) =>
            done.ContinueWith(_ => action(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>So many segments are safe on disk.</summary>
    public void HasSegments(int count) => Volatile.Write(ref _segments, count);

    /// <summary>The store knows of one more of them.</summary>
    public void Checkpoint()
    {
        metrics.SegmentCommitted();
        _hasCheckpointed.TrySetResult();
    }

    /// <summary>Adds to the meters of the service what has been done since the last call.</summary>
    public void Count()
    {
        lock (_counting)
        {
            _reading?.Take();
        }
    }

    /// <summary>The attempt has ended: nobody waits for it any more.</summary>
    public void End()
    {
        _hasCheckpointed.TrySetResult();
        _hasFrames.TrySetResult();
    }

    /// <summary>How it stands now.</summary>
    public JobProgress Now()
    {
        RunMeters? meters = _meters;
        VideoInfo? video = _video;
        double elapsed = Elapsed.TotalSeconds;
        return new()
        {
            Frames = meters is null ? 0 : meters.Decoded + meters.Undecodable,
            AnnouncedFrames = video?.AnnouncedFrames,
            Seconds = Seconds,
            DurationSeconds = video?.DurationSeconds,
            FramesPerSecond = meters is null || elapsed <= 0 ? 0 : meters.Decoded / elapsed,
            Persons = meters?.Persons ?? 0,
            LimitedBy = meters is { Decoded: > 0 } ? meters.LimitedBy : null,
            Segments = Volatile.Read(ref _segments),
            Runs = _runs,
        };
    }
}
