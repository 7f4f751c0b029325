using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Hosting;

/// <summary>Log messages of runs.</summary>
internal static partial class RunLog
{
    /// <summary>Once per run, whatever became of it.</summary>
    public static void Ended(ILogger logger, JobReport report)
    {
        if (report is { State: RunOutcome.Completed, Counts: { } counts })
        {
            Completed(logger, report.Path, counts.SourceFrames, counts.Persons, report.Elapsed.TotalSeconds, report.ResultPath!);
        }
        else
        {
            string said = string.Join(": ", new[] { report.Reason?.WireName(), report.Message ?? report.ResultPath }.OfType<string>());
            NotCompleted(logger, report.Path, report.State, said);
        }
    }

    [LoggerMessage(301, LogLevel.Information, "Video {Video} completed: {FrameCount} frames, {PoseCount} poses in {Seconds:0.0} s; {ResultPath}")]
    private static partial void Completed(ILogger logger, string video, long frameCount, long poseCount, double seconds, string resultPath);

    [LoggerMessage(302, LogLevel.Information, "Video {Video} ended {State}: {Detail}")]
    private static partial void NotCompleted(ILogger logger, string video, RunOutcome state, string detail);
}
