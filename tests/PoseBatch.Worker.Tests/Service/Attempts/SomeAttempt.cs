using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Attempts;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Attempts;

/// <summary>The parts of an attempt at one job, over a store that answers as it is told.</summary>
internal sealed class SomeAttempt : IDisposable
{
    public SomeAttempt(JobLease? lease = null)
    {
        Lease = lease ?? SomeJob.Lease();
        Watched = new(Store, new(NullLogger.Instance, Clock), Clock);
        Metrics = new(Guid.NewGuid().ToString());
        Progress = new(Metrics, Clock);
        Held = new(Lease, Watched, Stop);
    }

    public ManualClock Clock { get; } = new();

    public StubStore Store { get; } = new();

    public WatchedStore Watched { get; }

    public JobLease Lease { get; }

    public AttemptStop Stop { get; } = new();

    public ServiceMetrics Metrics { get; }

    public AttemptProgress Progress { get; }

    public HeldLease Held { get; }

    public void Dispose()
    {
        Stop.Dispose();
        Metrics.Dispose();
    }
}
