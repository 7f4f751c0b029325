using System.Collections.Concurrent;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>What a lost child means for the job.</summary>
internal enum ChildLoss
{
    /// <summary>It was lost with all others: the service is asked to stop.</summary>
    Drained,

    /// <summary>It was lost alone, and may go without being counted against the job.</summary>
    Borne,

    /// <summary>It was lost alone, and counts.</summary>
    Counted,
}

/// <summary>
/// How often the jobs of this service have lost a child process to a signal or to a want of memory. Such an end says nothing about
/// the video, so it does not use up a job's last attempt; but a file that crashes every decoder must end some day, and so the
/// patience is bounded. It is counted anew with every start of the service. Thread-safe.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class LostChildren(TimeProvider clock)
{
    /// <summary>So many lost attempts of one job are borne; from then on each one counts, the last one, too.</summary>
    public const int Patience = 10;

    // A signal to everything that runs here (a supervisor's control group) may end a child before we have heard that we are to stop.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>One more attempt of a job was lost: waits whether the service is to stop as well, and counts it if not.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="drain">Cancelled when the service stops.</param>
    public async Task<ChildLoss> JudgeAsync(string jobId, CancellationToken drain)
    {
        try
        {
            await Task.Delay(StopGrace, clock, drain);
        }
        catch (OperationCanceledException)
        {
            return ChildLoss.Drained;
        }

        return _counts.AddOrUpdate(jobId, 1, (_, count) => count + 1) <= Patience ? ChildLoss.Borne : ChildLoss.Counted;
    }

    /// <summary>The job is over.</summary>
    public void Forget(string jobId) => _counts.TryRemove(jobId, out _);
}
