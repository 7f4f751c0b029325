using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>
/// Jobs in a PostgreSQL database, for any number of machines. Every change is one transaction that locks the rows of its jobs before it reads
/// them; what it changes is what <see cref="JobTransitions"/> and <see cref="LeaseTransitions"/> say. All times come from the server's
/// clock. Thread-safe.
/// </summary>
public sealed class PostgresJobStore : LeaseCommands, IJobStore
{
    private readonly PostgresServer _server;
    private readonly Ulid _ids;

    private PostgresJobStore(PostgresServer server, TimeProvider? clock) => (_server, _ids) = (server, new Ulid(clock ?? TimeProvider.System));

    /// <summary>
    /// The store at an address; its database must exist. Nothing is asked of the server yet: with the first call the tables are created where there are none, and brought
    /// up to date.
    /// </summary>
    /// <param name="address"><c>postgres://user@host:5432/database</c>, or a connection string of Npgsql.</param>
    /// <exception cref="JobStoreUnavailableException">The address cannot be read.</exception>
    public static PostgresJobStore Open(string address) => Open(address, clock: null);

    /// <summary>The same, with another clock than the server's.</summary>
    internal static PostgresJobStore Open(string address, TimeProvider? clock) => new(new PostgresServer(PostgresAddress.Parse(address), clock), clock);

    /// <inheritdoc/>
    public StorePace Pace => StorePace.Server;

    /// <inheritdoc/>
    public Task<JobSubmission> SubmitAsync(NewJob job, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Spec.JobId is { } given && !Ulid.IsUlid(given))
        {
            throw new ArgumentException($"'{given}' is not a ULID.", nameof(job));
        }

        string id = job.Spec.JobId ?? _ids.Next();
        return _server.WriteAsync(
            async session =>
            {
                if (await KnownAsync(session, id, job.Spec.IdempotencyKey) is { } known)
                {
                    return new JobSubmission(known, IsNew: false);
                }

                JobChange change = JobTransitions.Submit(job, id, session.Now);
                if (await JobRows.InsertAsync(session, change.After, job.DurationSeconds) is not { } added)
                {
                    return new JobSubmission((await KnownAsync(session, id, job.Spec.IdempotencyKey))!, IsNew: false);   // somebody was faster
                }

                if (!added.Job.Status.IsOver())
                {
                    JobRows.Queue(session, added);
                }

                Follow(session, null, new JobChange(added, change.Events));
                await session.FlushAsync();

                // As it will be read: nothing that cannot be read again may go in.
                return new JobSubmission((await JobRows.FindAsync(session, id))!.Job, IsNew: true);
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) =>
        _server.ReadAsync(async session => (await JobRows.FindAsync(session, id))?.Job, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Most, 1000);
        return _server.ReadAsync(session => JobLists.OfAsync(session, query), cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation)
    {
        (IReadOnlyDictionary<JobStatus, long> counts, bool areMany) = await _server.ReadAsync(JobLists.CountsAsync, cancellation);
        if (areMany)
        {
            await _server.WriteAsync(
                session =>
                {
                    JobLists.PutTogether(session);
                    return Task.FromResult(true);
                },
                cancellation);
        }

        return counts;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation)
    {
        await NumberEventsAsync(cancellation);
        return await _server.ReadAsync(session => EventRows.AfterAsync(session, jobId, after, most), cancellation);
    }

    /// <inheritdoc/>
    public async Task<long> LastEventAsync(CancellationToken cancellation)
    {
        await NumberEventsAsync(cancellation);
        return await _server.ReadAsync(EventRows.LastAsync, cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation) =>
        await _server.ReadAsync(session => JobLists.KeysAsync(session, prefix), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation) => await _server.ReadAsync(JobLists.WorkersAsync, cancellation);

    /// <inheritdoc/>
    public Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(claim.Lease, TimeSpan.Zero);
        return _server.WriteAsync(
            async session =>
            {
                (IEnumerable<StoredJob> toSweep, StoredJob? next) = await QueueRows.LookAsync(session, claim);
                foreach (StoredJob gone in toSweep)
                {
                    Store(session, gone, JobTransitions.Sweep(gone, session.Now));
                }

                return next is not null && Store(session, next, JobTransitions.Claim(next, claim, session.Now)) is { } leased ? new JobLease(leased.Job, claim.Lease) : null;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _server.WriteAsync(
            async session => await session.RowsAsync(
                $"""
                UPDATE work w SET until = {PostgresSession.NowInSql} + $2::interval, progress = coalesce($3, w.progress) FROM jobs j
                WHERE j.id = $4 AND w.job = j.seq AND w.token = $5 AND w.worker = $6 AND w.held RETURNING j.status = 'cancelling'
                """,
                row => row.GetBoolean(0) ? LeaseState.Cancelling : LeaseState.Held,
                session.Clock,
                lease.Duration,
                StoredRows.Text(progress),
                lease.Id,
                lease.Token,
                lease.Job.Worker) is [LeaseState state] ? state : LeaseState.Lost,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _server.WriteAsync(
            async session => (await session.RowsAsync(
                "UPDATE jobs j SET seconds = $1 FROM work w WHERE j.id = $2 AND w.job = j.seq AND w.token = $3 AND w.worker = $4 AND w.held RETURNING 1",
                _ => true,
                seconds,
                lease.Id,
                lease.Token,
                lease.Job.Worker)).Count > 0,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _server.WriteAsync(
            async session =>
            {
                // Whoever wants the same key waits here, so that each finds what the one before it has decided.
                await session.RowsAsync("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", _ => true, resultKey);
                StoredJob? job = await JobRows.LockAsync(session, lease.Id);
                StoredJob? owner = (await JobRows.SelectAsync(session, "WHERE j.owned_key = $1 AND j.id <> $2 FOR UPDATE OF j", resultKey, lease.Id)).FirstOrDefault();
                ResultKeyClaim claim = LeaseTransitions.ClaimResultKey(job, lease, resultKey, owner, insteadOf, session.Now);
                foreach (JobChange change in claim.Changes)
                {
                    Store(session, change.After.Sequence == job!.Sequence ? job : owner!, change);
                }

                return claim.Answer;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation) => _server.WriteAsync(
        async session =>
        {
            List<string> ids = await session.RowsAsync(
                "SELECT j.id FROM work w JOIN jobs j ON j.seq = w.job WHERE w.held AND w.worker = $1 ORDER BY j.seq", row => row.GetString(0), worker);
            int expired = 0;
            foreach (string id in ids)
            {
                if (await JobRows.LockAsync(session, id) is { } job && job.Job.Worker == worker && Store(session, job, JobTransitions.ExpireLease(job, session.Now)) is not null)
                {
                    expired++;
                }
            }

            return expired;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => _server.WriteAsync(
        async session => await JobRows.LockAsync(session, id) is { } job ? (Store(session, job, JobTransitions.Cancel(job, session.Now)) ?? job).Job : null, cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => _server.WriteAsync(
        async session => await JobRows.LockAsync(session, id) is { } job ? (Store(session, job, JobTransitions.Retry(job, session.Now)) ?? job).Job : null, cancellation);

    /// <inheritdoc/>
    public Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation) =>
        _server.WriteAsync(session => NoticeRows.ClaimAsync(session, hold), cancellation);

    /// <inheritdoc/>
    public Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(notice);
        return _server.WriteAsync(
            session =>
            {
                NoticeRows.Acknowledge(session, notice.Id, again);
                return Task.FromResult(true);
            },
            cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>The job of that id, else the one of that idempotency key, else null.</summary>
    private static async Task<JobRecord?> KnownAsync(PostgresSession session, string id, string? key) =>
        (await JobRows.SelectAsync(session, "WHERE j.id = $1 OR j.idempotency_key = $2 ORDER BY j.id = $1 DESC LIMIT 1", id, key)).FirstOrDefault()?.Job;

    /// <summary>Writes what a transition says; null stays null: then nothing changes.</summary>
    private static StoredJob? Store(PostgresSession session, StoredJob before, JobChange? change)
    {
        if (change is not null)
        {
            JobRows.Save(session, before, change.After);
            Follow(session, before, change);
        }

        return change?.After;
    }

    /// <summary>What goes with every change: history, counts, notices.</summary>
    private static void Follow(PostgresSession session, StoredJob? before, JobChange change)
    {
        foreach (JobEvent entry in change.Events)
        {
            EventRows.Append(session, change.After.Sequence, entry);
        }

        if (before?.Job.Status != change.After.Job.Status)
        {
            JobLists.Count(session, before?.Job.Status, change.After.Job.Status);
        }

        NoticeRows.Follow(session, before?.Job.Status.IsOver() == true, change.After);
    }

    private async Task NumberEventsAsync(CancellationToken cancellation)
    {
        bool hasMore = await _server.ReadAsync(EventRows.HasUnnumberedAsync, cancellation);
        while (hasMore)
        {
            hasMore = await _server.WriteAsync(EventRows.NumberAsync, cancellation);
        }
    }

    /// <inheritdoc/>
    private protected override Task<JobChange?> ApplyAsync(JobLease lease, Func<StoredJob?, DateTimeOffset, JobChange?> transition, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return _server.WriteAsync(
            async session =>
            {
                StoredJob? job = await JobRows.LockAsync(session, lease.Id);
                JobChange? change = transition(job, session.Now);
                if (change is not null)
                {
                    Store(session, job!, change);
                }

                return change;
            },
            cancellation);
    }
}
