namespace PoseBatch.Jobs;

/// <summary>A job as the store knows it. All times are UTC, of the store's clock.</summary>
public sealed record JobRecord
{
    /// <summary>The job's ULID.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked, with every default filled in.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>Where it came from: <c>folder</c>, <c>jobs</c>, <c>api</c> or <c>cli</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobStatus Status { get; init; }

    /// <summary>Attempts begun, the running one included.</summary>
    public int Attempt { get; init; }

    /// <summary>Fencing token: grows with every claim; only the holder of the latest may change the job.</summary>
    public long Token { get; init; }

    /// <summary>Who holds it, or held it last; null before the first claim.</summary>
    public string? Worker { get; init; }

    /// <summary>When the lease ends unless it is renewed; null when nobody holds it.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }

    /// <summary>Not to be claimed before.</summary>
    public DateTimeOffset RunAt { get; init; }

    /// <summary>When it came in.</summary>
    public DateTimeOffset SubmittedAt { get; init; }

    /// <summary>When the last attempt began; null before the first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How far the running attempt is; null when nothing is known.</summary>
    public JobProgress? Progress { get; init; }

    /// <summary>Why the last attempt did not complete; null when it did, or before it.</summary>
    public ReasonCode? Reason { get; init; }

    /// <summary>What happened, one sentence; null when all is well.</summary>
    public string? Message { get; init; }

    /// <summary>What to do about it; null when there is nothing.</summary>
    public string? Advice { get; init; }

    /// <summary>Folder of the result; null when there is none.</summary>
    public string? ResultPath { get; init; }

    /// <summary>Identity of content, model and settings, 64 hexadecimal digits; null before the first attempt has looked at the video.</summary>
    public string? ResultKey { get; init; }

    /// <summary>The job whose result serves this one; null unless the status is Duplicate and the result came from a job.</summary>
    public string? DuplicateOf { get; init; }
}

/// <summary>How far an attempt is.</summary>
public sealed record JobProgress
{
    /// <summary>Frames in the ledger so far.</summary>
    public long Frames { get; init; }

    /// <summary>Frames the container announces; null when it does not say.</summary>
    public long? AnnouncedFrames { get; init; }

    /// <summary>Time of the last frame, seconds since the first.</summary>
    public double Seconds { get; init; }

    /// <summary>Length of the video in seconds; null when the container does not say.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Frames per second of wall time in this attempt.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>Poses written so far.</summary>
    public long Persons { get; init; }

    /// <summary>Which stage sets the pace: decode, infer or write; null before frames flow.</summary>
    public string? LimitedBy { get; init; }

    /// <summary>Segments that are safe on disk.</summary>
    public int Segments { get; init; }

    /// <summary>What is being run, for people: model, provider; null before it is loaded.</summary>
    public string? Runs { get; init; }
}

/// <summary>One line of a job's history.</summary>
/// <param name="Sequence">Grows over all jobs of a store: a reader goes on after the last one it has seen.</param>
/// <param name="JobId">The job.</param>
/// <param name="Time">UTC.</param>
/// <param name="State">
/// A status' wire name, or one of the passing ones: <c>submitted</c>, <c>settling</c>, <c>interrupted</c> (its worker went away),
/// <c>failed_attempt</c>, <c>segment</c> (one more is safe).
/// </param>
/// <param name="Worker">Who caused it; null for nobody in particular.</param>
/// <param name="Attempt">Number of the attempt, 0 before the first.</param>
/// <param name="Token">Fencing token at that time.</param>
/// <param name="Reason">Why, where there is a reason.</param>
/// <param name="Message">In words; null when the state says it all.</param>
public sealed record JobEvent(
    long Sequence, string JobId, DateTimeOffset Time, string State, string? Worker, int Attempt, long Token, ReasonCode? Reason, string? Message);
