using PoseBatch.Pipeline;
using PoseBatch.Video;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>A loaded network as the service sees it. Thread-safe.</summary>
internal interface ILoadedEngine : IAsyncDisposable
{
    /// <summary>What runs, for people: model and provider.</summary>
    string Runs { get; }

    /// <summary>What whoever runs it should know, a sentence; null for nothing.</summary>
    string? Caution { get; }

    /// <summary>Name of the execution provider: cpu, cuda or tensorrt.</summary>
    string Provider { get; }

    /// <summary>SHA-256 of the network, lower-case hexadecimal; null when nobody knows.</summary>
    string? Sha256 { get; }

    /// <summary>Frames that wait for inference or are in it.</summary>
    long WaitingCount { get; }

    /// <summary>Time spent in running the network.</summary>
    TimeSpan Inferring { get; }

    /// <summary>How long the longest call that has not come back has been running; zero without one.</summary>
    TimeSpan LongestCall { get; }

    /// <summary>Runs a video to its end; every failure is a report.</summary>
    /// <param name="job">What was asked.</param>
    /// <param name="probed">Called once the container has been read, with the meters that will count.</param>
    /// <param name="moved">Called now and then while the source is hashed.</param>
    /// <param name="cancellation">Ends it at once, without a result.</param>
    Task<JobReport> RunAsync(VideoJob job, Action<VideoInfo, RunMeters> probed, Action moved, CancellationToken cancellation);
}

/// <summary>Loads networks.</summary>
internal interface IEngineLoader
{
    /// <summary>What the files of a kind look like on disk: another stamp, another network.</summary>
    /// <exception cref="PoseBatchException">model_missing.</exception>
    string StampOf(EngineKey key);

    /// <summary>Loads and warms up.</summary>
    /// <exception cref="PoseBatchException">The model or provider cannot be had.</exception>
    ILoadedEngine Load(EngineKey key);
}
