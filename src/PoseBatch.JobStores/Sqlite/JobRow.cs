using System.Text.Json;
using Microsoft.Data.Sqlite;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>A row of the table <c>jobs</c>.</summary>
/// <param name="Sequence">Its number, in order of submission.</param>
/// <param name="Job">What the world sees of it.</param>
/// <param name="OwnedKey">The result key while this job is the one to answer for it; else null.</param>
internal sealed record JobRow(long Sequence, JobRecord Job, string? OwnedKey)
{
    private const string Columns =
        "seq, id, spec, origin, status, attempt, token, worker, lease_until, run_at, submitted_at, started_at, finished_at, "
        + "progress, reason, message, advice, result_path, result_key, owned_key, duplicate_of";

    /// <summary>Attempts it may use.</summary>
    public int MaxAttempts => MaxAttemptsOf(Job.Spec);

    /// <summary>Attempts a job may use; a spec always says so once its defaults are filled in.</summary>
    public static int MaxAttemptsOf(JobSpec spec) => spec.Limits.MaxAttempts ?? 3;

    /// <summary>The rows of a condition.</summary>
    /// <param name="session">Where to look.</param>
    /// <param name="rest">What follows FROM jobs.</param>
    /// <param name="values">Its parameters.</param>
    public static List<JobRow> Select(Session session, string rest, params ReadOnlySpan<(string Name, object? Value)> values) =>
        session.Rows($"SELECT {Columns} FROM jobs {rest}", Read, values);

    /// <summary>The job of that id, or null.</summary>
    public static JobRow? Find(Session session, string id) => Select(session, "WHERE id = $id", ("$id", id)).FirstOrDefault();

    /// <summary>The select list, for statements that are put together from several.</summary>
    public static List<JobRow> Query(Session session, Func<string, string> sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        session.Rows(sql(Columns), Read, values);

    /// <summary>Adds a new job.</summary>
    /// <param name="session">In a transaction.</param>
    /// <param name="job">The job.</param>
    /// <param name="durationSeconds">Length of its video; null when unknown.</param>
    /// <returns>Its row.</returns>
    public static JobRow Insert(Session session, JobRecord job, double? durationSeconds)
    {
        JobSpec spec = job.Spec;
        long sequence = session.Rows(
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
            ("$most", MaxAttemptsOf(spec)),
            ("$deadline", Milliseconds(spec.Deadline)),
            ("$run", Milliseconds(job.RunAt)),
            ("$submitted", Milliseconds(job.SubmittedAt)),
            ("$finished", Milliseconds(job.FinishedAt)),
            ("$reason", job.Reason?.WireName()),
            ("$message", job.Message),
            ("$advice", job.Advice))[0];
        return new JobRow(sequence, job, null);
    }

    /// <summary>Writes what may have changed.</summary>
    public void Save(Session session) => session.Run(
        """
        UPDATE jobs SET status = $status, attempt = $attempt, token = $token, worker = $worker, lease_until = $lease, run_at = $run,
          started_at = $started, finished_at = $finished, progress = $progress, reason = $reason, message = $message, advice = $advice,
          result_path = $path, result_key = $key, owned_key = $owned, duplicate_of = $duplicate
        WHERE seq = $seq
        """,
        ("$seq", Sequence),
        ("$status", Job.Status.WireName()),
        ("$attempt", Job.Attempt),
        ("$token", Job.Token),
        ("$worker", Job.Worker),
        ("$lease", Milliseconds(Job.LeaseUntil)),
        ("$run", Milliseconds(Job.RunAt)),
        ("$started", Milliseconds(Job.StartedAt)),
        ("$finished", Milliseconds(Job.FinishedAt)),
        ("$progress", Text(Job.Progress)),
        ("$reason", Job.Reason?.WireName()),
        ("$message", Job.Message),
        ("$advice", Job.Advice),
        ("$path", Job.ResultPath),
        ("$key", Job.ResultKey),
        ("$owned", OwnedKey),
        ("$duplicate", Job.DuplicateOf));

    /// <summary>Appends a line to the job's history.</summary>
    /// <param name="session">In a transaction.</param>
    /// <param name="time">When it happened.</param>
    /// <param name="state">See <see cref="JobEvent"/>.</param>
    /// <param name="reason">Why; null for none.</param>
    /// <param name="message">In words; null for none.</param>
    public void Append(Session session, DateTimeOffset time, string state, ReasonCode? reason = null, string? message = null) => session.Run(
        "INSERT INTO events (job, time, state, worker, attempt, token, reason, message) VALUES ($job, $time, $state, $worker, $attempt, $token, $reason, $message)",
        ("$job", Sequence),
        ("$time", Milliseconds(time)),
        ("$state", state),
        ("$worker", Job.Worker),
        ("$attempt", Job.Attempt),
        ("$token", Job.Token),
        ("$reason", reason?.WireName()),
        ("$message", message));

    /// <summary>As stored; null stays null.</summary>
    public static long? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    /// <summary>As stored; null stays null.</summary>
    public static string? Text(JobProgress? progress) => progress is null ? null : JobRecordJson.Write(progress);

    /// <exception cref="InvalidDataException">Somebody else has written into it.</exception>
    private static JobRow Read(SqliteDataReader row)
    {
        try
        {
            return ReadColumns(row);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"row {row.GetValue(0)} of its table jobs (id {row.GetValue(1)}) cannot be read: {damage.Message}", damage);
        }
    }

    private static JobRow ReadColumns(SqliteDataReader row)
    {
        int column = 0;
        long sequence = row.GetInt64(column++);
        JobRecord job = new()
        {
            Id = row.GetString(column++),
            Spec = ReadSpec(row.GetString(column++)),
            Origin = row.GetString(column++),
            Status = JobStatuses.Parse(row.GetString(column++))!.Value,
            Attempt = row.GetInt32(column++),
            Token = row.GetInt64(column++),
            Worker = TextAt(row, column++),
            LeaseUntil = TimeAt(row, column++),
            RunAt = TimeAt(row, column++)!.Value,
            SubmittedAt = TimeAt(row, column++)!.Value,
            StartedAt = TimeAt(row, column++),
            FinishedAt = TimeAt(row, column++),
            Progress = ReadProgress(TextAt(row, column++)),
            Reason = TextAt(row, column++) is { } reason ? ReasonCodes.Parse(reason) : null,
            Message = TextAt(row, column++),
            Advice = TextAt(row, column++),
            ResultPath = TextAt(row, column++),
            ResultKey = TextAt(row, column++),
        };
        string? owned = TextAt(row, column++);
        return new JobRow(sequence, job with { DuplicateOf = TextAt(row, column) }, owned);
    }

    private static JobSpec ReadSpec(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return JobRecordJson.ReadSpec(document.RootElement);
    }

    private static JobProgress? ReadProgress(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(json);
        return JobRecordJson.ReadProgress(document.RootElement);
    }

    private static string? TextAt(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? TimeAt(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
