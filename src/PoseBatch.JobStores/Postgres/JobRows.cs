using Npgsql;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>The tables <c>jobs</c> and <c>work</c>: a <see cref="StoredJob"/> is a row of the first, and one of the second until it is over.</summary>
internal static class JobRows
{
    /// <summary>The select list, of <c>jobs j</c> and <c>work w</c>.</summary>
    public const string Columns =
        "j.seq, j.id, j.spec, j.origin, j.status, j.attempt, j.token, j.worker, w.until, j.run_at, j.submitted_at, j.started_at, j.finished_at, "
        + "coalesce(w.progress, j.progress), j.reason, j.message, j.advice, j.result_path, j.result_key, j.owned_key, j.duplicate_of";

    private const string FromJobs = $"SELECT {Columns} FROM jobs j LEFT JOIN work w ON w.job = j.seq";

    /// <summary>The rows of a condition.</summary>
    /// <param name="session">Where to look.</param>
    /// <param name="rest">What follows FROM.</param>
    /// <param name="values">Its parameters.</param>
    public static Task<List<StoredJob>> SelectAsync(PostgresSession session, string rest, params object?[] values) =>
        session.RowsAsync($"{FromJobs} {rest}", Read, values);

    /// <summary>The job of that id, or null.</summary>
    public static async Task<StoredJob?> FindAsync(PostgresSession session, string id) =>
        (await SelectAsync(session, "WHERE j.id = $1", id)).FirstOrDefault();

    /// <summary>The same, which nobody else changes until the transaction ends.</summary>
    public static async Task<StoredJob?> LockAsync(PostgresSession session, string id) =>
        (await session.RowsAsync(row => row.FieldCount == 1 ? null : Read(row), Lock(id), ($"{FromJobs} WHERE j.id = $1", [id])))[1].FirstOrDefault();

    /// <summary>Locks a job; a statement behind it reads it as it is once the lock is held.</summary>
    public static (string Sql, object?[] Values) Lock(string id) => ("SELECT 1 FROM jobs WHERE id = $1 FOR UPDATE", [id]);

    /// <summary>Adds a new job.</summary>
    /// <param name="session">In a transaction.</param>
    /// <param name="job">The job.</param>
    /// <param name="seconds">Length of its video; null when unknown.</param>
    /// <returns>With its sequence number; null when one with its id or idempotency key is there.</returns>
    public static async Task<StoredJob?> InsertAsync(PostgresSession session, StoredJob job, double? seconds)
    {
        JobRecord record = job.Job;
        List<long> added = await session.RowsAsync(
            """
            INSERT INTO jobs (id, idempotency_key, spec, origin, status, group_name, max_attempts, seconds, run_at, submitted_at, finished_at, reason, message, advice)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            ON CONFLICT DO NOTHING RETURNING seq
            """,
            row => row.GetInt64(0),
            record.Id,
            record.Spec.IdempotencyKey,
            JobJson.Write(record.Spec),
            record.Origin,
            record.Status.WireName(),
            record.Spec.Group,
            job.MaxAttempts,
            seconds,
            record.RunAt,
            record.SubmittedAt,
            record.FinishedAt,
            record.Reason?.WireName(),
            record.Message,
            record.Advice);
        return added is [long sequence] ? job with { Sequence = sequence } : null;
    }

    /// <summary>Puts a job into the queue: its place there is given by <see cref="JobRecord.RunAt"/>.</summary>
    public static void Queue(PostgresSession session, StoredJob job) => session.Write(
        "INSERT INTO work (job, priority, turn, run_at, deadline, gpu, token) VALUES ($1, $2, $3, $3, $4, $5, $6)",
        job.Sequence,
        job.Job.Spec.Priority ?? 5,
        job.Job.RunAt,
        job.Job.Spec.Deadline,
        job.Job.Spec.RequiresGpu == true,
        job.Job.Token);

    /// <summary>Writes what a transition has changed.</summary>
    public static void Save(PostgresSession session, StoredJob before, StoredJob after)
    {
        SaveRecord(session, before, after);
        if (before.Job.Status.IsOver())
        {
            if (!after.Job.Status.IsOver())
            {
                session.Write("UPDATE jobs SET spec = $1 WHERE seq = $2", JobJson.Write(after.Job.Spec), after.Sequence);
                Queue(session, after);
            }
        }
        else if (after.Job.Status.IsOver())
        {
            session.Write("DELETE FROM work WHERE job = $1", after.Sequence);
        }
        else
        {
            session.Write(
                "UPDATE work SET run_at = $1, held = $2, worker = $3, token = $4, until = $5, progress = $6 WHERE job = $7",
                after.Job.RunAt,
                after.Job.Status.IsHeld(),
                after.Job.Worker,
                after.Job.Token,
                after.Job.LeaseUntil,
                StoredRows.Text(after.Job.Progress),
                after.Sequence);
        }
    }

    /// <summary>Reads <see cref="Columns"/>.</summary>
    /// <exception cref="InvalidDataException">Somebody else has written into it.</exception>
    public static StoredJob Read(NpgsqlDataReader row) => StoredRows.Job(row, row.GetFieldValue<DateTimeOffset>);

    // A lease is renewed, and a segment noted, without a word in the table jobs.
    private static void SaveRecord(PostgresSession session, StoredJob before, StoredJob after)
    {
        bool isOver = after.Job.Status.IsOver();
        if (!isOver && before == after with { Job = after.Job with { LeaseUntil = before.Job.LeaseUntil, Progress = before.Job.Progress } })
        {
            return;
        }

        session.Write(
            """
            UPDATE jobs SET status = $1, attempt = $2, token = $3, worker = $4, run_at = $5, started_at = $6, finished_at = $7, progress = $8,
              reason = $9, message = $10, advice = $11, result_path = $12, result_key = $13, owned_key = $14, duplicate_of = $15
            WHERE seq = $16
            """,
            after.Job.Status.WireName(),
            after.Job.Attempt,
            after.Job.Token,
            after.Job.Worker,
            after.Job.RunAt,
            after.Job.StartedAt,
            after.Job.FinishedAt,
            isOver ? StoredRows.Text(after.Job.Progress) : null,
            after.Job.Reason?.WireName(),
            after.Job.Message,
            after.Job.Advice,
            after.Job.ResultPath,
            after.Job.ResultKey,
            after.OwnedKey,
            after.Job.DuplicateOf,
            after.Sequence);
    }
}
