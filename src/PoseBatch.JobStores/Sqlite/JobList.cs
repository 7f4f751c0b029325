using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>Lists of jobs, newest first.</summary>
internal static class JobList
{
    private const string Before = "($before IS NULL OR seq < (SELECT seq FROM jobs WHERE id = $before))";
    private const string Newest = "ORDER BY seq DESC LIMIT $most";

    /// <summary>See <see cref="IJobStore.ListAsync"/>. One status after the other, each through its index: the rest is left untouched however long it is.</summary>
    public static IReadOnlyList<JobRecord> Of(Session session, JobQuery query)
    {
        IReadOnlyList<JobStatus> statuses = query.Statuses.Count > 0 || query.Group is null ? query.Statuses : Enum.GetValues<JobStatus>();
        string group = query.Group is null ? string.Empty : "group_name = $group AND ";
        string Sql(string columns) => statuses.Count == 0
            ? $"SELECT {columns} FROM jobs WHERE {Before} {Newest}"
            : string.Join(" UNION ALL ", statuses.Distinct().Select(status =>
                $"SELECT * FROM (SELECT {columns} FROM jobs WHERE {group}status = '{status.WireName()}' AND {Before} {Newest})")) + $" {Newest}";
        (string, object?)[] named = query.Group is { } name ? [("$group", name)] : [];
        return [.. JobTable.Query(session, Sql, [("$before", query.Before), ("$most", query.Most), .. named]).Select(row => row.Job)];
    }

    /// <summary>See <see cref="IJobStore.CountAsync"/>.</summary>
    public static IReadOnlyDictionary<JobStatus, long> Counts(Session session) =>
        session.Rows("SELECT status, jobs FROM counts WHERE jobs > 0", row => (Status: JobStatuses.Parse(row.GetString(0))!.Value, Jobs: row.GetInt64(1)))
            .ToDictionary(pair => pair.Status, pair => pair.Jobs);

    /// <summary>See <see cref="IJobStore.KeysAsync"/>.</summary>
    public static IReadOnlyList<string> Keys(Session session, string prefix) => session.Rows(
        "SELECT idempotency_key FROM jobs WHERE idempotency_key >= $prefix AND substr(idempotency_key, 1, length($prefix)) = $prefix "
        + "AND idempotency_key < $prefix || char(0x10FFFF, 0x10FFFF) ORDER BY idempotency_key",
        row => row.GetString(0),
        ("$prefix", prefix));

    /// <summary>See <see cref="IJobStore.WorkersAsync"/>.</summary>
    public static IReadOnlyList<string> Workers(Session session) =>
        session.Rows("SELECT DISTINCT worker FROM jobs WHERE lease_until IS NOT NULL ORDER BY worker", row => row.GetString(0));
}
