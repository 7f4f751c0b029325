using Microsoft.Data.Sqlite;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>The table <c>jobs</c>: a row is a <see cref="StoredJob"/>.</summary>
internal static class JobTable
{
    private const string Columns =
        "seq, id, spec, origin, status, attempt, token, worker, lease_until, run_at, submitted_at, started_at, finished_at, "
        + "progress, reason, message, advice, result_path, result_key, owned_key, duplicate_of";

    /// <summary>The rows of a condition.</summary>
    /// <param name="session">Where to look.</param>
    /// <param name="rest">What follows FROM jobs.</param>
    /// <param name="values">Its parameters.</param>
    public static List<StoredJob> Select(Session session, string rest, params ReadOnlySpan<(string Name, object? Value)> values) =>
        session.Rows($"SELECT {Columns} FROM jobs {rest}", Read, values);

    /// <summary>The job of that id, or null.</summary>
    public static StoredJob? Find(Session session, string id) => Select(session, "WHERE id = $id", ("$id", id)).FirstOrDefault();

    /// <summary>The job of that idempotency key; null when there is none, or no key.</summary>
    public static StoredJob? WithKey(Session session, string? key) =>
        key is null ? null : Select(session, "WHERE idempotency_key = $key", ("$key", key)).FirstOrDefault();

    /// <summary>The select list, for statements that are put together from several.</summary>
    public static List<StoredJob> Query(Session session, Func<string, string> sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        session.Rows(sql(Columns), Read, values);

    /// <summary>Adds a new job.</summary>
    /// <param name="session">In a transaction.</param>
    /// <param name="job">The job.</param>
    /// <param name="durationSeconds">Length of its video; null when unknown.</param>
    /// <returns>Its sequence number.</returns>
    public static long Insert(Session session, JobRecord job, double? durationSeconds)
    {
        JobSpec spec = job.Spec;
        return session.Rows(
            """
            INSERT INTO jobs (id, idempotency_key, spec, origin, status, priority, group_name, requires_gpu, duration_s, max_attempts,
              deadline, run_at, waiting_since, submitted_at, finished_at, reason, message, advice)
            VALUES ($id, $key, $spec, $origin, $status, $priority, $group, $gpu, $duration, $most,
              $deadline, $run, $run, $submitted, $finished, $reason, $message, $advice)
            RETURNING seq
            """,
            row => row.GetInt64(0),
            ("$id", job.Id),
            ("$key", spec.IdempotencyKey),
            ("$spec", JobJson.Write(spec)),
            ("$origin", job.Origin),
            ("$status", job.Status.WireName()),
            ("$priority", spec.Priority ?? 5),
            ("$group", spec.Group),
            ("$gpu", spec.RequiresGpu == true ? 1 : 0),
            ("$duration", durationSeconds),
            ("$most", StoredJob.MaxAttemptsOf(spec)),
            ("$deadline", Milliseconds(spec.Deadline)),
            ("$run", Milliseconds(job.RunAt)),
            ("$submitted", Milliseconds(job.SubmittedAt)),
            ("$finished", Milliseconds(job.FinishedAt)),
            ("$reason", job.Reason?.WireName()),
            ("$message", job.Message),
            ("$advice", job.Advice))[0];
    }

    /// <summary>Writes what a transition may have changed.</summary>
    public static void Save(Session session, StoredJob job) => session.Run(
        """
        UPDATE jobs SET status = $status, attempt = $attempt, token = $token, worker = $worker, lease_until = $lease, run_at = $run,
          started_at = $started, finished_at = $finished, progress = $progress, reason = $reason, message = $message, advice = $advice,
          result_path = $path, result_key = $key, owned_key = $owned, duplicate_of = $duplicate
        WHERE seq = $seq
        """,
        ("$seq", job.Sequence),
        ("$status", job.Job.Status.WireName()),
        ("$attempt", job.Job.Attempt),
        ("$token", job.Job.Token),
        ("$worker", job.Job.Worker),
        ("$lease", Milliseconds(job.Job.LeaseUntil)),
        ("$run", Milliseconds(job.Job.RunAt)),
        ("$started", Milliseconds(job.Job.StartedAt)),
        ("$finished", Milliseconds(job.Job.FinishedAt)),
        ("$progress", StoredRows.Text(job.Job.Progress)),
        ("$reason", job.Job.Reason?.WireName()),
        ("$message", job.Job.Message),
        ("$advice", job.Job.Advice),
        ("$path", job.Job.ResultPath),
        ("$key", job.Job.ResultKey),
        ("$owned", job.OwnedKey),
        ("$duplicate", job.Job.DuplicateOf));

    /// <summary>Puts a job that was queued again at the end of the queue; its deadline may be another now.</summary>
    public static void Requeue(Session session, StoredJob job) => session.Run(
        "UPDATE jobs SET waiting_since = $since, spec = $spec, deadline = $deadline WHERE seq = $seq",
        ("$since", Milliseconds(job.Job.RunAt)),
        ("$spec", JobJson.Write(job.Job.Spec)),
        ("$deadline", Milliseconds(job.Job.Spec.Deadline)),
        ("$seq", job.Sequence));

    /// <summary>As stored; null stays null.</summary>
    public static long? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    /// <summary>Reads a time that is not null.</summary>
    public static DateTimeOffset TimeAt(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private static StoredJob Read(SqliteDataReader row) => StoredRows.Job(row, column => TimeAt(row, column));
}
