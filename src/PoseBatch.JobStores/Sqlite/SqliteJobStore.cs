using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>
/// Jobs in one SQLite file (WAL, synchronous=FULL), for any number of processes on one machine. Every change is one
/// transaction that holds the write lock from its first statement, so that what it reads is still true when it writes; what it
/// changes is what <see cref="JobTransitions"/> and <see cref="LeaseTransitions"/> say. All times come from one clock, which all
/// processes of the machine share. Thread-safe.
/// </summary>
public sealed class SqliteJobStore : LeaseCommands, IJobStore
{
    // A job that is held under a lease: whose lease was lost changes nothing.
    private const string UnderLease = "WHERE id = $id AND token = $token AND worker = $worker AND lease_until IS NOT NULL";

    // Whoever waits for longer than this is told so instead of being kept.
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly StoreFile _file;
    private readonly TimeProvider _clock;
    private readonly Ulid _ids;

    private SqliteJobStore(StoreFile file, TimeProvider clock) => (_file, _clock, _ids) = (file, clock, new Ulid(clock));

    /// <summary>Full path of the SQLite file.</summary>
    internal string FilePath => _file.FilePath;

    // As it is stored: whole milliseconds.
    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Opens a store, and creates it where there is none; its folder must exist.</summary>
    /// <param name="path">The SQLite file, on a local disk.</param>
    /// <param name="clock">Tells all times.</param>
    /// <exception cref="JobStoreUnavailableException">It cannot be opened, lies on a network disk, or is no job store; or SQLite is missing.</exception>
    public static SqliteJobStore Open(string path, TimeProvider clock) => Open(path, clock, BusyTimeout);

    /// <summary>The same, with another patience for other processes' locks.</summary>
    internal static SqliteJobStore Open(string path, TimeProvider clock, TimeSpan busyTimeout) => new(StoreFile.Open(path, busyTimeout), clock);

    /// <inheritdoc/>
    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Spec.JobId is { } given && !Ulid.IsUlid(given))
        {
            throw new ArgumentException($"'{given}' is not a ULID.", nameof(job));
        }

        string id = job.Spec.JobId ?? _ids.Next();
        return Change(session =>
        {
            if ((JobTable.Find(session, id) ?? JobTable.WithKey(session, job.Spec.IdempotencyKey)) is { } known)
            {
                return new JobSubmission(known.Job, IsNew: false);
            }

            JobChange change = JobTransitions.Submit(job, id, Now);
            Append(session, JobTable.Insert(session, change.After.Job, job.DurationSeconds), change.Events);

            // As it will be read: nothing that cannot be read again may go in.
            return new JobSubmission(JobTable.Find(session, id)!.Job, IsNew: true);
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => _file.ReadAsync(session => JobTable.Find(session, id)?.Job, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Most, 1000);
        return _file.ReadAsync(session => JobList.Of(session, query), cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation) => _file.ReadAsync(JobList.Counts, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation) =>
        _file.ReadAsync(session => EventTable.After(session, jobId, after, most), cancellation);

    /// <inheritdoc/>
    public Task<long> LastEventAsync(CancellationToken cancellation) => _file.ReadAsync(EventTable.Last, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation) =>
        _file.ReadAsync(session => JobList.Keys(session, prefix), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation) => _file.ReadAsync(JobList.Workers, cancellation);

    /// <inheritdoc/>
    public Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(claim.Lease, TimeSpan.Zero);
        return _file.WriteAsync(
            session =>
            {
                DateTimeOffset now = Now;
                foreach (StoredJob gone in QueueQuery.ToSweep(session, now))
                {
                    Store(session, JobTransitions.Sweep(gone, now));
                }

                return QueueQuery.NextFor(session, claim, now) is { } next && Store(session, JobTransitions.Claim(next, claim, now)) is { } leased
                    ? new JobLease(leased.Job, claim.Lease)
                    : null;
            },
            cancellation,
            isWorthwhile: session => QueueQuery.HasWork(session, claim, Now));
    }

    /// <inheritdoc/>
    public Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Change(
            session => session.Rows(
                $"UPDATE jobs SET lease_until = $until, progress = coalesce($progress, progress) {UnderLease} RETURNING status = 'cancelling'",
                row => row.GetBoolean(0) ? LeaseState.Cancelling : LeaseState.Held,
                ("$until", JobTable.Milliseconds(Now + lease.Duration)),
                ("$progress", StoredRows.Text(progress)),
                ("$id", lease.Id),
                ("$token", lease.Token),
                ("$worker", lease.Job.Worker)) is [LeaseState state] ? state : LeaseState.Lost,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Change(
            session => session.Rows(
                $"UPDATE jobs SET duration_s = $seconds {UnderLease} RETURNING 1",
                _ => true,
                ("$seconds", seconds),
                ("$id", lease.Id),
                ("$token", lease.Token),
                ("$worker", lease.Job.Worker)).Count > 0,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _file.WriteAsync(
            session =>
            {
                StoredJob? owner = JobTable.Select(session, "WHERE owned_key = $key AND id <> $me", ("$key", resultKey), ("$me", lease.Id)).FirstOrDefault();
                ResultKeyClaim claim = LeaseTransitions.ClaimResultKey(JobTable.Find(session, lease.Id), lease, resultKey, owner, insteadOf, Now);
                foreach (JobChange change in claim.Changes)
                {
                    Store(session, change);
                }

                return claim.Answer;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation) => Change(
        session =>
        {
            List<StoredJob> held = JobTable.Select(session, "WHERE lease_until IS NOT NULL AND worker = $worker ORDER BY seq", ("$worker", worker));
            foreach (StoredJob job in held)
            {
                Store(session, JobTransitions.ExpireLease(job, Now));
            }

            return held.Count;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => _file.WriteAsync(
        session => JobTable.Find(session, id) is { } job ? (Store(session, JobTransitions.Cancel(job, Now)) ?? job).Job : null, cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => _file.WriteAsync(
        session =>
        {
            StoredJob? job = JobTable.Find(session, id);
            if (job is null || Store(session, JobTransitions.Retry(job, Now)) is not { } queued)
            {
                return job?.Job;
            }

            JobTable.Requeue(session, queued);
            return queued.Job;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation) => _file.WriteAsync(
        session => NoticeTable.Claim(session, hold, Now), cancellation, isWorthwhile: session => NoticeTable.HasDue(session, Now));

    /// <inheritdoc/>
    public Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(notice);
        return Change(
            session =>
            {
                NoticeTable.Acknowledge(session, notice.Id, Now + again);
                return true;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes what a transition says; null in, null out: then nothing changes.</summary>
    private static StoredJob? Store(Session session, JobChange? change)
    {
        if (change is not null)
        {
            JobTable.Save(session, change.After);
            Append(session, change.After.Sequence, change.Events);
        }

        return change?.After;
    }

    private static void Append(Session session, long job, IReadOnlyList<JobEvent> events)
    {
        foreach (JobEvent entry in events)
        {
            EventTable.Append(session, job, entry);
        }
    }

    private async Task<T> Change<T>(Func<Session, T> action, CancellationToken cancellation) => (await _file.WriteAsync(action, cancellation))!;

    /// <inheritdoc/>
    private protected override Task<JobChange?> ApplyAsync(JobLease lease, Func<StoredJob?, DateTimeOffset, JobChange?> transition, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _file.WriteAsync(
            session =>
            {
                JobChange? change = transition(JobTable.Find(session, lease.Id), Now);
                Store(session, change);
                return change;
            },
            cancellation);
    }
}
