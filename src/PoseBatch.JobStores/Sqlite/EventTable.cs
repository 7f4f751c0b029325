using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>The table <c>events</c>: the history of all jobs.</summary>
internal static class EventTable
{
    /// <summary>Appends a line to a job's history.</summary>
    /// <param name="session">In a transaction.</param>
    /// <param name="job">The job's sequence number.</param>
    /// <param name="entry">The line; it gets a number of its own.</param>
    public static void Append(Session session, long job, JobEvent entry) => session.Run(
        "INSERT INTO events (job, time, state, worker, attempt, token, reason, message) VALUES ($job, $time, $state, $worker, $attempt, $token, $reason, $message)",
        ("$job", job),
        ("$time", JobTable.Milliseconds(entry.Time)),
        ("$state", entry.State),
        ("$worker", entry.Worker),
        ("$attempt", entry.Attempt),
        ("$token", entry.Token),
        ("$reason", entry.Reason?.WireName()),
        ("$message", entry.Message));

    /// <summary>See <see cref="IJobStore.EventsAsync"/>.</summary>
    public static IReadOnlyList<JobEvent> After(Session session, string? jobId, long after, int most) => session.Rows(
        $"""
        SELECT e.seq, j.id, e.time, e.state, e.worker, e.attempt, e.token, e.reason, e.message
        FROM events e JOIN jobs j ON j.seq = e.job
        WHERE e.seq > $after {(jobId is null ? "AND $id IS NULL" : "AND e.job = (SELECT seq FROM jobs WHERE id = $id)")}
        ORDER BY e.seq LIMIT $most
        """,
        row => StoredRows.Event(row, column => JobTable.TimeAt(row, column)),
        ("$after", after),
        ("$id", jobId),
        ("$most", most));

    /// <summary>The number of the newest line, 0 when there is none.</summary>
    public static long Last(Session session) => session.Rows("SELECT coalesce(max(seq), 0) FROM events", row => row.GetInt64(0))[0];
}
