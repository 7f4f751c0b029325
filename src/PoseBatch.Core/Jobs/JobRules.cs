namespace PoseBatch.Jobs;

/// <summary>What must hold between the fields of a job, whatever door it came through.</summary>
public static class JobRules
{
    /// <summary>Ranges of frames that hold none, each with its path, as <see cref="JobJson"/> says problems.</summary>
    public static IEnumerable<string> OrderProblems(JobFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.EndSeconds is { } end && end <= (frames.StartSeconds ?? 0))
        {
            yield return "frames.end: must be later than start";
        }

        if (frames.EndFrame is { } endFrame && endFrame <= (frames.StartFrame ?? 0))
        {
            yield return "frames.end_frame: must be greater than start_frame";
        }
    }

    /// <summary>Whether positions would be smoothed for people who are not followed.</summary>
    public static bool SmoothsWithoutTracking(JobSpec job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job is { Smoothing: not (null or "none"), Tracking.Enabled: false };
    }
}
