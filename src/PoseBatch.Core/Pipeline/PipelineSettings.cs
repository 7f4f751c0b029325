using PoseBatch.Jobs;
using PoseBatch.Models;
using PoseBatch.Tracking;

namespace PoseBatch.Pipeline;

/// <summary>What a video's run needs beside its decoder and its result writer.</summary>
public sealed record PipelineSettings
{
    /// <summary>Which frames are inferred.</summary>
    public FrameSelection Selection { get; init; } = FrameSelection.All;

    /// <summary>Poses below it are dropped.</summary>
    public float MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position.</summary>
    public float MinKeypointConfidence { get; init; }

    /// <summary>People per frame at most, best first.</summary>
    public int MaxPersons { get; init; } = 20;

    /// <summary>Seconds of video in a segment, more than 0: when they are over, what was written is made safe.</summary>
    public double SegmentSeconds { get; init; } = 60;

    /// <summary>Ends the run at the first damaged frame instead of marking it.</summary>
    public bool FailOnDamage { get; init; }

    /// <summary>The run ends with a failure at the first frame beyond so many; null for no limit.</summary>
    public long? MostSourceFrames { get; init; }

    /// <summary>How people get an identity over time; null for not at all.</summary>
    public TrackingOptions? Tracking { get; init; }

    /// <summary>How positions are smoothed; anything but None needs <see cref="Tracking"/>.</summary>
    public SmoothingMethod Smoothing { get; init; }

    /// <summary>What a job sets, with the model's own thresholds where it sets none.</summary>
    /// <param name="job">The job.</param>
    /// <param name="spec">What it sets, filled in.</param>
    /// <param name="model">The model that runs.</param>
    internal static PipelineSettings Of(VideoJob job, JobSpec spec, ModelDescription model)
    {
        return new()
        {
            Selection = new FrameSelection
            {
                FirstFrame = spec.Frames.StartFrame ?? 0,
                EndFrame = spec.Frames.EndFrame,
                StartSeconds = spec.Frames.StartSeconds,
                EndSeconds = spec.Frames.EndSeconds,
                Stride = spec.Frames.Stride!.Value,
                MaxFrames = spec.Frames.MaxFrames,
            },
            MinPersonScore = (float?)spec.Inference.MinPersonScore ?? model.MinPersonScore,
            MinKeypointConfidence = (float?)spec.Inference.MinKeypointConfidence ?? model.MinKeypointConfidence,
            MaxPersons = spec.Inference.MaxPersons!.Value,
            SegmentSeconds = job.SegmentSeconds,
            FailOnDamage = spec.OnCorrupt == "fail",
            MostSourceFrames = job.MostSourceFrames,
            Tracking = spec.Tracking.Enabled == false ? null : new TrackingOptions
            {
                MaxGapSeconds = spec.Tracking.MaxGapSeconds!.Value,
                Similarity = spec.Tracking.Similarity == "box" ? TrackSimilarity.BoundingBox : TrackSimilarity.Keypoints,
            },
            Smoothing = spec.Smoothing == "one-euro" ? SmoothingMethod.OneEuro : SmoothingMethod.None,
        };
    }
}
