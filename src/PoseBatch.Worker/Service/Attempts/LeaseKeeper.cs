using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>
/// Renews the lease of an attempt as long as it makes progress, and ends the attempt when it stands still, takes longer than it may,
/// is cancelled or has lost the job.
/// </summary>
/// <param name="lease">The lease.</param>
/// <param name="store">Granted it.</param>
/// <param name="progress">What is reported with every heartbeat.</param>
/// <param name="stop">Ends the attempt.</param>
/// <param name="limits">When it stands still, and when it takes too long.</param>
internal sealed class LeaseKeeper(JobLease lease, WatchedStore store, AttemptProgress progress, AttemptStop stop, AttemptLimits limits)
{
    private readonly TimeSpan _beatPeriod = Least(store.Jobs.Pace.Beat, lease.Duration / 4);
    private readonly TimeSpan _lookPeriod = Least(store.Jobs.Pace.Look ?? store.Jobs.Pace.Beat, store.Jobs.Pace.Look is null ? lease.Duration / 4 : lease.Duration / 8);
    private long _beaten = store.Clock.GetTimestamp();

    /// <summary>Keeps the lease until the attempt has ended.</summary>
    /// <param name="over">Cancelled when it has.</param>
    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_lookPeriod, store.Clock, over);
                StopCause passed = limits.Passed();
                if (passed != StopCause.None)
                {
                    stop.Because(passed);
                }

                // A heartbeat from a run that stands still would be a lie. Its last one still covers the time to end it.
                bool isBeat = passed != StopCause.Stalled && store.Clock.GetElapsedTime(_beaten) >= _beatPeriod;
                if (await (isBeat ? BeatAsync(over) : LookAsync(over)) is not LeaseState.Held and LeaseState state)
                {
                    stop.Because(state == LeaseState.Lost ? StopCause.Lost : StopCause.Cancelled);
                }
            }
            catch (JobStoreUnavailableException away)
            {
                store.Health.Away(away);
                if (store.Clock.GetElapsedTime(_beaten) > lease.Duration)
                {
                    stop.Because(StopCause.Lost);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task<LeaseState> BeatAsync(CancellationToken over)
    {
        // The lease runs from when the store is told, which is after this moment, not from when its answer is here.
        long told = store.Clock.GetTimestamp();
        LeaseState state = await store.Jobs.HeartbeatAsync(lease, progress.Now(), over);
        _beaten = told;
        store.Health.ReportSuccess();
        progress.Count();
        return state;
    }

    private async Task<LeaseState> LookAsync(CancellationToken over)
    {
        JobRecord? now = await store.Jobs.FindAsync(lease.Id, over);
        return now is null || now.Token != lease.Token || !now.Status.IsHeld() ? LeaseState.Lost
            : now.Status == JobStatus.Cancelling ? LeaseState.Cancelling : LeaseState.Held;
    }
}
