using PoseBatch.Jobs;
using PoseBatch.Tables;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Lets an attempt commit only while the lease is held and the output is mounted; at the ends of segments it ends an attempt that is to hand over.</summary>
/// <param name="lease">Asks the store.</param>
/// <param name="mounts">Knows whether the output is mounted.</param>
/// <param name="progress">Counts segments.</param>
/// <param name="stop">Ends the attempt.</param>
/// <param name="drain">Cancelled when the service stops: the attempt ends at its next segment.</param>
internal sealed class CommitFence(HeldLease lease, MountMonitor mounts, AttemptProgress progress, AttemptStop stop, CancellationToken drain) : ICommitFence
{
    private volatile bool _isToYield;

    /// <inheritdoc/>
    public int Attempt => lease.Attempt;

    /// <summary>Ends the attempt at its next segment: another job has to run alone first.</summary>
    public void Preempt() => _isToYield = true;

    /// <inheritdoc/>
    public Task BeforeCommitAsync(int segment) => RequireOutputAndLeaseAsync();

    /// <inheritdoc/>
    public async Task CommittedAsync(int segment)
    {
        progress.HasSegments(segment + 1);
        await lease.RequireAsync((store, held) => store.CommitSegmentAsync(held, segment, $"{progress.Seconds:0.0} s of video are safe", CancellationToken.None));
        progress.Checkpoint();
        if (drain.IsCancellationRequested)
        {
            stop.Because(StopCause.Drained);
        }
        else if (_isToYield)
        {
            stop.Because(StopCause.Yielded);
        }
    }

    /// <inheritdoc/>
    public Task FinalizingAsync()
    {
        progress.Step();
        return lease.RequireAsync((store, held) => store.AdvanceAsync(held, JobStatus.Finalizing, null, CancellationToken.None));
    }

    /// <inheritdoc/>
    public Task BeforePublishAsync() => RequireOutputAndLeaseAsync();

    private Task RequireOutputAndLeaseAsync()
    {
        mounts.RequireOutput(lease.Spec);
        return lease.RequireAsync((store, held) => store.HeartbeatAsync(held, progress.Now(), CancellationToken.None));
    }
}
