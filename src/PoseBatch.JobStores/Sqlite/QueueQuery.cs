using System.Text.Json;
using PoseBatch.Jobs;

namespace PoseBatch.JobStores.Sqlite;

/// <summary>Finds in the table <c>jobs</c> what a worker may claim now, and what is to be swept before that.</summary>
internal static class QueueQuery
{
    // What waits since it was submitted is due whatever the clock says: it may have been set back since. So is what would have to
    // wait for longer than anything does.
    private const string Ready =
        """
        finished_at IS NULL AND requires_gpu <= $gpu AND ($seconds IS NULL OR coalesce(duration_s, 0) <= $seconds)
          AND ((status IN ('queued', 'retry_wait') AND (run_at <= $now OR run_at <= waiting_since OR run_at > $latest))
            OR (status IN ('leased', 'running', 'finalizing') AND lease_until <= $now AND id NOT IN (SELECT value FROM json_each($hand))))
        ORDER BY priority DESC, waiting_since, seq LIMIT 1
        """;

    // INDEXED BY: were the index of no use to the query, SQLite would say so instead of reading every job there ever was.
    private const string Next = "INDEXED BY jobs_open WHERE " + Ready;
    private const string NamedNext = "WHERE id = $id AND " + Ready;

    // What JobTransitions.Sweep may end, in two statements, each through an index of its own.
    private static readonly string[] Sweeps =
    [
        "WHERE lease_until <= $now AND (status = 'cancelling' OR attempt >= max_attempts)",
        "WHERE deadline < $now AND finished_at IS NULL AND status <> 'cancelling' AND (lease_until IS NULL OR lease_until <= $now)",
    ];

    /// <summary>Whether <see cref="ToSweep"/> or <see cref="NextFor"/> would find anything.</summary>
    public static bool HasWork(Session session, JobClaim claim, DateTimeOffset now) =>
        session.Rows($"SELECT 1 FROM jobs {(claim.JobId is null ? Next : NamedNext)}", _ => true, Values(claim, now)).Count > 0
        || Sweeps.Any(sweep => session.Rows($"SELECT 1 FROM jobs {sweep} LIMIT 1", _ => true, ("$now", JobTable.Milliseconds(now))).Count > 0);

    /// <summary>The jobs to be swept; each is looked for when the ones before it have been stored.</summary>
    public static IEnumerable<StoredJob> ToSweep(Session session, DateTimeOffset now) =>
        Sweeps.SelectMany(sweep => JobTable.Select(session, sweep, ("$now", JobTable.Milliseconds(now))));

    /// <summary>The next job for a worker; null when there is none.</summary>
    public static StoredJob? NextFor(Session session, JobClaim claim, DateTimeOffset now) =>
        JobTable.Select(session, claim.JobId is null ? Next : NamedNext, Values(claim, now)).FirstOrDefault();

    private static (string, object?)[] Values(JobClaim claim, DateTimeOffset now) =>
    [
        ("$gpu", claim.HasGpu ? 1 : 0), ("$seconds", claim.MostSeconds), ("$now", JobTable.Milliseconds(now)),
        ("$latest", JobTable.Milliseconds(now + RetryWait.Longest)), ("$hand", JsonSerializer.Serialize(claim.HeldJobs)),
        .. claim.JobId is { } id ? [("$id", (object?)id)] : Array.Empty<(string, object?)>(),
    ];
}
