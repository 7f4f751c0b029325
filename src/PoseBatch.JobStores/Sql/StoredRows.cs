using System.Data.Common;
using System.Text.Json;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sql;

/// <summary>Rows of jobs and events as every SQL store selects them; only its times are a store's own.</summary>
internal static class StoredRows
{
    /// <summary>As stored; null stays null.</summary>
    public static string? Text(JobProgress? progress) => progress is null ? null : JobRecordJson.Write(progress);

    /// <summary>
    /// A job: seq, id, spec, origin, status, attempt, token, worker, end of its lease, run_at, submitted_at, started_at, finished_at, progress, reason,
    /// message, advice, result_path, result_key, owned_key, duplicate_of.
    /// </summary>
    /// <param name="row">At the row.</param>
    /// <param name="timeAt">Reads a time from a column that is not null.</param>
    /// <exception cref="InvalidDataException">Somebody else has written into it.</exception>
    public static StoredJob Job(DbDataReader row, Func<int, DateTimeOffset> timeAt)
    {
        try
        {
            return ReadJob(row, timeAt);
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or InvalidCastException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"row {row.GetValue(0)} of its table jobs (id {row.GetValue(1)}) cannot be read: {damage.Message}", damage);
        }
    }

    /// <summary>A line of history: seq, id of the job, time, state, worker, attempt, token, reason, message.</summary>
    /// <param name="row">At the row.</param>
    /// <param name="timeAt">Reads a time from a column.</param>
    public static JobEvent Event(DbDataReader row, Func<int, DateTimeOffset> timeAt) => new(
        row.GetInt64(0),
        row.GetString(1),
        timeAt(2),
        row.GetString(3),
        TextAt(row, 4),
        row.GetInt32(5),
        row.GetInt64(6),
        TextAt(row, 7) is { } reason ? ReasonCodes.Parse(reason) : null,
        TextAt(row, 8));

    private static StoredJob ReadJob(DbDataReader row, Func<int, DateTimeOffset> timeAt)
    {
        int column = 0;
        long sequence = row.GetInt64(column++);
        JobRecord job = new()
        {
            Id = row.GetString(column++),
            Spec = JobRecordJson.ReadSpec(row.GetString(column++)),
            Origin = row.GetString(column++),
            Status = JobStatuses.Parse(row.GetString(column++))!.Value,
            Attempt = row.GetInt32(column++),
            Token = row.GetInt64(column++),
            Worker = TextAt(row, column++),
            LeaseUntil = TimeOrNull(column++),
            RunAt = timeAt(column++),
            SubmittedAt = timeAt(column++),
            StartedAt = TimeOrNull(column++),
            FinishedAt = TimeOrNull(column++),
            Progress = TextAt(row, column++) is { } progress ? JobRecordJson.ReadProgress(progress) : null,
            Reason = TextAt(row, column++) is { } reason ? ReasonCodes.Parse(reason) : null,
            Message = TextAt(row, column++),
            Advice = TextAt(row, column++),
            ResultPath = TextAt(row, column++),
            ResultKey = TextAt(row, column++),
        };
        string? owned = TextAt(row, column++);
        return new StoredJob(sequence, job with { DuplicateOf = TextAt(row, column) }, owned);

        DateTimeOffset? TimeOrNull(int at) => row.IsDBNull(at) ? null : timeAt(at);
    }

    private static string? TextAt(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
