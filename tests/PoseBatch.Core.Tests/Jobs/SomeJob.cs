namespace PoseBatch.Jobs;

/// <summary>Jobs as a store has them, at a fixed time.</summary>
internal static class SomeJob
{
    public const string Id = "01J00000000000000000000000";
    public const string Key = "1111111111111111111111111111111111111111111111111111111111111111";
    public const int MaxAttempts = 3;

    public static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    public static JobSpec Spec { get; } = new()
    {
        JobId = Id,
        Source = new() { Path = "/videos/a.mp4" },
        Limits = new() { MaxAttempts = MaxAttempts },
    };

    /// <summary>A job in some state under token 7; one that is held has its lease for a minute yet.</summary>
    public static StoredJob In(JobStatus status, int attempt = 1, string? ownedKey = null) => new(1, new JobRecord
    {
        Id = Id,
        Spec = Spec,
        Origin = "cli",
        Status = status,
        Attempt = attempt,
        Token = 7,
        Worker = "w1",
        LeaseUntil = status.IsHeld() ? Now + Lease : null,
        RunAt = Now.AddMinutes(-1),
        SubmittedAt = Now.AddMinutes(-1),
        FinishedAt = status.IsOver() ? Now : null,
        ResultKey = ownedKey,
    }, ownedKey);

    /// <summary>The lease under which that job is held, or was held last.</summary>
    public static JobLease LeaseOf(StoredJob job) => new(job.Job, Lease);

    /// <summary>What the history gains: state, reason and words.</summary>
    public static (string State, ReasonCode? Reason, string? Message)[] Lines(JobChange? change) =>
        [.. change!.Events.Select(entry => (entry.State, entry.Reason, entry.Message))];
}
