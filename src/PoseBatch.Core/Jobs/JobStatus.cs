namespace PoseBatch.Jobs;

/// <summary>Where a job stands (docs/spec/jobs.md, 2). <see cref="JobStatuses"/> gives the wire names.</summary>
public enum JobStatus
{
    /// <summary>Waits for a worker.</summary>
    Queued,

    /// <summary>A worker has taken it and prepares.</summary>
    Leased,

    /// <summary>Frames are being processed.</summary>
    Running,

    /// <summary>All frames are in; the result is being completed.</summary>
    Finalizing,

    /// <summary>The last attempt failed for a reason that may pass; waits for its next time.</summary>
    RetryWait,

    /// <summary>A worker has been told to stop.</summary>
    Cancelling,

    /// <summary>A complete result stands under its final name.</summary>
    Completed,

    /// <summary>The result of another job, or one that was there, is what was asked for.</summary>
    Duplicate,

    /// <summary>Given up; the reason says why.</summary>
    Dead,

    /// <summary>Stopped by the user.</summary>
    Cancelled,
}

/// <summary>Wire names and classes of <see cref="JobStatus"/>.</summary>
public static class JobStatuses
{
    /// <summary>The name in JSON, for example <c>retry_wait</c>.</summary>
    public static string WireName(this JobStatus status) => status switch
    {
        JobStatus.Queued => "queued",
        JobStatus.Leased => "leased",
        JobStatus.Running => "running",
        JobStatus.Finalizing => "finalizing",
        JobStatus.RetryWait => "retry_wait",
        JobStatus.Cancelling => "cancelling",
        JobStatus.Completed => "completed",
        JobStatus.Duplicate => "duplicate",
        JobStatus.Dead => "dead",
        JobStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Not a status."),
    };

    /// <summary>The status of that wire name, or null.</summary>
    public static JobStatus? Parse(string wireName)
    {
        foreach (JobStatus status in Enum.GetValues<JobStatus>())
        {
            if (status.WireName() == wireName)
            {
                return status;
            }
        }

        return null;
    }

    /// <summary>True when nothing more will happen by itself.</summary>
    public static bool IsOver(this JobStatus status) => status is JobStatus.Completed or JobStatus.Duplicate or JobStatus.Dead or JobStatus.Cancelled;

    /// <summary>True while a worker holds the job.</summary>
    public static bool IsHeld(this JobStatus status) =>
        status is JobStatus.Leased or JobStatus.Running or JobStatus.Finalizing or JobStatus.Cancelling;
}
