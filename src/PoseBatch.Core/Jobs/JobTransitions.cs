using System.Globalization;

namespace PoseBatch.Jobs;

/// <summary>
/// The rules by which a job goes from state to state, the same for every store: a job, a command and the time go in, the change
/// comes out, or null where the command does not apply. Pure: no store, no clock, no chance. What the holder of a lease may do stands
/// in <see cref="LeaseTransitions"/>.
/// </summary>
public static class JobTransitions
{
    private const string DeadlineAdvice = "Queue it again with posebatch jobs retry: the deadline is dropped then.";

    private const string MaxAttemptsAdvice =
        "A video that ends its worker again and again needs more memory than there is, or shows a defect: try it alone with posebatch process.";

    /// <summary>A job comes in: it waits, or, when it is refused, is over at once.</summary>
    /// <param name="job">The job.</param>
    /// <param name="id">Its ULID.</param>
    /// <param name="now">The time.</param>
    public static JobChange Submit(NewJob job, string id, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        JobRefusal? refusal = job.Refusal;
        StoredJob stored = new(0, new JobRecord
        {
            Id = id,
            Spec = job.Spec with { JobId = id },
            Origin = job.Origin,
            Status = refusal is null ? JobStatus.Queued : JobStatus.Dead,
            RunAt = now,
            SubmittedAt = now,
            FinishedAt = refusal is null ? null : now,
            Reason = refusal?.Reason,
            Message = refusal?.Message,
            Advice = refusal?.Advice,
        }, null);
        string message = job.Note is null ? $"through {job.Origin}" : $"through {job.Origin}; {job.Note}";
        List<JobEvent> events = [stored.Event(job.SettlingSince ?? now, "submitted", message: message)];
        if (job.SettlingSince is { } since)
        {
            events.Add(stored.Event(since, "settling"));
        }

        events.Add(stored.Event(now, reason: refusal?.Reason, message: refusal?.Message));
        return new(stored, events);
    }

    /// <summary>
    /// A worker takes a job that waits, or whose lease has run out. Null for any other, and for one that <see cref="Sweep"/> would
    /// end. Which job is the next, and whether its time has come, is what the store's query decides.
    /// </summary>
    public static JobChange? Claim(StoredJob job, JobClaim claim, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(claim);
        bool isTakenOver = job.Job.LeaseUntil <= now;
        if (!(isTakenOver || job.Job.Status is JobStatus.Queued or JobStatus.RetryWait) || Sweep(job, now) is not null)
        {
            return null;
        }

        JobChange before = isTakenOver ? Interrupt(job, now) : new(job, []);
        StoredJob leased = before.After with
        {
            OwnedKey = null,
            Job = before.After.Job with
            {
                Status = JobStatus.Leased,
                Attempt = job.Job.Attempt + 1,
                Token = job.Job.Token + 1,
                Worker = claim.Worker,
                LeaseUntil = now + claim.Lease,
                StartedAt = now,
                Progress = null,
            },
        };
        return new(leased, [.. before.Events, leased.Event(now)]);
    }

    /// <summary>The worker of a held job is gone: the job waits again, or is over. Null for a job that nobody holds.</summary>
    public static JobChange? ExpireLease(StoredJob job, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!job.Job.Status.IsHeld() || job.Job.Status == JobStatus.Cancelling)
        {
            return job.Job.Status == JobStatus.Cancelling ? Cancelled(job, now) : null;
        }

        (StoredJob left, IReadOnlyList<JobEvent> interrupted) = Interrupt(job, now);
        string message = left.Job.Message!;
        StoredJob after = job.Job.Attempt < job.MaxAttempts
            ? left.Waiting(JobStatus.Queued, left.Job)
            : left.Ended(JobStatus.Dead, ReasonCode.MaxAttempts,
                job.Job.Message is { } before ? $"{message} Before that: {before}" : message, MaxAttemptsAdvice, now);
        return new(after, [.. interrupted, after.Event(now, reason: after.Job.Reason, message: after.Job.Message)]);
    }

    /// <summary>
    /// Ends what nobody can go on with: cancelled and used-up jobs whose worker is gone, and those whose deadline has passed while
    /// nobody held them. Null for all others.
    /// </summary>
    public static JobChange? Sweep(StoredJob job, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        bool isLapsed = job.Job.LeaseUntil <= now;
        if (isLapsed && (job.Job.Status == JobStatus.Cancelling || job.Job.Attempt >= job.MaxAttempts))
        {
            return ExpireLease(job, now);
        }

        if (!(job.Job.Spec.Deadline < now) || job.Job.Status.IsOver() || (job.Job.Status.IsHeld() && !isLapsed))
        {
            return null;
        }

        string message = $"Its deadline, {job.Job.Spec.Deadline:yyyy-MM-dd HH:mm:ss} UTC, passed before a worker could begin it.";
        StoredJob over = job.Ended(JobStatus.Dead, ReasonCode.Cancelled, message, DeadlineAdvice, now);
        return new(over, [over.Event(now, reason: over.Job.Reason, message: message)]);
    }

    /// <summary>The user cancels: a held job through its worker, any other at once. Null when it is over, or cancelling already.</summary>
    public static JobChange? Cancel(StoredJob job, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Job.Status.IsOver())
        {
            return null;
        }

        if (!(job.Job.LeaseUntil > now))
        {
            return Cancelled(job, now);   // no worker is there to be told
        }

        StoredJob told = job with { Job = job.Job with { Status = JobStatus.Cancelling } };
        return job.Job.Status == JobStatus.Cancelling ? null : new(told, [told.Event(now)]);
    }

    /// <summary>
    /// The user queues a Dead or Cancelled job again: at the end of the queue, with fresh attempts, and without a deadline that has
    /// passed, which would end it at once. Null for any other.
    /// </summary>
    public static JobChange? Retry(StoredJob job, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.Job.Status is not (JobStatus.Dead or JobStatus.Cancelled))
        {
            return null;
        }

        bool isLate = job.Job.Spec.Deadline <= now;
        StoredJob queued = job with
        {
            Job = job.Job with
            {
                Spec = isLate ? job.Job.Spec with { Deadline = null } : job.Job.Spec,
                Status = JobStatus.Queued,
                Attempt = 0,
                RunAt = now,
                FinishedAt = null,
                Progress = null,
                Reason = null,
                Message = null,
                Advice = null,
            },
        };
        return new(queued, [queued.Event(now, message: isLate ? "by request, without the deadline that has passed" : "by request")]);
    }

    /// <summary>It is over, as the user asked.</summary>
    internal static JobChange Cancelled(StoredJob job, DateTimeOffset now)
    {
        StoredJob over = job.Ended(JobStatus.Cancelled, ReasonCode.Cancelled, "Cancelled by request.", null, now);
        return new(over, [over.Event(now, reason: over.Job.Reason)]);
    }

    // History and job say that its worker went away in the middle.
    private static JobChange Interrupt(StoredJob job, DateTimeOffset now)
    {
        string frames = job.Job.Progress is { } progress
            ? string.Create(CultureInfo.InvariantCulture, $", {progress.Frames:N0} frames and {progress.Segments} safe segments in")
            : string.Empty;
        string message =
            $"Attempt {job.Job.Attempt} of {job.MaxAttempts} ended without a word from its worker {job.Job.Worker} ({job.Job.Status.WireName()}{frames}).";
        return new(
            job with { Job = job.Job with { Reason = ReasonCode.LeaseLost, Message = message, Advice = null } },
            [job.Event(now, "interrupted", ReasonCode.LeaseLost, message)]);
    }
}
