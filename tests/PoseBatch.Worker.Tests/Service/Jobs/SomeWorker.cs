using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

/// <summary>The parts of a worker over a store that answers as it is told, with attempts that go on until a test ends them.</summary>
internal sealed class SomeWorker : IWorkGate
{
    public SomeWorker(int slots)
    {
        Watched = new(Store, new(NullLogger.Instance, Clock), Clock);
        Running = new(
            slots,
            (lease, most, drain) =>
            {
                FakeAttempt attempt = new(lease.Id, most, drain);
                lock (Begun)
                {
                    Begun.Add(attempt);
                }

                return attempt;
            },
            NullLogger.Instance,
            Clock);
        Claims = new(Watched, this, Settings, "here:1:1");
    }

    public ManualClock Clock { get; } = new();

    public StubStore Store { get; } = new();

    public WatchedStore Watched { get; }

    public JobSettings Settings { get; } = new() { ShortSeconds = 90, LeaseSeconds = 40, DrainSeconds = 20 };

    public RunningJobs Running { get; }

    public JobClaims Claims { get; }

    /// <summary>All attempts that were begun, in order.</summary>
    public List<FakeAttempt> Begun { get; } = [];

    /// <summary>How many attempts were begun.</summary>
    public int BegunCount
    {
        get
        {
            lock (Begun)
            {
                return Begun.Count;
            }
        }
    }

    public bool HasGpu { get; set; }

    public bool IsSpent { get; set; }

    public bool IsWritable { get; set; } = true;

    public bool CanWrite() => IsWritable;

    /// <summary>Begins an attempt without asking the store.</summary>
    public FakeAttempt Begin(string id)
    {
        Running.Begin(SomeJob.Lease(id), null, CancellationToken.None);
        return Begun[^1];
    }

    public Task<JobLease?> NextAsync() => Claims.NextAsync(Running, TestContext.Current.CancellationToken);
}
