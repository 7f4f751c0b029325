using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>What is known of an attempt that has ended, beside the report of its run.</summary>
internal sealed record AttemptFacts
{
    /// <summary>What was asked.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>Number of the attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Attempts the job has.</summary>
    public required int MostAttempts { get; init; }

    /// <summary>Why it was ended early; None when it was not.</summary>
    public StopCause Cause { get; init; }

    /// <summary>The job that computes the same, or has; null when none does.</summary>
    public string? DuplicateOf { get; init; }

    /// <summary>The video is too long for the slot that was free.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>The call that was left behind, as it cannot be interrupted, in words; null for none, or when nobody knows which.</summary>
    public string? HangingCall { get; init; }

    /// <summary>A child process was lost, and the job may lose some more before it counts.</summary>
    public bool IsLossBorne { get; init; }

    /// <summary>Why the source cannot be reached although it may come back by itself, in words; null when it is no matter of a disk or share.</summary>
    public string? SourceAway { get; init; }

    /// <summary>Since the job came in; less than zero when the clock was set back.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>The wait before the next attempt, if there is one.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>Seconds any attempt may take in this service (<c>Jobs:MaxRuntimeSeconds</c>).</summary>
    public double ServiceSeconds { get; init; }
}
