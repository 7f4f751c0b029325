using System.Globalization;
using PoseBatch.Jobs;

namespace PoseBatch;

/// <summary>A job store that answers as it is told, and notes what it was told of held jobs.</summary>
internal sealed class StubStore : IJobStore
{
    /// <summary>Whether it cannot be reached.</summary>
    public bool IsAway { get; set; }

    /// <inheritdoc/>
    public StorePace Pace { get; set; } = StorePace.File;

    /// <summary>Happens between a heartbeat's coming and its answer.</summary>
    public Action? Beating { get; set; }

    /// <summary>What it says of every lease.</summary>
    public LeaseState State { get; set; } = LeaseState.Held;

    /// <summary>The job that is found whatever is asked for; null for none.</summary>
    public JobRecord? Found { get; set; }

    /// <summary>Given out one after the other.</summary>
    public Queue<JobLease> Waiting { get; } = new();

    /// <summary>What was asked for jobs.</summary>
    public List<JobClaim> Claims { get; } = [];

    /// <summary>Jobs that have the key that is claimed; by the job that is not to count, or empty for none.</summary>
    public Dictionary<string, JobRecord> KeyOwners { get; } = [];

    /// <summary>Workers that hold something, and how many jobs.</summary>
    public Dictionary<string, int> Workers { get; } = [];

    /// <summary>Given out one after the other.</summary>
    public Queue<JobNotice> Notices { get; } = new();

    /// <summary>What changed a job, a notice or a lease, in order: the verb and its arguments.</summary>
    public List<string> Told { get; } = [];

    /// <summary>How much it was told.</summary>
    public int ToldCount
    {
        get
        {
            lock (Told)
            {
                return Told.Count;
            }
        }
    }

    public Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation)
    {
        Beating?.Invoke();
        return Note("heartbeat", State);
    }

    public Task<LeaseState> AdvanceAsync(JobLease lease, JobStatus status, string? message, CancellationToken cancellation) =>
        Note($"advance {status.WireName()}", State);

    public Task<LeaseState> CommitSegmentAsync(JobLease lease, int segment, string message, CancellationToken cancellation) =>
        Note($"segment {segment}", State);

    public Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation) =>
        Note(string.Create(CultureInfo.InvariantCulture, $"duration {seconds}"), State != LeaseState.Lost);

    public Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation) =>
        Note($"key instead of {insteadOf ?? "none"}", KeyOwners.GetValueOrDefault(insteadOf ?? string.Empty));

    public Task<bool> CompleteAsync(JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, CancellationToken cancellation) =>
        Note($"complete {resultPath}", State != LeaseState.Lost);

    public Task<bool> FailAsync(JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, CancellationToken cancellation) =>
        Note($"fail {reason.WireName()}", State != LeaseState.Lost);

    public Task<bool> PostponeAsync(JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, CancellationToken cancellation) =>
        Note($"postpone {reason.WireName()}", State != LeaseState.Lost);

    public Task<bool> ReleaseAsync(JobLease lease, TimeSpan after, string message, CancellationToken cancellation) =>
        Note($"release {lease.Id}", State != LeaseState.Lost);

    public Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation) => Note($"expire {worker}", Workers[worker]);

    public Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation) =>
        Note(string.Create(CultureInfo.InvariantCulture, $"notice {notice.Id} again in {again?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "never"}"), true);

    public Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation) => Answer(Notices.TryDequeue(out JobNotice? next) ? next : null);

    public Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation)
    {
        Claims.Add(claim);
        return Answer(Waiting.TryDequeue(out JobLease? next) ? next : null);
    }

    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => Answer(Found);

    public Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation) => Answer<IReadOnlyList<string>>([.. Workers.Keys]);

    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<long> LastEventAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Note<T>(string verb, T answer)
    {
        Task<T> answered = Answer(answer);
        lock (Told)
        {
            Told.Add(verb);
        }

        return answered;
    }

    private Task<T> Answer<T>(T answer) => IsAway ? throw new JobStoreUnavailableException("locked.") : Task.FromResult(answer);
}
