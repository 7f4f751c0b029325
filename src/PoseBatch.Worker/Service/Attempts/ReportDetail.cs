using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Video;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Adds to the report of a run what is known in a service and not where the failure was met.</summary>
internal static class ReportDetail
{
    /// <summary>The report with better words.</summary>
    /// <param name="report">Of the run.</param>
    /// <param name="spec">What was asked.</param>
    /// <param name="hasMoreAttempts">Whether the job may be tried again.</param>
    /// <param name="isOutputMounted">Whether what results lie on is there; asked only when it matters.</param>
    public static JobReport Of(JobReport report, JobSpec spec, bool hasMoreAttempts, Func<bool> isOutputMounted) => report switch
    {
        { Reason: ReasonCode.SourceChanged } when IsGone(spec.Source.Path) => report with
        {
            // As long as there are attempts left it may be a writer that deletes before it writes.
            Reason = hasMoreAttempts ? ReasonCode.SourceChanged : ReasonCode.SourceMissing,
            Message = $"'{spec.Source.Path}' was removed or renamed while it was being read.",
            Advice = "Put it back, then retry the job: it goes on from its last segment.",
        },
        { Reason: ReasonCode.SourceChanged } => report with
        {
            Advice = "Let the writer finish. Copy under another name and rename, and a file is never taken before it is whole.",
        },
        { Reason: ReasonCode.DiskFull } when isOutputMounted() => report with
        {
            Advice = "Free space or raise the quota, and see whether the disk answers; the job goes on by itself then.",
        },
        _ => report,
    };

    private static bool IsGone(string path) => FileFacts.Of(path, out int error) is null && SourceFault.IsGone(error);
}
