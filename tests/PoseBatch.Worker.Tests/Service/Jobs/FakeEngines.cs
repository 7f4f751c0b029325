using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

/// <summary>Networks that are loaded at once, or not at all.</summary>
internal sealed class FakeEngines : IEngineLoader
{
    /// <summary>All that were loaded, in order.</summary>
    public List<Engine> Loaded { get; } = [];

    /// <summary>What is wrong with the model; null for nothing.</summary>
    public PoseBatchException? Fault { get; set; }

    /// <summary>Name of the provider of what is loaded next.</summary>
    public string Provider { get; set; } = "cpu";

    /// <summary>Loading waits for it.</summary>
    public Task Ready { get; set; } = Task.CompletedTask;

    /// <summary>What the files look like.</summary>
    public string Stamp { get; set; } = string.Empty;

    public string StampOf(EngineKey key) => Stamp;

    public ILoadedEngine Load(EngineKey key)
    {
        Ready.Wait(TestContext.Current.CancellationToken);
        if (Fault is { } fault)
        {
            throw fault;
        }

        Engine engine = new(key, Provider);
        lock (Loaded)
        {
            Loaded.Add(engine);
        }

        return engine;
    }

    internal sealed class Engine(EngineKey key, string provider) : ILoadedEngine
    {
        public EngineKey Key => key;

        public bool IsDisposed { get; private set; }

        public string Runs => key.Model;

        public string Provider => provider;

        public string? Sha256 => null;

        public long WaitingCount { get; set; }

        public TimeSpan Inferring { get; set; }

        public TimeSpan LongestCall => TimeSpan.Zero;

        public Task<JobReport> RunAsync(VideoJob job, Action<VideoInfo, RunMeters> probed, Action moved, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
