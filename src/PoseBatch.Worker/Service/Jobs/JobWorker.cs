using System.Collections.Concurrent;
using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Takes jobs from the store and runs several at once: as many are decoded as there are slots, and a few more may be at the writing
/// of their tables. One slot is kept for short videos, so that they never wait behind long ones. A job with which a worker died runs
/// alone until it is past the place where that was; the others hand over at the end of their segments for it. When the service
/// stops, running jobs go on to the end of their segment, as long as they may, and are handed over; those without a first frame at
/// once, as they have nothing to lose.
/// </summary>
internal sealed class JobWorker(AttemptParts parts, string worker, Func<bool> hasGpu) : BackgroundService
{
    private static readonly TimeSpan PollPeriod = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, JobAttempt> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _drain = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private string? _waitingSuspect;
    private volatile bool _hasEnded;

    /// <summary>Videos that are decoded at once.</summary>
    public int Slots { get; } = WaitReason.SlotsOf(parts.Settings);

    /// <summary>Cancelled when running jobs are to be handed over as they are.</summary>
    public CancellationToken AtOnce { get; init; }

    /// <summary>Whether the store may still say of a job that this worker has it.</summary>
    public bool HoldsJobs => !_running.IsEmpty;

    /// <summary>True while the loop that takes jobs does its work, and can; for the watchdog.</summary>
    public bool IsAlive => !_hasEnded && !parts.Engines.IsSpent;

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else has rung.
            }
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _drain.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        List<Task> attempts = [];
        try
        {
            await FreeJobsOfTheDeadAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                attempts.RemoveAll(attempt => attempt.IsCompleted);
                bool isFirst = _running.IsEmpty;
                if (await ClaimAsync(stoppingToken) is { } lease)
                {
                    JobAttempt attempt = new(lease, parts, _drain.Token, HasOnlyReservedSlot ? parts.Settings.Jobs.ShortSeconds : null) { SlotReleased = Wake };
                    attempts.Add(RunAsync(attempt));
                    if (IsSuspect(lease.Job))
                    {
                        // It was running when a worker died. Alone, until it is past the place where that was, it cannot take others with it.
                        await attempt.HasCheckpointed.WaitAsync(stoppingToken);
                    }
                    else if (isFirst)
                    {
                        // Nothing is inferred yet: alone it has its first frames soonest, and the others start while they are inferred.
                        await Task.WhenAny(attempt.HasFrames, Task.Delay(FirstPatience, parts.Clock, stoppingToken));
                    }

                    continue;
                }

                await _wake.WaitAsync(PollPeriod, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
        finally
        {
            _hasEnded = true;
            await DrainAsync(attempts);
        }
    }

    private static bool IsSuspect(JobRecord job) => job.Attempt > 1 && job.Reason == ReasonCode.LeaseLost;

    // The last free slot is for short videos.
    private bool HasOnlyReservedSlot => Taken == Slots - 1 && Slots > 1;

    // Videos that are being decoded. Those that are only inferred to their end and written have left their slots to the next.
    private int Taken => _running.Count(job => job.Value.TakesSlot);

    // Slow disks must not pile up videos that are being written; with one slot there is one video at a time.
    private bool HasRoom => Taken < Slots && _running.Count < (2 * Slots) - 1;

    private async Task<JobLease?> ClaimAsync(CancellationToken stopping)
    {
        if (!HasRoom || parts.Engines.IsSpent || (_waitingSuspect is not null && !_running.IsEmpty))
        {
            return null;
        }

        if (!parts.Output.CanWrite())
        {
            return null;
        }

        // Whoever made room for it may be first in the queue again.
        string? suspect = _waitingSuspect;
        _waitingSuspect = null;
        try
        {
            JobLease? lease = await parts.Store.ClaimAsync(
                new JobClaim
                {
                    Worker = worker,
                    Lease = TimeSpan.FromSeconds(parts.Settings.Jobs.LeaseSeconds),
                    HasGpu = hasGpu(),
                    MostSeconds = HasOnlyReservedSlot ? parts.Settings.Jobs.ShortSeconds : null,
                    JobId = suspect,
                    HeldJobs = [.. _running.Keys],
                },
                stopping);
            if (lease is not null)
            {
                parts.Health.ReportSuccess();
            }

            if (lease is not null && IsSuspect(lease.Job) && !_running.IsEmpty)
            {
                _waitingSuspect = lease.Id;
                foreach (JobAttempt attempt in _running.Values)
                {
                    attempt.Preempt();
                }

                await parts.Store.ReleaseAsync(lease, TimeSpan.Zero, "Waits to run alone: a worker died while it ran.", CancellationToken.None);
                return null;
            }

            return lease;
        }
        catch (JobStoreUnavailableException away)
        {
            parts.Health.Away(away);
            await Task.Delay(StorePatience, parts.Clock, stopping);
            return null;
        }
    }

    private async Task RunAsync(JobAttempt attempt)
    {
        _running[attempt.JobId] = attempt;
        try
        {
            await Task.Run(attempt.RunAsync);
        }
        catch (Exception defect)
        {
            ServiceLog.AttemptBroke(Logging.Logger, defect, attempt.JobId);
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(attempt.JobId, attempt));
            attempt.Dispose();
            Wake();
        }
    }

    private async Task DrainAsync(List<Task> attempts)
    {
        foreach (JobAttempt attempt in _running.Values.Where(attempt => !attempt.HasFrames.IsCompleted))
        {
            attempt.HandOver();
        }

        Task all = Task.WhenAll(attempts);
        DrainWait wait = new(TimeSpan.FromSeconds(parts.Settings.Jobs.DrainSeconds), parts.Clock, AtOnce);
        if (!await wait.HasEndedAsync(all))
        {
            foreach (JobAttempt attempt in _running.Values)
            {
                attempt.HandOver();
            }
        }

        await all;
    }

    /// <summary>Workers of this machine that do not live any more: their jobs need not wait for their leases to end.</summary>
    private async Task FreeJobsOfTheDeadAsync(CancellationToken stopping)
    {
        try
        {
            foreach (string name in await parts.Store.WorkersAsync(stopping))
            {
                if (WorkerName.IsKnownDead(name) && await parts.Store.ExpireLeasesAsync(name, stopping) is > 0 and int count)
                {
                    ServiceLog.WorkerGone(Logging.Logger, name, count);
                }
            }
        }
        catch (JobStoreUnavailableException away)
        {
            parts.Health.Away(away);
        }
    }
}
