using PoseBatch.Jobs;
using PoseBatch.JobStores.Sql;

namespace PoseBatch.JobStores.Postgres;

/// <summary>The table <c>events</c>: what happened to the jobs, in the order in which it could be seen.</summary>
internal static class EventRows
{
    // Numbered by one statement, so that neither it nor a follower waits for long.
    private const int MostAtOnce = 5000;

    /// <summary>Adds a line.</summary>
    /// <param name="session">In the transaction of what happened.</param>
    /// <param name="job">The job's sequence number.</param>
    /// <param name="entry">The line; it gets a number of its own.</param>
    public static void Append(PostgresSession session, long job, JobEvent entry) => session.Write(
        "INSERT INTO events (job, time, state, worker, attempt, token, reason, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        job,
        entry.Time,
        entry.State,
        entry.Worker,
        entry.Attempt,
        entry.Token,
        entry.Reason?.WireName(),
        entry.Message);

    /// <summary>Whether lines can be seen that have no number yet.</summary>
    public static async Task<bool> HasUnnumberedAsync(PostgresSession session) =>
        (await session.RowsAsync("SELECT EXISTS (SELECT 1 FROM events WHERE seq IS NULL)", row => row.GetBoolean(0)))[0];

    /// <summary>
    /// Gives numbers to the lines that can be seen and have none. The lock lets one transaction after the other do so, each seeing all that
    /// the last has numbered: whatever becomes visible later gets a larger number, so nobody who follows the numbers misses a line. Lines of one job
    /// are written one after the other under the lock of its row, so their order is that of <c>id</c>.
    /// </summary>
    /// <returns>Whether there may be more.</returns>
    public static async Task<bool> NumberAsync(PostgresSession session)
    {
        List<long>[] numbered = await session.RowsAsync(
            row => row.GetFieldType(0) == typeof(long) ? row.GetInt64(0) : 0,
            ("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.events', 0))", []),
            ($"""
            WITH unread AS MATERIALIZED (SELECT id FROM events WHERE seq IS NULL ORDER BY id LIMIT {MostAtOnce}),
              numbered AS MATERIALIZED (SELECT id, nextval('event_numbers') AS seq FROM (SELECT id FROM unread ORDER BY id) AS in_order),
              told AS (UPDATE events e SET seq = n.seq FROM numbered n WHERE e.id = n.id RETURNING 1)
            SELECT count(*) FROM told
            """, []));
        return numbered[1][0] == MostAtOnce;
    }

    /// <summary>See <see cref="IJobStore.EventsAsync"/>.</summary>
    public static Task<List<JobEvent>> AfterAsync(PostgresSession session, string? jobId, long after, int most) => session.RowsAsync(
        $"""
        SELECT e.seq, j.id, e.time, e.state, e.worker, e.attempt, e.token, e.reason, e.message
        FROM events e JOIN jobs j ON j.seq = e.job
        WHERE e.seq > $1 {(jobId is null ? string.Empty : "AND e.job = (SELECT seq FROM jobs WHERE id = $3)")}
        ORDER BY e.seq LIMIT $2
        """,
        row => StoredRows.Event(row, row.GetFieldValue<DateTimeOffset>),
        jobId is null ? [after, most] : [after, most, jobId]);

    /// <summary>The number of the newest line, 0 when there is none.</summary>
    public static async Task<long> LastAsync(PostgresSession session) =>
        (await session.RowsAsync("SELECT coalesce(max(seq), 0) FROM events", row => row.GetInt64(0)))[0];
}
