using System.Collections.Concurrent;
using PoseBatch.Models;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Loads networks as the settings say, and says once in the log why no better provider runs them. Thread-safe.</summary>
internal sealed class EngineLoader(Settings settings, ILogger logger, TimeProvider clock) : IEngineLoader
{
    private readonly ConcurrentDictionary<ProviderRefusal, bool> _said = new();

    /// <inheritdoc/>
    public string StampOf(EngineKey key) =>
        ModelFolders.StampOf(settings, key.Model) + (key.Detector is { Length: > 0 } detector ? ModelFolders.StampOf(settings, detector) : null);

    /// <inheritdoc/>
    public ILoadedEngine Load(EngineKey key)
    {
        ModelHost host = ModelHost.Open(settings with
        {
            Models = settings.Models with { Default = key.Model, Detector = key.Detector },
            Inference = settings.Inference with { Provider = key.Provider, BatchSize = key.Batch },
            Poses = settings.Poses with { CropRegion = key.CropRegion },
        });
        foreach (ProviderRefusal refused in host.Refusals.Where(refused => _said.TryAdd(refused, true)))
        {
            // A service loads many networks; what holds for all of them is said once.
            HostingLog.ProviderRefused(logger, refused.Provider, refused.Reason);
        }

        return new LoadedEngine(host, clock);
    }

    private sealed class LoadedEngine(ModelHost host, TimeProvider clock) : ILoadedEngine
    {
        public string Runs => host.Runs;

        public string? Caution => host.Caution;

        public string Provider => host.Engine.Estimator.Provider.Name;

        public string? Sha256 => host.Engine.Estimator.Description.Sha256;

        public long WaitingCount => host.Engine.WaitingCount;

        public TimeSpan Inferring => host.Engine.Inferring;

        public TimeSpan LongestCall => host.Engine.LongestCall;

        public Task<JobReport> RunAsync(VideoJob job, Action<VideoInfo, RunMeters> probed, Action moved, CancellationToken cancellation) =>
            host.Runner(clock, moved).RunAsync(job, probed, cancellation);

        public ValueTask DisposeAsync() => host.DisposeAsync();
    }
}
