namespace PoseBatch.Jobs;

/// <summary>
/// Keeps jobs so that none is lost and none is held twice: states, attempts, leases, fencing tokens, history. Every change is
/// durable when its task completes; every change of state, and every segment, appends a <see cref="JobEvent"/> (beats and keys do
/// not). Thread-safe; several processes may share one store.
/// </summary>
/// <remarks>
/// Every method throws <see cref="JobStoreUnavailableException"/> while the store cannot be reached (locked, disk full, server
/// away) and works again by itself afterwards. Whoever holds a lease and cannot renew it in time must stop.
/// </remarks>
public interface IJobStore : IAsyncDisposable
{
    /// <summary>How often workers speak to it.</summary>
    StorePace Pace => StorePace.File;

    /// <summary>Takes a job in, unless one with its id or idempotency key is there already.</summary>
    /// <param name="job">A spec with all defaults filled in.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation);

    /// <summary>The job, or null.</summary>
    Task<JobRecord?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>Jobs, newest first.</summary>
    Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation);

    /// <summary>How many jobs stand where; statuses without a job are left out.</summary>
    Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation);

    /// <summary>Events after a sequence number, oldest first, of one job or (null) of all.</summary>
    Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation);

    /// <summary>The sequence number of the newest event, 0 when there is none.</summary>
    Task<long> LastEventAsync(CancellationToken cancellation);

    /// <summary>The idempotency keys that begin with a prefix: what the watched folder has handed in before.</summary>
    Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation);

    /// <summary>
    /// Takes the next job: highest priority, then longest waiting. A job whose lease has run out counts as waiting; if it has
    /// used up its attempts it becomes Dead (max_attempts) instead, and one past its deadline becomes Dead (cancelled). One that was
    /// told to wait is due when its time has come, or is further away than <see cref="RetryWait.Longest"/>: then the clock was set
    /// back. A claim adds one to attempt and token.
    /// </summary>
    /// <returns>The lease, or null when nothing is to be done now.</returns>
    Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation);

    /// <summary>Renews a lease and reports progress.</summary>
    Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation);

    /// <summary>Moves a held job to Running or Finalizing.</summary>
    /// <returns>What <see cref="HeartbeatAsync"/> would say.</returns>
    Task<LeaseState> AdvanceAsync(JobLease lease, JobStatus status, string? message, CancellationToken cancellation);

    /// <summary>
    /// Notes that one more segment is safe: fence and history in one. A job whose worker was lost is then past the place where that
    /// was, and is no longer under suspicion (lease_lost).
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="segment">Its index, from 0; progress then shows at least one more.</param>
    /// <param name="message">For the history.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<LeaseState> CommitSegmentAsync(JobLease lease, int segment, string message, CancellationToken cancellation);

    /// <summary>Notes how long the video of a held job is.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="seconds">Its length; infinity when nobody knows.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>False when the lease was lost: nothing changed.</returns>
    Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation);

    /// <summary>
    /// Says what a held job will compute. When another job that is held or completed has the same key, that job is the answer
    /// and the key is not taken.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="resultKey">64 hexadecimal digits.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null when the key now belongs to this job (or did already), else the job that has it.</returns>
    /// <exception cref="PoseBatchException">lease_lost: another worker has the job.</exception>
    Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, CancellationToken cancellation) =>
        ClaimResultKeyAsync(lease, resultKey, insteadOf: null, cancellation);

    /// <summary>
    /// The same, but one completed job does not count as the answer: the one that <see cref="ClaimResultKeyAsync(JobLease, string, CancellationToken)"/>
    /// named and whose result is gone or is to be replaced. Only the caller can see that, as the store need not see the disk.
    /// </summary>
    /// <param name="lease">The lease.</param>
    /// <param name="resultKey">64 hexadecimal digits.</param>
    /// <param name="insteadOf">That job's id; null for none. A job that is held keeps the key all the same.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null when the key now belongs to this job (or did already), else the job that has it.</returns>
    /// <exception cref="PoseBatchException">lease_lost: another worker has the job.</exception>
    Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation);

    /// <summary>Ends a held job as Completed, or as Duplicate when the result is another's.</summary>
    /// <returns>False when the lease was lost: nothing changed.</returns>
    Task<bool> CompleteAsync(JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, CancellationToken cancellation);

    /// <summary>
    /// Ends an attempt: RetryWait until <paramref name="retryAfter"/> has passed, or Dead when it is null or the attempts are used
    /// up (the reason then stays the attempt's own, and the message says how often it was tried). A job that is Cancelling
    /// becomes Cancelled.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The wait is longer than <see cref="RetryWait.Longest"/>.</exception>
    /// <returns>False when the lease was lost: nothing changed.</returns>
    Task<bool> FailAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, CancellationToken cancellation);

    /// <summary>
    /// Ends an attempt for a reason that lies outside the job and may be cured (the output disk is full, the provider is away):
    /// RetryWait with that reason, and the attempt is given back, so that the job waits as long as it takes. A job that is
    /// Cancelling becomes Cancelled.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The wait is longer than <see cref="RetryWait.Longest"/>.</exception>
    /// <returns>False when the lease was lost: nothing changed.</returns>
    Task<bool> PostponeAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, CancellationToken cancellation);

    /// <summary>Gives a held job back, the attempt with it: the worker is asked to stop, or waits for another job.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="after">Not to be claimed again before that time has passed; at most <see cref="RetryWait.Longest"/>.</param>
    /// <param name="message">Why, for the history.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>False when the lease was lost: nothing changed.</returns>
    Task<bool> ReleaseAsync(JobLease lease, TimeSpan after, string message, CancellationToken cancellation);

    /// <summary>Ends the leases of a worker that is known to be gone; its attempts stay counted.</summary>
    /// <returns>How many jobs it had.</returns>
    Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation);

    /// <summary>The workers that hold something.</summary>
    Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation);

    /// <summary>Cancels: a waiting job at once, a held one through its worker, a job that is over not at all.</summary>
    /// <returns>The job afterwards; null when there is none.</returns>
    Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation);

    /// <summary>Queues a Dead or Cancelled job again with fresh attempts; others stay as they are.</summary>
    /// <returns>The job afterwards; null when there is none.</returns>
    Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation);

    /// <summary>
    /// Takes the longest waiting notice: a job that is over, whichever way that came about, and names somebody to be told
    /// (<see cref="JobSpec.NotifyUrl"/>). Notices are kept until they are settled, over restarts, too.
    /// </summary>
    /// <param name="hold">Nobody else is given it within that time; not settled by then, it is given out again.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null when nobody is to be told now.</returns>
    Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation);

    /// <summary>Ends a notice, or has it tried again after a while.</summary>
    /// <param name="notice">From <see cref="ClaimNoticeAsync"/>. One whose job was queued again meanwhile is gone already.</param>
    /// <param name="again">When to try again; null for never: it was told, or given up.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation);
}

/// <summary>Somebody is to be told that a job is over.</summary>
/// <param name="Id">Of the notice.</param>
/// <param name="Job">The job.</param>
/// <param name="Tries">How often it was taken before.</param>
public sealed record JobNotice(long Id, JobRecord Job, int Tries);

/// <summary>The store cannot be reached now. Transient: everything works again once it can.</summary>
public sealed class JobStoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether waiting may help. False when we are not let in, or ask at a wrong address.</summary>
    public bool MayPass { get; init; } = true;
}

/// <summary>A job on its way into the store.</summary>
public sealed record NewJob
{
    /// <summary>What is asked, with every default filled in.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>Where it comes from: <c>folder</c>, <c>jobs</c>, <c>api</c> or <c>cli</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>What the history says of it beside the origin, a sentence; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Since when the file was watched until it was whole; null for a job that did not wait.</summary>
    public DateTimeOffset? SettlingSince { get; init; }

    /// <summary>Length of the video in seconds where known: short ones may pass long ones. Null when unknown.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>A job that cannot be run is kept as Dead with its reason, so that nothing vanishes; null for one that can.</summary>
    public JobRefusal? Refusal { get; init; }
}

/// <summary>Why a job was not even queued.</summary>
public sealed record JobRefusal(ReasonCode Reason, string Message, string? Advice);

/// <summary>What became of a submission.</summary>
/// <param name="Job">The new job, or the one that was there.</param>
/// <param name="IsNew">False when id or idempotency key were known.</param>
public sealed record JobSubmission(JobRecord Job, bool IsNew);

/// <summary>Which jobs to list; all conditions hold.</summary>
public sealed record JobQuery
{
    /// <summary>Only these; empty for any.</summary>
    public IReadOnlyList<JobStatus> Statuses { get; init; } = [];

    /// <summary>Only of that group; null for any.</summary>
    public string? Group { get; init; }

    /// <summary>Only jobs submitted before the one with that id (for the next page); null for the newest.</summary>
    public string? Before { get; init; }

    /// <summary>At most that many, 1 to 1000.</summary>
    public int Most { get; init; } = 100;
}

/// <summary>Who wants a job, and which.</summary>
public sealed record JobClaim
{
    /// <summary><c>host:pid:start</c>, unique among living workers.</summary>
    public required string Worker { get; init; }

    /// <summary>How long it may hold the job without a beat.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>May take jobs that require a GPU.</summary>
    public bool HasGpu { get; init; }

    /// <summary>
    /// No jobs whose video is known to be longer; null for any. Keeps a slot free for short ones. One of unknown length is given
    /// out: the worker measures it, and gives a long one back (<see cref="IJobStore.SetDurationAsync"/>).
    /// </summary>
    public double? MostSeconds { get; init; }

    /// <summary>Only the job of that id; null for any.</summary>
    public string? JobId { get; init; }

    /// <summary>
    /// Jobs that the worker holds. They are not given out again when their lease has run out because the worker was frozen or the
    /// clock was set forward: its next beat renews it.
    /// </summary>
    public IReadOnlyCollection<string> HeldJobs { get; init; } = [];
}

/// <summary>The right to work on a job until its time runs out.</summary>
/// <param name="Job">The job at the time of the claim.</param>
/// <param name="Duration">Granted with every beat.</param>
public sealed record JobLease(JobRecord Job, TimeSpan Duration)
{
    /// <summary>The job's id.</summary>
    public string Id => Job.Id;

    /// <summary>The fencing token.</summary>
    public long Token => Job.Token;
}

/// <summary>What a worker is told when it speaks to the store.</summary>
public enum LeaseState
{
    /// <summary>Go on.</summary>
    Held,

    /// <summary>Stop: the user cancelled.</summary>
    Cancelling,

    /// <summary>Stop and touch nothing: another worker has the job.</summary>
    Lost,
}
