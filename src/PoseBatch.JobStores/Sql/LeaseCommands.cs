using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sql;

/// <summary>What the holder of a lease may do with its job: each reads it, asks <see cref="LeaseTransitions"/> what becomes of it, and writes that.</summary>
public abstract class LeaseCommands
{
    /// <inheritdoc cref="IJobStore.AdvanceAsync"/>
    public async Task<LeaseState> AdvanceAsync(JobLease lease, JobStatus status, string? message, CancellationToken cancellation) =>
        LeaseStateOf(await ApplyAsync(lease, (job, now) => LeaseTransitions.Advance(job, lease, status, message, now), cancellation));

    /// <inheritdoc cref="IJobStore.CommitSegmentAsync"/>
    public async Task<LeaseState> CommitSegmentAsync(JobLease lease, int segment, string message, CancellationToken cancellation) =>
        LeaseStateOf(await ApplyAsync(lease, (job, now) => LeaseTransitions.CommitSegment(job, lease, segment, message, now), cancellation));

    /// <inheritdoc cref="IJobStore.CompleteAsync"/>
    public async Task<bool> CompleteAsync(
        JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, CancellationToken cancellation) =>
        await ApplyAsync(lease, (job, now) => LeaseTransitions.Complete(job, lease, resultPath, isDuplicate, duplicateOf, message, now), cancellation) is not null;

    /// <inheritdoc cref="IJobStore.FailAsync"/>
    public async Task<bool> FailAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, CancellationToken cancellation) =>
        await ApplyAsync(lease, (job, now) => LeaseTransitions.Fail(job, lease, reason, message, advice, retryAfter, now), cancellation) is not null;

    /// <inheritdoc cref="IJobStore.PostponeAsync"/>
    public async Task<bool> PostponeAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, CancellationToken cancellation) =>
        await ApplyAsync(lease, (job, now) => LeaseTransitions.Postpone(job, lease, reason, message, advice, after, now), cancellation) is not null;

    /// <inheritdoc cref="IJobStore.ReleaseAsync"/>
    public async Task<bool> ReleaseAsync(JobLease lease, TimeSpan after, string message, CancellationToken cancellation) =>
        await ApplyAsync(lease, (job, now) => LeaseTransitions.Release(job, lease, after, message, now), cancellation) is not null;

    /// <summary>Reads the job of a lease, asks what becomes of it, and writes that, in one transaction.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="transition">Of the job (null when there is none) at a time; null when it does not apply.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>What the transition says.</returns>
    private protected abstract Task<JobChange?> ApplyAsync(
        JobLease lease, Func<StoredJob?, DateTimeOffset, JobChange?> transition, CancellationToken cancellation);

    private static LeaseState LeaseStateOf(JobChange? change) => change?.Lease ?? LeaseState.Lost;
}
