namespace PoseBatch.Jobs;

/// <summary>A job as a store keeps it: what everybody sees, and what only <see cref="JobTransitions"/> needs.</summary>
/// <param name="Sequence">Order of submission, from 1; 0 before a store has given it one.</param>
/// <param name="Job">What everybody sees.</param>
/// <param name="OwnedKey">Its result key while it is the one job that computes or has that result; else null.</param>
public sealed record StoredJob(long Sequence, JobRecord Job, string? OwnedKey)
{
    /// <summary>Attempts it may use.</summary>
    public int MaxAttempts => MaxAttemptsOf(Job.Spec);

    /// <summary>Attempts a job may use; a spec always says so once its defaults are filled in.</summary>
    public static int MaxAttemptsOf(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Limits.MaxAttempts ?? 3;
    }

    /// <summary>Nobody holds it any more, and its key is free.</summary>
    /// <param name="status">What it waits as.</param>
    /// <param name="after">The rest.</param>
    internal StoredJob Waiting(JobStatus status, JobRecord after) =>
        this with { OwnedKey = null, Job = after with { Status = status, LeaseUntil = null } };

    /// <summary>It is over. Only one that is complete keeps its key.</summary>
    internal StoredJob Ended(JobStatus status, ReasonCode? reason, string? message, string? advice, DateTimeOffset now) => this with
    {
        OwnedKey = status == JobStatus.Completed ? OwnedKey : null,
        Job = Job with { Status = status, LeaseUntil = null, FinishedAt = now, Reason = reason, Message = message, Advice = advice },
    };

    /// <summary>A line for its history, as it stands now.</summary>
    /// <param name="time">When it happened.</param>
    /// <param name="state">See <see cref="JobEvent"/>; null for its status.</param>
    /// <param name="reason">Why; null for none.</param>
    /// <param name="message">In words; null for none.</param>
    internal JobEvent Event(DateTimeOffset time, string? state = null, ReasonCode? reason = null, string? message = null) =>
        new(0, Job.Id, time, state ?? Job.Status.WireName(), Job.Worker, Job.Attempt, Job.Token, reason, message);
}
