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
    public void BeforeCommit(int segment) => RequireOutputAndLease();

    /// <inheritdoc/>
    public void Committed(int segment)
    {
        progress.HasSegments(segment + 1);
        Require((store, held) => store.CommitSegmentAsync(held, segment, $"{progress.Seconds:0.0} s of video are safe", CancellationToken.None));
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
    public void Finalizing()
    {
        progress.Step();
        Require((store, held) => store.AdvanceAsync(held, JobStatus.Finalizing, null, CancellationToken.None));
    }

    /// <inheritdoc/>
    public void BeforePublish() => RequireOutputAndLease();

    private void RequireOutputAndLease()
    {
        mounts.RequireOutput(lease.Spec);
        Require((store, held) => store.HeartbeatAsync(held, progress.Now(), CancellationToken.None));
    }

    // The door to results is synchronous, as disks are: whoever writes a segment waits here for the store as it waits for the disk.
    private void Require(Func<IJobStore, JobLease, Task<LeaseState>> ask) => lease.RequireAsync(ask).GetAwaiter().GetResult();
}
