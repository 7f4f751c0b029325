using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Decides whether a worker takes a job now, and which. A job with which a worker died runs alone: it is given back until those that
/// run have handed over, and comes first then. Not thread-safe: one loop claims.
/// </summary>
/// <param name="store">The jobs.</param>
/// <param name="gate">Whether jobs can be run at all.</param>
/// <param name="settings">How long a lease lasts, and which videos are short.</param>
/// <param name="worker">Name of the worker.</param>
internal sealed class JobClaims(WatchedStore store, IWorkGate gate, JobSettings settings, string worker)
{
    private static readonly TimeSpan AwayPatience = TimeSpan.FromSeconds(2);

    private string? _waitingSuspect;

    /// <summary>Whether it was running when a worker died. Alone, until it is past the place where that was, it cannot take others with it.</summary>
    public static bool IsSuspect(JobRecord job) => job.Attempt > 1 && job.Reason == ReasonCode.LeaseLost;

    /// <summary>How long to wait before asking again when there was none.</summary>
    public TimeSpan PollPeriod => store.Jobs.Pace.Poll;

    /// <summary>Takes the next job.</summary>
    /// <param name="running">The jobs that run.</param>
    /// <param name="stopping">Cancelled when the service stops.</param>
    /// <returns>Null when none is to begin now.</returns>
    public async Task<JobLease?> NextAsync(RunningJobs running, CancellationToken stopping)
    {
        bool isToWait = !running.HasRoom || gate.IsSpent || (_waitingSuspect is not null && !running.IsEmpty);
        if (isToWait || !gate.CanWrite())
        {
            return null;
        }

        try
        {
            JobLease? lease = await ClaimAsync(running, stopping);
            if (lease is null || !IsSuspect(lease.Job) || running.IsEmpty)
            {
                return lease;
            }

            _waitingSuspect = lease.Id;
            running.Preempt();
            await store.Jobs.ReleaseAsync(lease, TimeSpan.Zero, "Waits to run alone: a worker died while it ran.", CancellationToken.None);
            return null;
        }
        catch (JobStoreUnavailableException away)
        {
            store.Health.Away(away);
            await Task.Delay(AwayPatience, store.Clock, stopping);
            return null;
        }
    }

    private async Task<JobLease?> ClaimAsync(RunningJobs running, CancellationToken stopping)
    {
        // Whoever made room for it may be first in the queue again.
        string? suspect = _waitingSuspect;
        _waitingSuspect = null;
        JobClaim claim = new()
        {
            Worker = worker,
            Lease = TimeSpan.FromSeconds(settings.LeaseSeconds),
            HasGpu = gate.HasGpu,
            MostSeconds = running.HasOnlyReservedSlot ? settings.ShortSeconds : null,
            JobId = suspect,
            HeldJobs = running.Ids,
        };
        JobLease? lease = await store.Jobs.ClaimAsync(claim, stopping);
        if (lease is not null)
        {
            store.Health.ReportSuccess();
        }

        return lease;
    }
}
