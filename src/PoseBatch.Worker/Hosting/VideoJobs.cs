using PoseBatch.Jobs;
using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Hosting;

/// <summary>From what the user set, on the command line or in a stored job, to what runs.</summary>
internal static class VideoJobs
{
    /// <summary>The run that a job asks for; what it leaves open, as one that an older version stored, is left to the settings.</summary>
    /// <param name="spec">The job.</param>
    /// <param name="outputRoot">Folder that receives the result's folder.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="SettingsException">What does not go together.</exception>
    public static VideoJob Of(JobSpec spec, string outputRoot, Settings settings)
    {
        spec = JobFields.Fill(spec, JobDefaults.Of(settings));
        Check(spec);
        return new()
        {
            Path = spec.Source.Path,
            OutputRoot = outputRoot,
            Spec = spec,
            SegmentSeconds = settings.Output.SegmentSeconds,
            RowGroupRows = settings.Output.RowGroupRows,
        };
    }

    /// <summary>Refuses what does not go together.</summary>
    /// <exception cref="SettingsException">Smoothing without tracking, a range of frames that holds none.</exception>
    public static void Check(JobSpec spec)
    {
        List<string> problems = [.. JobRules.OrderProblems(spec.Frames).Select(problem => problem + ".")];
        if (JobRules.SmoothsWithoutTracking(spec))
        {
            problems.Add($"Smoothing:Method = {spec.Smoothing} follows each person over time, but Tracking:Enabled is false. Turn tracking on (--tracking on) or smoothing off (--smoothing none).");
        }

        if (problems.Count > 0)
        {
            throw new SettingsException(problems);
        }
    }
}
