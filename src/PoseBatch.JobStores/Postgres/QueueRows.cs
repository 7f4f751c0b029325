using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>Finds in the table <c>work</c> what a worker may claim now, and what is to be swept before that; what others are busy with is passed over.</summary>
internal static class QueueRows
{
    private const int MostSwept = 100;

    private const string Select = $"SELECT {JobRows.Columns} FROM work w JOIN jobs j ON j.seq = w.job WHERE";

    // What waits since it was submitted is due whatever the clock says: it may have been set back since. So is what would have to
    // wait for longer than anything does. What JobTransitions.Sweep would end is left to it.
    private const string Next =
        $"""
        {Select} (NOT w.gpu OR $2) AND ($3::float8 IS NULL OR coalesce(j.seconds, 0) <= $3) AND (w.deadline IS NULL OR w.deadline >= $1)
          AND ($6::text IS NULL OR j.id = $6)
          AND ((NOT w.held AND (w.run_at <= $1 OR w.run_at <= w.turn OR w.run_at > $4))
            OR (w.held AND w.until <= $1 AND j.status <> 'cancelling' AND j.attempt < j.max_attempts AND NOT j.id = ANY ($5)))
        ORDER BY w.priority DESC, w.turn, w.job LIMIT 1 FOR UPDATE OF w, j SKIP LOCKED
        """;

    // What JobTransitions.Sweep may end, in two statements, each through an index of its own.
    private static readonly string[] Sweeps =
    [
        $"{Select} w.held AND w.until <= $1 AND (j.status = 'cancelling' OR j.attempt >= j.max_attempts) LIMIT {MostSwept} FOR UPDATE OF w, j SKIP LOCKED",
        $"{Select} w.deadline < $1 AND j.status <> 'cancelling' AND (NOT w.held OR w.until <= $1) LIMIT {MostSwept} FOR UPDATE OF w, j SKIP LOCKED",
    ];

    /// <summary>The jobs to be swept, locked.</summary>
    public static async Task<List<StoredJob>> ToSweepAsync(PostgresSession session, DateTimeOffset now) =>
    [
        .. await session.RowsAsync(Sweeps[0], JobRows.Read, now),
        .. await session.RowsAsync(Sweeps[1], JobRows.Read, now),
    ];

    /// <summary>The next job for a worker, locked; null when there is none.</summary>
    public static async Task<StoredJob?> NextForAsync(PostgresSession session, JobClaim claim, DateTimeOffset now) => (await session.RowsAsync(
        Next, JobRows.Read, now, claim.HasGpu, claim.MostSeconds, now + RetryWait.Longest, claim.HeldJobs.ToArray(), claim.JobId)).FirstOrDefault();
}
