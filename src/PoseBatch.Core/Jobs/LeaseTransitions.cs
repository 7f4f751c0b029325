using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace PoseBatch.Jobs;

/// <summary>
/// What a worker does with a job that it holds; see <see cref="JobTransitions"/>. Each shows the lease and applies only while the job
/// is held under that lease's token and worker; else it is null and the lease is lost. Pure.
/// </summary>
public static class LeaseTransitions
{
    /// <summary>A held job moves to Running or Finalizing, and its lease is renewed. One that is Cancelling stays so.</summary>
    public static JobChange? Advance(StoredJob? job, JobLease lease, JobStatus status, string? message, DateTimeOffset now)
    {
        if (status is not (JobStatus.Running or JobStatus.Finalizing))
        {
            throw new ArgumentException($"A held job moves to running or finalizing, not to {status.WireName()}.", nameof(status));
        }

        if (!IsHeldUnder(job, lease))
        {
            return null;
        }

        bool isNews = job.Job.Status != JobStatus.Cancelling && (job.Job.Status != status || message is not null);
        StoredJob after = Renewed(job, job.Job with { Status = isNews ? status : job.Job.Status }, lease, now);
        return new(after, isNews ? [after.Event(now, message: message)] : []);
    }

    /// <summary>One more segment of a held job is safe, and its lease is renewed; it is no longer suspected of ending its worker.</summary>
    public static JobChange? CommitSegment(StoredJob? job, JobLease lease, int segment, string message, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        if (!IsHeldUnder(job, lease))
        {
            return null;
        }

        JobProgress progress = job.Job.Progress ?? new JobProgress();
        JobRecord cleared = job.Job.Reason == ReasonCode.LeaseLost ? job.Job with { Reason = null, Message = null } : job.Job;
        JobRecord after = cleared with { Progress = progress with { Segments = Math.Max(progress.Segments, segment + 1) } };
        return new(Renewed(job, after, lease, now), [job.Event(now, "segment", message: message)]);
    }

    /// <summary>A held job says what it will compute. Whoever is held or complete with the same key is the answer instead.</summary>
    /// <param name="job">The job that asks; null when there is none.</param>
    /// <param name="lease">Its lease.</param>
    /// <param name="resultKey">64 hexadecimal digits.</param>
    /// <param name="owner">Another job that owns the key; null when none does.</param>
    /// <param name="insteadOf">The id of a completed job from which the key may be taken; null for none.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="PoseBatchException">lease_lost: another worker has the job.</exception>
    public static ResultKeyClaim ClaimResultKey(
        StoredJob? job, JobLease lease, string resultKey, StoredJob? owner, string? insteadOf, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrEmpty(resultKey);
        if (!IsHeldUnder(job, lease))
        {
            throw new PoseBatchException(
                ReasonCode.LeaseLost, $"Job {lease.Id} is no longer held under token {lease.Token}: another worker has it, or it is over.");
        }

        JobChange? freed = owner switch
        {
            { Job: { Status: JobStatus.Completed, Id: { } id } } when id == insteadOf => new(owner with { OwnedKey = null }, []),
            { } held when held.Job.LeaseUntil <= now => JobTransitions.ExpireLease(held, now),
            _ => null,
        };
        bool isOwner = owner is null || freed is not null;
        JobChange asked = new(job with { OwnedKey = isOwner ? resultKey : null, Job = job.Job with { ResultKey = resultKey } }, []);
        return new(isOwner ? null : owner!.Job, freed is null ? [asked] : [freed, asked]);
    }

    /// <summary>A held job is Completed, or a Duplicate when the result is another's.</summary>
    public static JobChange? Complete(
        StoredJob? job, JobLease lease, string resultPath, bool isDuplicate, string? duplicateOf, string? message, DateTimeOffset now)
    {
        if (!IsHeldUnder(job, lease))
        {
            return null;
        }

        StoredJob over = job.Ended(isDuplicate ? JobStatus.Duplicate : JobStatus.Completed, null, message, null, now);
        over = over with { Job = over.Job with { ResultPath = resultPath, DuplicateOf = isDuplicate ? duplicateOf : null } };
        return new(over, [over.Event(now, message: message)]);
    }

    /// <summary>An attempt failed: the job waits to be tried again, or is dead when there is no wait or no attempt left.</summary>
    public static JobChange? Fail(
        StoredJob? job, JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan? retryAfter, DateTimeOffset now)
    {
        RefuseLonger(retryAfter ?? TimeSpan.Zero, nameof(retryAfter));
        if (!IsHeldUnder(job, lease) || job.Job.Status == JobStatus.Cancelling)
        {
            return CancelledUnder(job, lease, now);
        }

        JobEvent failed = job.Event(now, "failed_attempt", reason, message);
        if (retryAfter is { } wait && job.Job.Attempt < job.MaxAttempts)
        {
            StoredJob waiting = job.Waiting(JobStatus.RetryWait, job.Job with { RunAt = now + wait, Reason = reason, Message = message, Advice = advice });
            return new(waiting, [failed, waiting.Event(now, reason: reason, message: string.Create(
                CultureInfo.InvariantCulture, $"attempt {job.Job.Attempt + 1} of {job.MaxAttempts} in {wait.TotalSeconds:0.#} s"))]);
        }

        string last = retryAfter is null ? message : $"{Sentence(message)} That was attempt {job.Job.Attempt} of {job.MaxAttempts}.";
        StoredJob over = job.Ended(JobStatus.Dead, reason, last, advice, now);
        return new(over, [failed, over.Event(now, reason: reason, message: last)]);
    }

    /// <summary>An attempt ended for a reason outside the job: it waits, and the attempt is given back.</summary>
    public static JobChange? Postpone(
        StoredJob? job, JobLease lease, ReasonCode reason, string message, string? advice, TimeSpan after, DateTimeOffset now)
    {
        RefuseLonger(after, nameof(after));
        if (!IsHeldUnder(job, lease) || job.Job.Status == JobStatus.Cancelling)
        {
            return CancelledUnder(job, lease, now);
        }

        StoredJob waiting = job.Waiting(JobStatus.RetryWait, job.Job with
        {
            Attempt = job.Job.Attempt - 1,
            RunAt = now + after,
            Reason = reason,
            Message = message,
            Advice = advice,
        });
        return new(waiting, [waiting.Event(now, reason: reason, message: message)]);
    }

    /// <summary>A held job is given back, the attempt with it.</summary>
    public static JobChange? Release(StoredJob? job, JobLease lease, TimeSpan after, string message, DateTimeOffset now)
    {
        RefuseLonger(after, nameof(after));
        if (!IsHeldUnder(job, lease) || job.Job.Status == JobStatus.Cancelling)
        {
            return CancelledUnder(job, lease, now);
        }

        StoredJob waiting = job.Waiting(JobStatus.Queued, job.Job with
        {
            Attempt = job.Job.Attempt - 1,
            RunAt = after > TimeSpan.Zero ? now + after : job.Job.RunAt,
        });
        return new(waiting, [waiting.Event(now, message: message)]);
    }

    // The worker, too: a database that fails over and loses its last commits may give one token to two workers.
    private static bool IsHeldUnder([NotNullWhen(true)] StoredJob? job, JobLease lease)
    {
        ArgumentNullException.ThrowIfNull(lease);
        return job is not null && job.Job.Id == lease.Id && job.Job.Token == lease.Token && job.Job.Worker == lease.Job.Worker && job.Job.Status.IsHeld();
    }

    // Whatever a worker says of a job that it was told to stop, the job is cancelled.
    private static JobChange? CancelledUnder(StoredJob? job, JobLease lease, DateTimeOffset now) =>
        IsHeldUnder(job, lease) ? JobTransitions.Cancelled(job, now) : null;

    private static StoredJob Renewed(StoredJob job, JobRecord after, JobLease lease, DateTimeOffset now) =>
        job with { Job = after with { LeaseUntil = now + lease.Duration } };

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";

    /// <summary>A longer wait would be taken for one that a clock gave before it was set back.</summary>
    private static void RefuseLonger(TimeSpan wait, string name) => ArgumentOutOfRangeException.ThrowIfGreaterThan(wait, RetryWait.Longest, name);
}
