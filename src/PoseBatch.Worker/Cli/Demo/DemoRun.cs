using PoseBatch.Estimators;
using PoseBatch.Pipeline;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Rendering;
using PoseBatch.Worker.Analysis.Reports;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>What comes after the job: its tables held against the truth, the pictures, and the report.</summary>
/// <param name="settings">The settings of this run.</param>
/// <param name="files">Where things are.</param>
internal sealed class DemoRun(Settings settings, DemoFiles files)
{
    private const int ExcerptRows = 6;

    /// <summary>Does it all.</summary>
    /// <param name="job">The completed job.</param>
    /// <param name="engine">What ran it.</param>
    /// <param name="cancellation">Ends it at once; the tables stay.</param>
    public async Task<DemoOutcome> FinishAsync(JobReport job, IPoseEstimator engine, CancellationToken cancellation)
    {
        PoseResult result = PoseResult.Open(job.ResultPath!);
        DemoOutcome outcome = new()
        {
            Files = files,
            Job = job,
            Model = engine.Description.Name,
            Provider = engine.Provider.Name,
            Error = DemoError.Measure(DemoTruth.Read(DemoFiles.Truth), job.ResultPath!),
            Excerpt = TableExcerpt.Of(result, MiddlePose(result, cancellation), ExcerptRows, cancellation),
        };
        outcome = await DrawAsync(outcome, result, cancellation);
        await File.WriteAllTextAsync(files.Report, await ResultReport.WriteAsync(result, ShippedFiles.DemoClip, settings, cancellation), cancellation);
        return outcome;
    }

    /// <summary>Makes the video and the sheet. When they cannot be made, all else is worth having.</summary>
    private async Task<DemoOutcome> DrawAsync(DemoOutcome outcome, PoseResult result, CancellationToken cancellation)
    {
        // Those of an earlier run must not pass for this one's.
        File.Delete(files.AnnotatedVideo);
        File.Delete(files.ContactSheet);
        try
        {
            ResultPictures pictures = await ResultPictures.OpenAsync(result, ShippedFiles.DemoClip, force: false, settings, cancellation);
            await pictures.WriteVideoAsync(files.AnnotatedVideo, cancellation);
            await pictures.WriteSheetAsync(SheetLayout.Default, files.ContactSheet, cancellation);
            return outcome;
        }
        catch (PoseBatchException fault)
        {
            File.Delete(files.AnnotatedVideo);

            // An ffmpeg that lacks a part was never asked to draw: nothing failed.
            return outcome with { WhyNoPictures = fault.Message, HasFailed = fault.Reason != ReasonCode.CodecUnsupported };
        }
    }

    /// <summary>The frame with a pose that lies nearest to the middle of the clip; 0 when there is none.</summary>
    private static int MiddlePose(PoseResult result, CancellationToken cancellation)
    {
        ResultFrame[] frames = [.. result.ReadFrames(cancellation)];
        return frames.Where(frame => frame.People.Count > 0).Select(frame => frame.Index).OrderBy(index => int.Abs(index - (frames.Length / 2))).FirstOrDefault();
    }
}
