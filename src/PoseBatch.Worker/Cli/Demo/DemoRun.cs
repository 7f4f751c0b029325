using PoseBatch.Estimators;
using PoseBatch.Evaluation;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Pipeline;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;
using PoseBatch.Worker.Analysis.Rendering;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>What comes after the job: reads its tables back, measures them against the truth, and makes the pictures.</summary>
/// <param name="settings">The settings of this run.</param>
/// <param name="files">Where things are.</param>
internal sealed class DemoRun(Settings settings, DemoFiles files)
{
    private const int ExcerptRows = 6;

    // A wrist moves most and is found worst: what a user should see first. Another joint stands in where a model has none.
    private const string Favourite = "right_wrist";

    /// <summary>Does it all.</summary>
    /// <param name="job">The completed job.</param>
    /// <param name="engine">What ran it.</param>
    /// <param name="cancellation">Ends it at once; the tables stay.</param>
    public async Task<DemoOutcome> FinishAsync(JobReport job, IPoseEstimator engine, CancellationToken cancellation)
    {
        Skeleton skeleton = engine.Description.Skeleton;
        DemoTruth truth = DemoTruth.Read(DemoFiles.Truth);
        PoseResult result = PoseResult.Open(job.ResultPath!);
        IReadOnlyList<PosedFrame> frames = [.. result.ReadFrames(cancellation).Select(DrawnFrames.Bare)];
        FfmpegVideoDecoder decoder = ModelHost.OpenDecoder(settings);
        string plotted = truth.Joints.Contains(Favourite) && skeleton.Keypoints.Contains(Favourite)
            ? Favourite
            : truth.Joints.FirstOrDefault(skeleton.Keypoints.Contains, truth.Joints[0]);

        DemoOutcome outcome = new()
        {
            Files = files,
            Job = job,
            Model = engine.Description,
            Provider = engine.Provider,
            Decoder = decoder.Version,
            Error = MeasuredError.Measure(truth, frames, skeleton.Keypoints),
            Excerpt = TableExcerpt.Of(result, MiddlePose(frames), ExcerptRows, cancellation),
            PlottedJoint = plotted,
        };
        outcome = await DrawAsync(outcome, result, cancellation);
        string plot = TrackPlot.Draw(plotted, Track(plotted, truth, frames, skeleton));
        await File.WriteAllTextAsync(files.Plot, plot, cancellation);
        await File.WriteAllTextAsync(files.Report, DemoPage.Write(outcome, plot), cancellation);
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
    private static int MiddlePose(IReadOnlyList<PosedFrame> frames) => Enumerable.Range(0, frames.Count)
        .Where(frame => frames[frame].People.Count > 0)
        .OrderBy(frame => int.Abs(frame - (frames.Count / 2)))
        .FirstOrDefault();

    private static List<TrackPoint> Track(string joint, DemoTruth truth, IReadOnlyList<PosedFrame> frames, Skeleton skeleton)
    {
        int trueIndex = JointOrder.Places([joint], truth.Joints)[0], foundIndex = JointOrder.Places([joint], skeleton.Keypoints)[0];
        List<TrackPoint> track = [];
        for (int frame = 0; frame < frames.Count; frame++)
        {
            TrueJoint? known = frame < truth.Frames.Count ? truth.Frames[frame]?[trueIndex] : null;
            (double, double)? right = known is { IsInPicture: true } place ? (place.X, place.Y) : null;
            (double, double)? found = foundIndex >= 0 && frames[frame].People is [var best, ..] && best[foundIndex] is { } position
                ? (position.X, position.Y)
                : null;
            track.Add(new(frames[frame].Seconds, right, found));
        }

        return track;
    }
}
