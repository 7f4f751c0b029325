using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>A job as the API, <c>--json</c> and notifications show it. Times are UTC; what is not known is null.</summary>
public sealed record JobDocument
{
    /// <summary>The job's ULID.</summary>
    public required string JobId { get; init; }

    /// <summary>Where it stands.</summary>
    [JsonConverter(typeof(WireNames<JobStatus>))]
    public required JobStatus Status { get; init; }

    /// <summary>Where it came from: folder, jobs, api or cli.</summary>
    public required string Origin { get; init; }

    /// <summary>Attempts begun, the running one included.</summary>
    public required int Attempt { get; init; }

    /// <summary>Fencing token: grows with every claim.</summary>
    public required long Token { get; init; }

    /// <summary>Who holds it, or held it last; null before the first claim.</summary>
    public required string? Worker { get; init; }

    /// <summary>When the lease ends unless it is renewed; null when nobody holds it.</summary>
    public required DateTime? LeaseUntil { get; init; }

    /// <summary>Not to be claimed before.</summary>
    public required DateTime RunAt { get; init; }

    /// <summary>When it came in.</summary>
    public required DateTime SubmittedAt { get; init; }

    /// <summary>When the last attempt began; null before the first.</summary>
    public required DateTime? StartedAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public required DateTime? FinishedAt { get; init; }

    /// <summary>How far the running attempt is; null when nothing is known.</summary>
    public required JobProgressDocument? Progress { get; init; }

    /// <summary>Why the last attempt did not complete; null when it did, or before it.</summary>
    [JsonConverter(typeof(WireNames<ReasonCode>))]
    public required ReasonCode? Reason { get; init; }

    /// <summary>Whether trying again later may help; absent without a reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Transient { get; init; }

    /// <summary>What happened, one sentence; null when all is well.</summary>
    public required string? Message { get; init; }

    /// <summary>What to do about it; null when there is nothing.</summary>
    public required string? Advice { get; init; }

    /// <summary>Folder of the result; null when there is none.</summary>
    public required string? ResultPath { get; init; }

    /// <summary>Identity of content, model and settings, 64 hexadecimal digits; null before the video was looked at.</summary>
    public required string? ResultKey { get; init; }

    /// <summary>The job whose result serves this one; null unless the status is duplicate and the result came from a job.</summary>
    public required string? DuplicateOf { get; init; }

    /// <summary>What was asked, with every default filled in.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>The document of a job.</summary>
    public static JobDocument Of(JobRecord job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return new()
        {
            JobId = job.Id,
            Status = job.Status,
            Origin = job.Origin,
            Attempt = job.Attempt,
            Token = job.Token,
            Worker = job.Worker,
            LeaseUntil = job.LeaseUntil?.UtcDateTime,
            RunAt = job.RunAt.UtcDateTime,
            SubmittedAt = job.SubmittedAt.UtcDateTime,
            StartedAt = job.StartedAt?.UtcDateTime,
            FinishedAt = job.FinishedAt?.UtcDateTime,
            Progress = job.Progress is { } progress ? JobProgressDocument.Of(progress) : null,
            Reason = job.Reason,
            Transient = job.Reason?.IsTransient(),
            Message = job.Message,
            Advice = job.Advice,
            ResultPath = job.ResultPath,
            ResultKey = job.ResultKey,
            DuplicateOf = job.DuplicateOf,
            Spec = job.Spec,
        };
    }
}
