using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>The table <c>notices</c>, filled by triggers: jobs that are over and whose <c>notify.url</c> is to be told.</summary>
internal static class NoticeTable
{
    private const string Due = "FROM notices WHERE due <= $now ORDER BY due LIMIT 1";

    /// <summary>Whether one is due.</summary>
    public static bool HasDue(Session session, DateTimeOffset now) =>
        session.Rows($"SELECT 1 {Due}", _ => true, ("$now", JobTable.Milliseconds(now))).Count > 0;

    /// <summary>See <see cref="IJobStore.ClaimNoticeAsync"/>.</summary>
    public static JobNotice? Claim(Session session, TimeSpan hold, DateTimeOffset now)
    {
        List<(long Id, long Job, int Tries)> due = session.Rows(
            $"SELECT id, job, tries {Due}", row => (row.GetInt64(0), row.GetInt64(1), row.GetInt32(2)), ("$now", JobTable.Milliseconds(now)));
        if (due is not [(long id, long job, int tries)])
        {
            return null;
        }

        session.Run("UPDATE notices SET due = $due, tries = tries + 1 WHERE id = $id", ("$due", JobTable.Milliseconds(now + hold)), ("$id", id));
        return new JobNotice(id, JobTable.Select(session, "WHERE seq = $seq", ("$seq", job))[0].Job, tries);
    }

    /// <summary>Ends a notice, or (not null) has it due again then.</summary>
    public static void Acknowledge(Session session, long id, DateTimeOffset? again)
    {
        if (again is { } due)
        {
            session.Run("UPDATE notices SET due = $due WHERE id = $id", ("$due", JobTable.Milliseconds(due)), ("$id", id));
        }
        else
        {
            session.Run("DELETE FROM notices WHERE id = $id", ("$id", id));
        }
    }
}
