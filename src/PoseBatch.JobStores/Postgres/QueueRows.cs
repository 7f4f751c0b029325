using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>Finds in the table <c>work</c> what a worker may claim now, and what is to be swept before that; what others are busy with is passed over.</summary>
internal static class QueueRows
{
    private const string Select = $"SELECT {JobRows.Columns} FROM work w JOIN jobs j ON j.seq = w.job WHERE";

    // What waits since it was submitted is due whatever the clock says: it may have been set back since. So is what would have to
    // wait for longer than anything does. What JobTransitions.Sweep would end is left to it.
    private const string Next =
        $"""
        {Select} (NOT w.gpu OR $2) AND ($3::float8 IS NULL OR coalesce(j.seconds, 0) <= $3) AND (w.deadline IS NULL OR w.deadline >= {PostgresSession.NowInSql})
          AND ($6::text IS NULL OR j.id = $6)
          AND ((NOT w.held AND (w.run_at <= {PostgresSession.NowInSql} OR w.run_at <= w.turn OR w.run_at > {PostgresSession.NowInSql} + $4::interval))
            OR (w.held AND w.until <= {PostgresSession.NowInSql} AND j.status <> 'cancelling' AND j.attempt < j.max_attempts AND NOT j.id = ANY ($5)))
        ORDER BY w.priority DESC, w.turn, w.job LIMIT 1 FOR UPDATE OF w, j SKIP LOCKED
        """;

    // What JobTransitions.Sweep may end, in two statements, each through an index of its own.
    private const string LapsedToSweep =
        $"{Select} w.held AND w.until <= {PostgresSession.NowInSql} AND (j.status = 'cancelling' OR j.attempt >= j.max_attempts) {Swept}";

    private const string LateToSweep =
        $"{Select} w.deadline < {PostgresSession.NowInSql} AND j.status <> 'cancelling' AND (NOT w.held OR w.until <= {PostgresSession.NowInSql}) {Swept}";

    private const string Swept = "LIMIT 100 FOR UPDATE OF w, j SKIP LOCKED";

    /// <summary>The jobs to be swept and the next for a worker (null: none), all locked.</summary>
    public static async Task<(IEnumerable<StoredJob> ToSweep, StoredJob? Next)> LookAsync(PostgresSession session, JobClaim claim)
    {
        object?[] now = [session.Clock];
        List<StoredJob>[] rows = await session.RowsAsync(
            JobRows.Read,
            (LapsedToSweep, now),
            (LateToSweep, now),
            (Next, [session.Clock, claim.HasGpu, claim.MostSeconds, RetryWait.Longest, claim.HeldJobs.ToArray(), claim.JobId]));

        // One that has used up its attempts and is late as well is found by both.
        return (rows[0].Concat(rows[1]).DistinctBy(row => row.Sequence), rows[2].FirstOrDefault());
    }
}
