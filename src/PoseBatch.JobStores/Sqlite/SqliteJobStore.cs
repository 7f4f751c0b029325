using System.Globalization;
using System.Text.Json;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>
/// Jobs in one SQLite file (WAL, synchronous=FULL), for any number of processes on one machine. Every change is one
/// transaction that holds the write lock from its first statement, so that what it reads is still true when it writes; all
/// times come from one clock, which all processes of the machine share. Thread-safe.
/// </summary>
public sealed class SqliteJobStore : IJobStore
{
    // Whoever waits for longer than this is told so instead of being kept.
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly StoreFile _file;
    private readonly TimeProvider _clock;
    private readonly Ulid _ids;

    private SqliteJobStore(StoreFile file, TimeProvider clock) => (_file, _clock, _ids) = (file, clock, new Ulid(clock));

    /// <summary>Full path of the SQLite file.</summary>
    internal string FilePath => _file.FilePath;

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

        JobSpec spec = job.Spec with { JobId = job.Spec.JobId ?? _ids.Next() };
        return Change(session =>
        {
            JobRow? known = JobRow.Find(session, spec.JobId)
                ?? (spec.IdempotencyKey is { } key ? JobRow.Select(session, "WHERE idempotency_key = $key", ("$key", key)).FirstOrDefault() : null);
            if (known is not null)
            {
                return new JobSubmission(known.Job, IsNew: false);
            }

            DateTimeOffset now = Now;
            JobRefusal? refusal = job.Refusal;
            JobRow row = JobRow.Insert(
                session,
                new JobRecord
                {
                    Id = spec.JobId,
                    Spec = spec,
                    Origin = job.Origin,
                    Status = refusal is null ? JobStatus.Queued : JobStatus.Dead,
                    RunAt = now,
                    SubmittedAt = now,
                    FinishedAt = refusal is null ? null : now,
                    Reason = refusal?.Reason,
                    Message = refusal?.Message,
                    Advice = refusal?.Advice,
                },
                job.DurationSeconds);
            row.Append(session, job.SettlingSince ?? now, "submitted", message: $"through {job.Origin}");
            if (job.SettlingSince is { } since)
            {
                row.Append(session, since, "settling");
            }

            row.Append(session, now, row.Job.Status.WireName(), refusal?.Reason, refusal?.Message);

            // As it will be read: nothing that cannot be read again may go in.
            return new JobSubmission(JobRow.Find(session, spec.JobId)!.Job, IsNew: true);
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => _file.ReadAsync(session => JobRow.Find(session, id)?.Job, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobRecord>> ListAsync(JobQuery query, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Most, 1000);

        // One status after the other, each through its index and at most so many: the rest is left untouched however long it is.
        const string Before = "($before IS NULL OR seq < (SELECT seq FROM jobs WHERE id = $before))";
        const string Newest = "ORDER BY seq DESC LIMIT $most";
        IReadOnlyList<JobStatus> statuses = query.Statuses.Count > 0 || query.Group is null ? query.Statuses : Enum.GetValues<JobStatus>();
        string group = query.Group is null ? string.Empty : "group_name = $group AND ";
        return _file.ReadAsync<IReadOnlyList<JobRecord>>(
            session =>
            {
                List<JobRow> rows = JobRow.Query(
                    session,
                    columns => statuses.Count == 0
                        ? $"SELECT {columns} FROM jobs WHERE {Before} {Newest}"
                        : string.Join(" UNION ALL ", statuses.Distinct().Select(status =>
                            $"SELECT * FROM (SELECT {columns} FROM jobs WHERE {group}status = '{status.WireName()}' AND {Before} {Newest})")) + $" {Newest}",
                    [.. Values()]);
                return [.. rows.Select(row => row.Job)];
            },
            cancellation);

        IEnumerable<(string, object?)> Values()
        {
            yield return ("$before", query.Before);
            yield return ("$most", query.Most);
            if (query.Group is not null)
            {
                yield return ("$group", query.Group);
            }
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<JobStatus, long>> CountAsync(CancellationToken cancellation) => _file.ReadAsync<IReadOnlyDictionary<JobStatus, long>>(
        session => session.Rows("SELECT status, jobs FROM counts WHERE jobs > 0", row => (Status: JobStatuses.Parse(row.GetString(0))!.Value, Jobs: row.GetInt64(1)))
            .ToDictionary(pair => pair.Status, pair => pair.Jobs),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, int most, CancellationToken cancellation) => _file.ReadAsync<IReadOnlyList<JobEvent>>(
        session => session.Rows(
            $"""
            SELECT e.seq, j.id, e.time, e.state, e.worker, e.attempt, e.token, e.reason, e.message
            FROM events e JOIN jobs j ON j.seq = e.job
            WHERE e.seq > $after {(jobId is null ? "AND $id IS NULL" : "AND e.job = (SELECT seq FROM jobs WHERE id = $id)")}
            ORDER BY e.seq LIMIT $most
            """,
            row => new JobEvent(
                row.GetInt64(0),
                row.GetString(1),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
                row.GetString(3),
                row.IsDBNull(4) ? null : row.GetString(4),
                row.GetInt32(5),
                row.GetInt64(6),
                row.IsDBNull(7) ? null : ReasonCodes.Parse(row.GetString(7)),
                row.IsDBNull(8) ? null : row.GetString(8)),
            ("$after", after),
            ("$id", jobId),
            ("$most", most)),
        cancellation);

    /// <inheritdoc/>
    public Task<long> LastEventAsync(CancellationToken cancellation) =>
        _file.ReadAsync(session => session.Rows("SELECT coalesce(max(seq), 0) FROM events", row => row.GetInt64(0))[0], cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> KeysAsync(string prefix, CancellationToken cancellation) => _file.ReadAsync<IReadOnlyList<string>>(
        session => session.Rows(
            "SELECT idempotency_key FROM jobs WHERE idempotency_key >= $prefix AND substr(idempotency_key, 1, length($prefix)) = $prefix "
            + "AND idempotency_key < $prefix || char(0x10FFFF, 0x10FFFF) ORDER BY idempotency_key",
            row => row.GetString(0),
            ("$prefix", prefix)),
        cancellation);

    /// <inheritdoc/>
    public Task<JobLease?> ClaimAsync(JobClaim claim, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(claim.Lease, TimeSpan.Zero);

        // INDEXED BY: were the index of no use to the query, SQLite would say so instead of reading every job there ever was.
        // What waits since it was submitted is due whatever the clock says: it may have been set back since. So is what would have to
        // wait for longer than anything does.
        const string Ready =
            """
            finished_at IS NULL AND requires_gpu <= $gpu AND ($seconds IS NULL OR coalesce(duration_s, 0) <= $seconds)
              AND ((status IN ('queued', 'retry_wait') AND (run_at <= $now OR run_at <= waiting_since OR run_at > $latest))
                OR (status IN ('leased', 'running', 'finalizing') AND lease_until <= $now AND id NOT IN (SELECT value FROM json_each($hand))))
            ORDER BY priority DESC, waiting_since, seq LIMIT 1
            """;
        const string Next = "INDEXED BY jobs_open WHERE " + Ready;
        const string NamedNext = "WHERE id = $id AND " + Ready;
        string next = claim.JobId is null ? Next : NamedNext;
        (string, object?)[] Values() =>
        [
            ("$gpu", claim.HasGpu ? 1 : 0), ("$seconds", claim.MostSeconds), ("$now", JobRow.Milliseconds(Now)),
            ("$latest", JobRow.Milliseconds(Now + RetryWait.Longest)), ("$hand", JsonSerializer.Serialize(claim.HeldJobs)),
            .. claim.JobId is { } id ? [("$id", (object?)id)] : Array.Empty<(string, object?)>(),
        ];

        return _file.WriteAsync(
            session =>
            {
                DateTimeOffset now = Now;
                Sweep(session, now);
                if (JobRow.Select(session, next, Values()).FirstOrDefault() is not { } row)
                {
                    return null;
                }

                if (row.Job.Status.IsHeld())
                {
                    row = NoteInterruption(session, row, now);
                }

                row = row with
                {
                    OwnedKey = null,
                    Job = row.Job with
                    {
                        Status = JobStatus.Leased,
                        Attempt = row.Job.Attempt + 1,
                        Token = row.Job.Token + 1,
                        Worker = claim.Worker,
                        LeaseUntil = now + claim.Lease,
                        StartedAt = now,
                        Progress = null,
                    },
                };
                row.Save(session);
                row.Append(session, now, row.Job.Status.WireName());
                return new JobLease(row.Job, claim.Lease);
            },
            cancellation,
            isWorthwhile: session =>
                session.Rows($"SELECT 1 FROM jobs {next}", _ => true, Values()).Count > 0
                || session.Rows($"SELECT 1 FROM jobs {Expired} LIMIT 1", _ => true, ("$now", JobRow.Milliseconds(Now))).Count > 0
                || session.Rows($"SELECT 1 FROM jobs {TooLate} LIMIT 1", _ => true, ("$now", JobRow.Milliseconds(Now))).Count > 0);
    }

    /// <inheritdoc/>
    public Task<LeaseState> HeartbeatAsync(JobLease lease, JobProgress? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Change(
            session => session.Rows(
                """
                UPDATE jobs SET lease_until = $until, progress = coalesce($progress, progress)
                WHERE id = $id AND token = $token AND status IN ('leased', 'running', 'finalizing', 'cancelling') RETURNING status
                """,
                row => row.GetString(0) == "cancelling" ? LeaseState.Cancelling : LeaseState.Held,
                ("$until", JobRow.Milliseconds(Now + lease.Duration)),
                ("$progress", JobRow.Text(progress)),
                ("$id", lease.Id),
                ("$token", lease.Token)) is [LeaseState state] ? state : LeaseState.Lost,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<LeaseState> AdvanceAsync(JobLease lease, JobStatus status, string? message, CancellationToken cancellation)
    {
        if (status is not (JobStatus.Running or JobStatus.Finalizing))
        {
            throw new ArgumentException($"A held job moves to running or finalizing, not to {status.WireName()}.", nameof(status));
        }

        return Hold(lease, (session, row, now) =>
        {
            if (row.Job.Status != JobStatus.Cancelling && (row.Job.Status != status || message is not null))
            {
                row = row with { Job = row.Job with { Status = status } };
                row.Append(session, now, status.WireName(), message: message);
            }

            return row;
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<LeaseState> CommitSegmentAsync(JobLease lease, int segment, string message, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        return Hold(lease, (session, row, now) =>
        {
            row.Append(session, now, "segment", message: message);
            JobProgress progress = row.Job.Progress ?? new JobProgress();
            JobRecord job = row.Job.Reason == ReasonCode.LeaseLost ? row.Job with { Reason = null, Message = null } : row.Job;
            return row with { Job = job with { Progress = progress with { Segments = Math.Max(progress.Segments, segment + 1) } } };
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> SetDurationAsync(JobLease lease, double seconds, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return Change(
            session => session.Rows(
                "UPDATE jobs SET duration_s = $seconds WHERE id = $id AND token = $token AND lease_until IS NOT NULL RETURNING 1",
                _ => true,
                ("$seconds", seconds),
                ("$id", lease.Id),
                ("$token", lease.Token)).Count > 0,
            cancellation);
    }

    /// <inheritdoc/>
    public Task<JobRecord?> ClaimResultKeyAsync(JobLease lease, string resultKey, string? insteadOf, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentException.ThrowIfNullOrEmpty(resultKey);
        return _file.WriteAsync(
            session =>
            {
                DateTimeOffset now = Now;
                JobRow row = Fenced(session, lease) ?? throw new PoseBatchException(
                    ReasonCode.LeaseLost, $"Job {lease.Id} is no longer held under token {lease.Token}: another worker has it, or it is over.");
                JobRow? owner = JobRow.Select(session, "WHERE owned_key = $key AND seq <> $me", ("$key", resultKey), ("$me", row.Sequence)).FirstOrDefault();
                if (owner is not null && owner.Job.Status.IsHeld() && owner.Job.LeaseUntil <= now)
                {
                    EndLease(session, owner, now);   // frees the key
                    owner = null;
                }
                else if (owner is not null && owner.Job.Id == insteadOf && owner.Job.Status == JobStatus.Completed)
                {
                    (owner with { OwnedKey = null }).Save(session);
                    owner = null;
                }

                (row with { OwnedKey = owner is null ? resultKey : null, Job = row.Job with { ResultKey = resultKey } }).Save(session);
                return owner?.Job;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(
        JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, CancellationToken cancellation) =>
        Leave(lease, (session, row, now) =>
        {
            JobStatus status = isDuplicate ? JobStatus.Duplicate : JobStatus.Completed;
            row = Ended(row, status, null, message, null, now);
            row = row with { Job = row.Job with { ResultPath = resultPath, DuplicateOf = isDuplicate ? duplicateOf : null } };
            row.Append(session, now, status.WireName(), message: message);
            return row;
        }, cancellation);

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, CancellationToken cancellation)
    {
        RefuseLonger(retryAfter ?? TimeSpan.Zero, nameof(retryAfter));
        return Leave(lease, (session, row, now) =>
        {
            if (row.Job.Status == JobStatus.Cancelling)
            {
                return Cancelled(session, row, now);
            }

            row.Append(session, now, "failed_attempt", reason, message);
            if (retryAfter is { } wait && row.Job.Attempt < row.MaxAttempts)
            {
                row = row with
                {
                    OwnedKey = null,
                    Job = row.Job with
                    {
                        Status = JobStatus.RetryWait,
                        LeaseUntil = null,
                        RunAt = now + wait,
                        Reason = reason,
                        Message = message,
                        Advice = advice,
                    },
                };
                row.Append(session, now, row.Job.Status.WireName(), reason, string.Create(
                    CultureInfo.InvariantCulture, $"attempt {row.Job.Attempt + 1} of {row.MaxAttempts} in {wait.TotalSeconds:0.#} s"));
                return row;
            }

            string last = retryAfter is null ? message : string.Create(
                CultureInfo.InvariantCulture, $"{Sentence(message)} That was attempt {row.Job.Attempt} of {row.MaxAttempts}.");
            row = Ended(row, JobStatus.Dead, reason, last, advice, now);
            row.Append(session, now, row.Job.Status.WireName(), reason, last);
            return row;
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> PostponeAsync(
        JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, CancellationToken cancellation)
    {
        RefuseLonger(after, nameof(after));
        return Leave(lease, (session, row, now) =>
        {
            if (row.Job.Status == JobStatus.Cancelling)
            {
                return Cancelled(session, row, now);
            }

            row = row with
            {
                OwnedKey = null,
                Job = row.Job with
                {
                    Status = JobStatus.RetryWait,
                    Attempt = row.Job.Attempt - 1,
                    LeaseUntil = null,
                    RunAt = now + after,
                    Reason = reason,
                    Message = message,
                    Advice = advice,
                },
            };
            row.Append(session, now, row.Job.Status.WireName(), reason, message);
            return row;
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> ReleaseAsync(JobLease lease, TimeSpan after, string message, CancellationToken cancellation)
    {
        RefuseLonger(after, nameof(after));
        return Leave(lease, (session, row, now) =>
        {
            if (row.Job.Status == JobStatus.Cancelling)
            {
                return Cancelled(session, row, now);
            }

            row = row with
            {
                OwnedKey = null,
                Job = row.Job with
                {
                    Status = JobStatus.Queued,
                    Attempt = row.Job.Attempt - 1,
                    LeaseUntil = null,
                    RunAt = after > TimeSpan.Zero ? now + after : row.Job.RunAt,
                },
            };
            row.Append(session, now, row.Job.Status.WireName(), message: message);
            return row;
        }, cancellation);
    }

    /// <inheritdoc/>
    public Task<int> ExpireLeasesAsync(string worker, CancellationToken cancellation) => Change(
        session =>
        {
            DateTimeOffset now = Now;
            List<JobRow> held = JobRow.Select(session, "WHERE lease_until IS NOT NULL AND worker = $worker ORDER BY seq", ("$worker", worker));
            foreach (JobRow row in held)
            {
                EndLease(session, row, now);
            }

            return held.Count;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellation) => _file.ReadAsync<IReadOnlyList<string>>(
        session => session.Rows("SELECT DISTINCT worker FROM jobs WHERE lease_until IS NOT NULL ORDER BY worker", row => row.GetString(0)), cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => _file.WriteAsync(
        session =>
        {
            DateTimeOffset now = Now;
            JobRow? row = JobRow.Find(session, id);
            if (row is null || row.Job.Status.IsOver())
            {
                return row?.Job;
            }

            if (row.Job.Status.IsHeld() && row.Job.LeaseUntil > now)
            {
                if (row.Job.Status != JobStatus.Cancelling)
                {
                    row = row with { Job = row.Job with { Status = JobStatus.Cancelling } };
                    row.Append(session, now, row.Job.Status.WireName());
                }
            }
            else
            {
                row = Cancelled(session, row, now);   // nobody is there to be told
            }

            row.Save(session);
            return row.Job;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => _file.WriteAsync(
        session =>
        {
            DateTimeOffset now = Now;
            JobRow? row = JobRow.Find(session, id);
            if (row is null || row.Job.Status is not (JobStatus.Dead or JobStatus.Cancelled))
            {
                return row?.Job;
            }

            // A deadline that has passed would end it again at once.
            bool isLate = row.Job.Spec.Deadline <= now;
            JobSpec spec = isLate ? row.Job.Spec with { Deadline = null } : row.Job.Spec;
            session.Run(
                "UPDATE jobs SET waiting_since = $now, spec = $spec, deadline = $deadline WHERE seq = $seq",
                ("$now", JobRow.Milliseconds(now)),
                ("$spec", JobJson.Write(spec)),
                ("$deadline", JobRow.Milliseconds(spec.Deadline)),
                ("$seq", row.Sequence));
            row = row with
            {
                Job = row.Job with
                {
                    Spec = spec,
                    Status = JobStatus.Queued,
                    Attempt = 0,
                    RunAt = now,
                    FinishedAt = null,
                    Progress = null,
                    Reason = null,
                    Message = null,
                    Advice = null,
                },
            };
            row.Save(session);
            row.Append(session, now, row.Job.Status.WireName(), message: isLate ? "by request, without the deadline that has passed" : "by request");
            return row.Job;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<JobNotice?> ClaimNoticeAsync(TimeSpan hold, CancellationToken cancellation)
    {
        const string Due = "FROM notices WHERE due <= $now ORDER BY due LIMIT 1";
        return _file.WriteAsync(
            session =>
            {
                DateTimeOffset now = Now;
                List<(long Id, long Job, int Tries)> due = session.Rows(
                    $"SELECT id, job, tries {Due}", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt32(2)), ("$now", JobRow.Milliseconds(now)));
                if (due is not [(long id, long sequence, int tries)])
                {
                    return null;
                }

                session.Run("UPDATE notices SET due = $due, tries = tries + 1 WHERE id = $id", ("$due", JobRow.Milliseconds(now + hold)), ("$id", id));
                return new JobNotice(id, JobRow.Select(session, "WHERE seq = $seq", ("$seq", sequence))[0].Job, tries);
            },
            cancellation,
            isWorthwhile: session => session.Rows($"SELECT 1 {Due}", _ => true, ("$now", JobRow.Milliseconds(Now))).Count > 0);
    }

    /// <inheritdoc/>
    public Task AcknowledgeNoticeAsync(JobNotice notice, TimeSpan? again, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(notice);
        return Change(
            session =>
            {
                if (again is { } wait)
                {
                    session.Run("UPDATE notices SET due = $due WHERE id = $id", ("$due", JobRow.Milliseconds(Now + wait)), ("$id", notice.Id));
                }
                else
                {
                    session.Run("DELETE FROM notices WHERE id = $id", ("$id", notice.Id));
                }

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

    private const string Expired = "WHERE lease_until <= $now AND (status = 'cancelling' OR attempt >= max_attempts)";

    private const string TooLate =
        "WHERE deadline < $now AND finished_at IS NULL AND status <> 'cancelling' AND (lease_until IS NULL OR lease_until <= $now)";

    /// <summary>A longer wait would be taken for one that a clock gave before it was set back.</summary>
    private static void RefuseLonger(TimeSpan wait, string name) => ArgumentOutOfRangeException.ThrowIfGreaterThan(wait, RetryWait.Longest, name);

    private async Task<T> Change<T>(Func<Session, T> action, CancellationToken cancellation) => (await _file.WriteAsync(action, cancellation))!;

    /// <summary>Changes a job whose lease goes on, and renews the lease.</summary>
    private Task<LeaseState> Hold(JobLease lease, Func<Session, JobRow, DateTimeOffset, JobRow> change, CancellationToken cancellation) => Change(
        session =>
        {
            DateTimeOffset now = Now;
            if (Fenced(session, lease) is not { } row)
            {
                return LeaseState.Lost;
            }

            row = change(session, row, now);
            (row with { Job = row.Job with { LeaseUntil = now + lease.Duration } }).Save(session);
            return row.Job.Status == JobStatus.Cancelling ? LeaseState.Cancelling : LeaseState.Held;
        },
        cancellation);

    /// <summary>Changes a job whose lease ends with it. False when the lease was lost.</summary>
    private Task<bool> Leave(JobLease lease, Func<Session, JobRow, DateTimeOffset, JobRow> change, CancellationToken cancellation) => Change(
        session =>
        {
            if (Fenced(session, lease) is not { } row)
            {
                return false;
            }

            change(session, row, Now).Save(session);
            return true;
        },
        cancellation);

    /// <summary>The job, as long as the lease's token is its newest and it is held; else null.</summary>
    private static JobRow? Fenced(Session session, JobLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return JobRow.Find(session, lease.Id) is { } row && row.Job.Token == lease.Token && row.Job.Status.IsHeld() ? row : null;
    }

    /// <summary>Ends what nobody can go on with: cancelled jobs and used-up ones whose worker is gone, and those past their deadline.</summary>
    private static void Sweep(Session session, DateTimeOffset now)
    {
        foreach (JobRow row in JobRow.Select(session, Expired, ("$now", JobRow.Milliseconds(now))))
        {
            EndLease(session, row, now);
        }

        foreach (JobRow row in JobRow.Select(session, TooLate, ("$now", JobRow.Milliseconds(now))))
        {
            string message = $"Its deadline, {row.Job.Spec.Deadline:yyyy-MM-dd HH:mm:ss} UTC, passed before a worker could begin it.";
            JobRow over = Ended(row, JobStatus.Dead, ReasonCode.Cancelled, message, "Queue it again with posebatch jobs retry: the deadline is dropped then.", now);
            over.Append(session, now, over.Job.Status.WireName(), over.Job.Reason, message);
            over.Save(session);
        }
    }

    /// <summary>Ends the lease of a worker that is gone: the job waits again, or is over.</summary>
    private static void EndLease(Session session, JobRow row, DateTimeOffset now)
    {
        if (row.Job.Status == JobStatus.Cancelling)
        {
            Cancelled(session, row, now).Save(session);
            return;
        }

        string? before = row.Job.Message;
        row = NoteInterruption(session, row, now);
        if (row.Job.Attempt >= row.MaxAttempts)
        {
            string message = before is null ? row.Job.Message! : $"{row.Job.Message} Before that: {before}";
            row = Ended(
                row,
                JobStatus.Dead,
                ReasonCode.MaxAttempts,
                message,
                "A video that ends its worker again and again needs more memory than there is, or shows a defect: try it alone with posebatch process.",
                now);
        }
        else
        {
            row = row with { OwnedKey = null, Job = row.Job with { Status = JobStatus.Queued, LeaseUntil = null } };
        }

        row.Append(session, now, row.Job.Status.WireName(), row.Job.Reason, row.Job.Message);
        row.Save(session);
    }

    /// <summary>Writes into history and job that its worker went away in the middle.</summary>
    private static JobRow NoteInterruption(Session session, JobRow row, DateTimeOffset now)
    {
        string frames = row.Job.Progress is { } progress
            ? string.Create(CultureInfo.InvariantCulture, $", {progress.Frames:N0} frames and {progress.Segments} safe segments in")
            : string.Empty;
        string message = $"Attempt {row.Job.Attempt} of {row.MaxAttempts} ended without a word from its worker {row.Job.Worker} ({row.Job.Status.WireName()}{frames}).";
        row.Append(session, now, "interrupted", ReasonCode.LeaseLost, message);
        return row with { Job = row.Job with { Reason = ReasonCode.LeaseLost, Message = message, Advice = null } };
    }

    private static JobRow Cancelled(Session session, JobRow row, DateTimeOffset now)
    {
        row = Ended(row, JobStatus.Cancelled, ReasonCode.Cancelled, "Cancelled by request.", null, now);
        row.Append(session, now, row.Job.Status.WireName(), row.Job.Reason);
        return row;
    }

    private static JobRow Ended(JobRow row, JobStatus status, ReasonCode? reason, string? message, string? advice, DateTimeOffset now) => row with
    {
        OwnedKey = status == JobStatus.Completed ? row.OwnedKey : null,
        Job = row.Job with { Status = status, LeaseUntil = null, FinishedAt = now, Reason = reason, Message = message, Advice = advice },
    };

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}
