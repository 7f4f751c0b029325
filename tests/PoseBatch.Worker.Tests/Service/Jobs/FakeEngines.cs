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

    /// <summary>What a run of a video does.</summary>
    public Func<VideoJob, CancellationToken, Task<JobReport>> Run { get; set; } = (_, _) => throw new NotSupportedException();

    /// <summary>How long the longest call has been running.</summary>
    public TimeSpan LongestCall { get; set; }

    public string StampOf(EngineKey key) => Stamp;

    public ILoadedEngine Load(EngineKey key)
    {
        Ready.Wait(TestContext.Current.CancellationToken);
        if (Fault is { } fault)
        {
            throw fault;
        }

        Engine engine = new(this, key, Provider);
        lock (Loaded)
        {
            Loaded.Add(engine);
        }

        return engine;
    }

    internal sealed class Engine(FakeEngines owner, EngineKey key, string provider) : ILoadedEngine
    {
        public EngineKey Key => key;

        public bool IsDisposed { get; private set; }

        public string Runs => key.Model;

        public string? Caution => null;

        public string Provider => provider;

        public string? Sha256 => null;

        public long WaitingCount { get; set; }

        public TimeSpan Inferring { get; set; }

        public TimeSpan LongestCall => owner.LongestCall;

        public Task<JobReport> RunAsync(VideoJob job, Action<VideoInfo, RunMeters> probed, Action moved, CancellationToken cancellation) =>
            owner.Run(job, cancellation);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
