using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Postgres;

/// <summary>Lists of jobs, newest first, and how many there are.</summary>
internal static class JobLists
{
    private const long ManyRows = 1000;

    private const string Before = "($1::text IS NULL OR j.seq < (SELECT seq FROM jobs WHERE id = $1))";

    /// <summary>See <see cref="IJobStore.ListAsync"/>. One status after the other, each through its index: the rest is left untouched however long it is.</summary>
    public static async Task<IReadOnlyList<JobRecord>> OfAsync(PostgresSession session, JobQuery query)
    {
        IReadOnlyList<JobStatus> statuses = query.Statuses.Count > 0 || query.Group is null ? query.Statuses : Enum.GetValues<JobStatus>();
        string group = query.Group is null ? string.Empty : "j.group_name = $3 AND ";
        string numbers = statuses.Count == 0
            ? $"SELECT j.seq FROM jobs j WHERE {Before} ORDER BY j.seq DESC LIMIT $2"
            : string.Join(" UNION ALL ", statuses.Distinct().Select(status =>
                $"(SELECT j.seq FROM jobs j WHERE {group}j.status = '{status.WireName()}' AND {Before} ORDER BY j.seq DESC LIMIT $2)"));
        object?[] values = query.Group is { } name ? [query.Before, query.Most, name] : [query.Before, query.Most];
        return [.. (await JobRows.SelectAsync(session, $"WHERE j.seq IN ({numbers}) ORDER BY j.seq DESC LIMIT $2", values)).Select(row => row.Job)];
    }

    /// <summary>Notes that a job went from one status to another.</summary>
    /// <param name="session">In the transaction in which it goes.</param>
    /// <param name="from">Null for a new job.</param>
    /// <param name="to">Where it stands now.</param>
    public static void Count(PostgresSession session, JobStatus? from, JobStatus to)
    {
        if (from is { } left)
        {
            session.Write("INSERT INTO counts VALUES ($1, 1), ($2, -1)", to.WireName(), left.WireName());
        }
        else
        {
            session.Write("INSERT INTO counts VALUES ($1, 1)", to.WireName());
        }
    }

    /// <summary>See <see cref="IJobStore.CountAsync"/>.</summary>
    /// <returns>The counts, and whether <see cref="PutTogether"/> is due.</returns>
    public static async Task<(IReadOnlyDictionary<JobStatus, long> Counts, bool AreMany)> CountsAsync(PostgresSession session)
    {
        List<(string Status, long Jobs, long Rows)> sums =
            await session.RowsAsync("SELECT status, sum(jobs)::bigint, count(*) FROM counts GROUP BY status", row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)));
        return (
            sums.Where(sum => sum.Jobs > 0).ToDictionary(sum => JobStatuses.Parse(sum.Status)!.Value, sum => sum.Jobs),
            sums.Sum(sum => sum.Rows) > ManyRows);
    }

    /// <summary>Makes one row per status of the rows that are there.</summary>
    public static void PutTogether(PostgresSession session) => session.Write(
        "WITH gone AS (DELETE FROM counts RETURNING status, jobs) INSERT INTO counts SELECT status, sum(jobs) FROM gone GROUP BY status");

    /// <summary>See <see cref="IJobStore.KeysAsync"/>.</summary>
    public static Task<List<string>> KeysAsync(PostgresSession session, string prefix) => session.RowsAsync(
        "SELECT idempotency_key FROM jobs WHERE idempotency_key >= $1 AND starts_with(idempotency_key, $1) ORDER BY idempotency_key", row => row.GetString(0), prefix);

    /// <summary>See <see cref="IJobStore.WorkersAsync"/>.</summary>
    public static Task<List<string>> WorkersAsync(PostgresSession session) =>
        session.RowsAsync("SELECT DISTINCT worker FROM work WHERE held ORDER BY worker", row => row.GetString(0));
}
