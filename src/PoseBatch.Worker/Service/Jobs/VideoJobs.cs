using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Tables;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>From a stored job to what the runner runs.</summary>
internal static class VideoJobs
{
    /// <summary>The run that a job with all its defaults filled in asks for.</summary>
    /// <exception cref="SettingsException">Smoothing without tracking.</exception>
    public static VideoJob Of(JobSpec spec, JobSubmitter desk, Settings settings) => TrackingSetup.Apply(SequenceOf(spec, settings), new VideoJob
    {
        Path = spec.Source.Path,
        OutputRoot = desk.OutputFolder(spec),
        SourceId = spec.SourceId,
        StreamIndex = spec.Source.Stream,
        Selection = new FrameSelection
        {
            StartSeconds = spec.Frames.StartSeconds,
            EndSeconds = spec.Frames.EndSeconds,
            Stride = spec.Frames.Stride ?? 1,
            MaxFrames = spec.Frames.MaxFrames,
        },
        MinPersonScore = (float?)spec.Inference.MinPersonScore,
        MinKeypointConfidence = (float?)spec.Inference.MinKeypointConfidence,
        MaxPersons = spec.Inference.MaxPersons ?? settings.Poses.MaxPersons,
        Group = spec.Group,
        Labels = spec.Labels,
        MostSourceFrames = settings.Jobs.MaxFrames > 0 ? settings.Jobs.MaxFrames : null,
        FailOnDamage = spec.OnCorrupt == "fail",
        SegmentSeconds = settings.Output.SegmentSeconds,
        Tables = settings.Output.Tables,
        Overwrite = spec.Output.Overwrite == "replace" ? OverwriteRule.Replace : OverwriteRule.Never,
    });

    private static Settings SequenceOf(JobSpec spec, Settings settings) => settings with
    {
        Tracking = settings.Tracking with
        {
            Enabled = spec.Tracking.Enabled ?? settings.Tracking.Enabled,
            MaxGapSeconds = spec.Tracking.MaxGapSeconds ?? settings.Tracking.MaxGapSeconds,
        },
        Smoothing = settings.Smoothing with { Method = spec.Smoothing ?? settings.Smoothing.Method },
    };
}
