using PoseBatch.Jobs;

namespace PoseBatch.Service.Intake;

/// <summary>A real store that can be out of reach for a while, and counts submissions.</summary>
internal sealed class MoodyStore(IJobStore store) : IJobStore
{
    public bool IsAway { get; set; }

    public int SubmissionCount { get; private set; }

    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation)
    {
        IJobStore there = There();
        SubmissionCount++;
        return there.SubmitAsync(job, cancellation);
    }

    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => There().FindAsync(id, cancellation);

    public Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation) => There().ListAsync(query, cancellation);

    public Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation) => There().CountAsync(cancellation);

    public Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation) =>
        There().EventsAsync(jobId, after, most, cancellation);

    public Task<long> LastEventAsync(CancellationToken cancellation) => There().LastEventAsync(cancellation);

    public Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation) => There().KeysAsync(prefix, cancellation);

    public Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation) => There().ClaimAsync(claim, cancellation);

    public Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation) => There().HeartbeatAsync(lease, progress, cancellation);

    public Task<LeaseState> AdvanceAsync(JobLease lease, JobStatus status, string? message, CancellationToken cancellation) =>
        There().AdvanceAsync(lease, status, message, cancellation);

    public Task<LeaseState> CommitSegmentAsync(JobLease lease, int segment, string message, CancellationToken cancellation) =>
        There().CommitSegmentAsync(lease, segment, message, cancellation);

    public Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation) => There().SetDurationAsync(lease, seconds, cancellation);

    public Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation) =>
        There().ClaimResultKeyAsync(lease, resultKey, insteadOf, cancellation);

    public Task<bool> CompleteAsync(
        JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, CancellationToken cancellation) =>
        There().CompleteAsync(lease, resultPath, isDuplicate, duplicateOf, message, cancellation);

    public Task<bool> FailAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, CancellationToken cancellation) =>
        There().FailAsync(lease, reason, message, advice, retryAfter, cancellation);

    public Task<bool> PostponeAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, CancellationToken cancellation) =>
        There().PostponeAsync(lease, reason, message, advice, after, cancellation);

    public Task<bool> ReleaseAsync(JobLease lease, TimeSpan after, string message, CancellationToken cancellation) =>
        There().ReleaseAsync(lease, after, message, cancellation);

    public Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation) => There().ExpireLeasesAsync(worker, cancellation);

    public Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation) => There().WorkersAsync(cancellation);

    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => There().CancelAsync(id, cancellation);

    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => There().RetryAsync(id, cancellation);

    public Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation) => There().ClaimNoticeAsync(hold, cancellation);

    public Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation) => There().AcknowledgeNoticeAsync(notice, again, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IJobStore There() => IsAway ? throw new JobStoreUnavailableException("locked.") : store;
}
