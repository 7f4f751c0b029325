using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>The table <c>notices</c>: jobs that are over and whose <c>notify.url</c> is to be told.</summary>
internal static class NoticeRows
{
    /// <summary>A job ends, or begins again: its notice comes or goes.</summary>
    /// <param name="session">In the transaction of the change.</param>
    /// <param name="wasOver">Before it.</param>
    /// <param name="job">Afterwards.</param>
    public static void Follow(PostgresSession session, bool wasOver, StoredJob job)
    {
        if (wasOver == job.Job.Status.IsOver() || job.Job.Spec.NotifyUrl is null)
        {
            return;
        }

        if (wasOver)
        {
            session.Write("DELETE FROM notices WHERE job = $1", job.Sequence);
        }
        else
        {
            session.Write("INSERT INTO notices (job, due) VALUES ($1, $2)", job.Sequence, job.Job.FinishedAt);
        }
    }

    /// <summary>See <see cref="IJobStore.ClaimNoticeAsync"/>.</summary>
    public static async Task<JobNotice?> ClaimAsync(PostgresSession session, TimeSpan hold)
    {
        List<(long Id, long Job, int Tries)> due = await session.RowsAsync(
            $"SELECT id, job, tries FROM notices WHERE due <= {PostgresSession.NowInSql} ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt32(2)),
            session.Clock);
        if (due is not [(long id, long job, int tries)])
        {
            return null;
        }

        session.Write("UPDATE notices SET due = $1, tries = tries + 1 WHERE id = $2", session.Now + hold, id);
        return new JobNotice(id, (await JobRows.SelectAsync(session, "WHERE j.seq = $1", job))[0].Job, tries);
    }

    /// <summary>Ends a notice, or has it due again after a while.</summary>
    public static void Acknowledge(PostgresSession session, long id, TimeSpan? again)
    {
        if (again is { } wait)
        {
            session.Write($"UPDATE notices SET due = {PostgresSession.NowInSql} + $2::interval WHERE id = $3", session.Clock, wait, id);
        }
        else
        {
            session.Write("DELETE FROM notices WHERE id = $1", id);
        }
    }
}
