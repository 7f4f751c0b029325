using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Inference;
using PoseBatch.Jobs;
using PoseBatch.Poses;
using PoseBatch.Video;
using PoseBatch.Worker.Configuration;

namespace PoseBatch.Worker.Demo;

/// <summary>What comes after the job: reads its tables back, measures them against the truth, and makes the pictures.</summary>
/// <param name="settings">The settings of this run.</param>
/// <param name="files">Where things are.</param>
internal sealed class DemoRun(Settings settings, DemoFiles files)
{
    private const int ExcerptRows = 6, SheetColumns = 4, SheetCells = 12, SheetCellWidth = 240;

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
        IReadOnlyList<PosedFrame> frames = ResultRows.ReadFrames(job.ResultPath!, skeleton.KeypointCount);
        FfmpegVideoDecoder decoder = Workshop.OpenDecoder(settings);
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
            Excerpt = ResultRows.Excerpt(job.ResultPath!, MiddlePose(frames), skeleton.KeypointCount, ExcerptRows),
            PlottedJoint = plotted,
        };
        outcome = await DrawAsync(outcome, decoder, skeleton, frames, cancellation);
        string plot = TrackPlot.Draw(plotted, Track(plotted, truth, frames, skeleton));
        await File.WriteAllTextAsync(files.Plot, plot, cancellation);
        await File.WriteAllTextAsync(files.Report, DemoPage.Write(outcome, plot), cancellation);
        return outcome;
    }

    /// <summary>Makes the video and the sheet. When they cannot be made, all else is worth having.</summary>
    private async Task<DemoOutcome> DrawAsync(
        DemoOutcome outcome, FfmpegVideoDecoder decoder, Skeleton skeleton, IReadOnlyList<PosedFrame> frames, CancellationToken cancellation)
    {
        AnnotatedPictures pictures = new(decoder.Tools, new FfmpegOptions
        {
            StallTimeout = TimeSpan.FromSeconds(settings.Decode.StallSeconds),
            MaxPixels = settings.Decode.MaxPixels,
        });

        // Those of an earlier run must not pass for this one's.
        File.Delete(files.AnnotatedVideo);
        File.Delete(files.ContactSheet);
        if (await pictures.WhyNotAsync(cancellation) is { } lack)
        {
            return outcome with { WhyNoPictures = lack };
        }

        try
        {
            VideoInfo video = await decoder.ProbeAsync(DemoFiles.Clip, null, cancellation);
            await pictures.WriteVideoAsync(video, skeleton, frames, files.AnnotatedVideo, cancellation);

            // The middle of each twelfth of the clip.
            int[] shown = [.. Enumerable.Range(0, SheetCells).Select(cell => ((2 * cell) + 1) * frames.Count / (2 * SheetCells))];
            await pictures.WriteSheetAsync(files.AnnotatedVideo, shown, SheetColumns, SheetCellWidth, files.ContactSheet, cancellation);
            return outcome;
        }
        catch (PoseBatchException fault)
        {
            File.Delete(files.AnnotatedVideo);
            return outcome with { WhyNoPictures = fault.Message, HasFailed = true };
        }
    }

    /// <summary>The frame with a pose that lies nearest to the middle of the clip; 0 when there is none.</summary>
    private static int MiddlePose(IReadOnlyList<PosedFrame> frames) => Enumerable.Range(0, frames.Count)
        .Where(frame => frames[frame].People.Count > 0)
        .OrderBy(frame => int.Abs(frame - (frames.Count / 2)))
        .FirstOrDefault();

    private static List<TrackPoint> Track(string joint, DemoTruth truth, IReadOnlyList<PosedFrame> frames, Skeleton skeleton)
    {
        int trueIndex = truth.Joints.ToList().IndexOf(joint), foundIndex = skeleton.Keypoints.ToList().IndexOf(joint);
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
