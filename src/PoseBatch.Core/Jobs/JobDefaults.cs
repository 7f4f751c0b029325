namespace PoseBatch.Jobs;

/// <summary>What a service fills in where a job says nothing; its values come from the settings.</summary>
public sealed record JobDefaults
{
    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the detector; null for none.</summary>
    public string? Detector { get; init; }

    /// <summary>auto, cpu, cuda or tensorrt.</summary>
    public string Provider { get; init; } = "auto";

    /// <summary>Frames per model call; 0 is chosen.</summary>
    public int Batch { get; init; }

    /// <summary>Pose threshold; null for the model's own.</summary>
    public double? MinPersonScore { get; init; }

    /// <summary>Joint threshold; null for the model's own.</summary>
    public double? MinKeypointConfidence { get; init; }

    /// <summary>People per frame.</summary>
    public int MaxPersons { get; init; } = 20;

    /// <summary>Whether each frame is looked at around the person of the frame before.</summary>
    public bool CropRegion { get; init; }

    /// <summary>Whether people are followed.</summary>
    public bool Tracking { get; init; } = true;

    /// <summary>Seconds after which an unseen person is forgotten.</summary>
    public double MaxGapSeconds { get; init; } = 1;

    /// <summary>none or one-euro.</summary>
    public string Smoothing { get; init; } = "none";

    /// <summary>never or replace.</summary>
    public string Overwrite { get; init; } = "never";

    /// <summary>Attempts before a job is set aside.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>Seconds without a new frame after which an attempt is stopped.</summary>
    public double StallTimeoutSeconds { get; init; } = 300;

    /// <summary>The spec with nothing left open. Filling in twice changes nothing.</summary>
    public JobSpec Fill(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec with
        {
            SourceId = spec.SourceId ?? Path.GetFileName(spec.Source.Path),
            Output = spec.Output with
            {
                Layout = spec.Output.Layout ?? "flat",
                Overwrite = spec.Output.Overwrite ?? Overwrite,
            },
            Model = spec.Model with { Name = spec.Model.Name ?? Model, Detector = spec.Model.Detector ?? Detector },
            Inference = spec.Inference with
            {
                Provider = spec.Inference.Provider ?? Provider,
                Precision = spec.Inference.Precision ?? "fp32",
                Batch = spec.Inference.Batch ?? Batch,
                MinPersonScore = spec.Inference.MinPersonScore ?? MinPersonScore,
                MinKeypointConfidence = spec.Inference.MinKeypointConfidence ?? MinKeypointConfidence,
                MaxPersons = spec.Inference.MaxPersons ?? MaxPersons,
                CropRegion = spec.Inference.CropRegion ?? CropRegion,
            },
            Frames = spec.Frames with { Stride = spec.Frames.Stride ?? 1 },
            Tracking = spec.Tracking with
            {
                Enabled = spec.Tracking.Enabled ?? Tracking,
                MaxGapSeconds = spec.Tracking.MaxGapSeconds ?? MaxGapSeconds,
            },
            Smoothing = spec.Smoothing ?? Smoothing,
            OnCorrupt = spec.OnCorrupt ?? "mark",
            Priority = spec.Priority ?? 5,
            RequiresGpu = spec.RequiresGpu ?? false,
            Limits = spec.Limits with
            {
                MaxAttempts = spec.Limits.MaxAttempts ?? MaxAttempts,
                StallTimeoutSeconds = spec.Limits.StallTimeoutSeconds ?? StallTimeoutSeconds,
            },
        };
    }
}
