using System.Text.Json.Serialization;

namespace PoseBatch.Jobs;

/// <summary>
/// One job as it is written down: one video to be turned into one result (the JSON of <c>jobs/job.schema.json</c>). What is
/// null was left to the service; <see cref="JobFields.Fill"/> fills it in, and what is stored has no null left but where null
/// means "none".
/// </summary>
[JsonConverter(typeof(JobSpecConverter))]
public sealed record JobSpec
{
    /// <summary>Version of the format.</summary>
    public const int Version = 1;

    /// <summary>A ULID; null lets the store make one.</summary>
    public string? JobId { get; init; }

    /// <summary>A second job with the same text is the first one; null for none. Up to 200 characters.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The video.</summary>
    public required JobSource Source { get; init; }

    /// <summary>Name in the <c>video</c> column; null for the file's name.</summary>
    public string? SourceId { get; init; }

    /// <summary>Where the result goes.</summary>
    public JobOutput Output { get; init; } = new();

    /// <summary>What runs.</summary>
    public JobModel Model { get; init; } = new();

    /// <summary>How it runs.</summary>
    public JobInference Inference { get; init; } = new();

    /// <summary>Which frames.</summary>
    public JobFrames Frames { get; init; } = new();

    /// <summary>Identity of people over time.</summary>
    public JobTracking Tracking { get; init; } = new();

    /// <summary><c>none</c> or <c>one-euro</c>; null for the service's default.</summary>
    public string? Smoothing { get; init; }

    /// <summary><c>mark</c> (damaged frames are inferred and marked) or <c>fail</c> (the first one fails the job); null for mark.</summary>
    public string? OnCorrupt { get; init; }

    /// <summary>0 to 9, higher first; null for 5.</summary>
    public int? Priority { get; init; }

    /// <summary>A name that jobs share; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Whatever the user wants to find again.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Only a worker with a GPU may take it; null for false.</summary>
    public bool? RequiresGpu { get; init; }

    /// <summary>When to give up.</summary>
    public JobLimits Limits { get; init; } = new();

    /// <summary>Not to be begun after that time; null for never.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Receives a POST with the job when it has ended; null for nobody.</summary>
    public Uri? NotifyUrl { get; init; }
}

/// <summary>The video of a job.</summary>
public sealed record JobSource
{
    /// <summary>Absolute, or relative to the first allowed root that has it.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 the file must have, lower-case hexadecimal; null for any.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes the file must have; null for any.</summary>
    public long? Size { get; init; }

    /// <summary>A stream among all streams of the container; null for the decoder's choice.</summary>
    public int? Stream { get; init; }
}

/// <summary>Where a job's result goes.</summary>
public sealed record JobOutput
{
    /// <summary>Folder for the result's folder, relative to the output root; null for the root itself.</summary>
    public string? Path { get; init; }

    /// <summary><c>flat</c>, the only layout so far; null for it.</summary>
    public string? Layout { get; init; }

    /// <summary>Formats written beside the tables, for example <c>dlc-csv</c>.</summary>
    public IReadOnlyList<string> Exports { get; init; } = [];

    /// <summary><c>never</c> or <c>replace</c>; null for the service's default.</summary>
    public string? Overwrite { get; init; }

    /// <summary>Encoding of the tables, <c>compact</c> or <c>compatible</c>; null for the service's default.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether x, y are rounded to 1/64 px and confidence to 0.001; null for the service's default.</summary>
    public bool? Rounded { get; init; }
}

/// <summary>The networks of a job.</summary>
public sealed record JobModel
{
    /// <summary>Name of a model package; null for the service's default.</summary>
    public string? Name { get; init; }

    /// <summary>SHA-256 the model file must have; null for any.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Name of the detector's package; null for the service's default.</summary>
    public string? Detector { get; init; }
}

/// <summary>How the networks of a job run, and what is kept of what they find.</summary>
public sealed record JobInference
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>tensorrt</c>; null for the service's default.</summary>
    public string? Provider { get; init; }

    /// <summary><c>fp32</c>; null for it.</summary>
    public string? Precision { get; init; }

    /// <summary>Frames per model call, 0 (chosen) to 256; null for the service's default. Never changes results.</summary>
    public int? Batch { get; init; }

    /// <summary>Poses below it are dropped, 0 to 1; null for the model's own.</summary>
    public double? MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position, 0 to 1; null for the model's own.</summary>
    public double? MinKeypointConfidence { get; init; }

    /// <summary>People per frame at most, 1 to 1000; null for the service's default.</summary>
    public int? MaxPersons { get; init; }

    /// <summary>Whether each frame is looked at around the person of the frame before (single-person MoveNet only); null for the service's default.</summary>
    public bool? CropRegion { get; init; }
}

/// <summary>Which frames of a job's video are inferred.</summary>
public sealed record JobFrames
{
    /// <summary>First time, seconds since the first frame; null for the beginning.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>Time to stop before, seconds since the first frame; null for the end.</summary>
    public double? EndSeconds { get; init; }

    /// <summary>First frame index, from 0; null for the beginning.</summary>
    public long? StartFrame { get; init; }

    /// <summary>Frame index to stop before; null for the end.</summary>
    public long? EndFrame { get; init; }

    /// <summary>Every n-th frame; null for 1.</summary>
    public int? Stride { get; init; }

    /// <summary>At most that many; null for all.</summary>
    public long? MaxFrames { get; init; }
}

/// <summary>How people get their identity over time.</summary>
public sealed record JobTracking
{
    /// <summary>Null for the service's default.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Seconds after which an unseen person is forgotten, more than 0; null for the service's default.</summary>
    public double? MaxGapSeconds { get; init; }

    /// <summary>What makes two poses one person, <c>keypoints</c> or <c>box</c>; null for the service's default.</summary>
    public string? Similarity { get; init; }
}

/// <summary>When to give up on a job.</summary>
public sealed record JobLimits
{
    /// <summary>Attempts before the job is set aside, 1 to 100; null for the service's default.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>Seconds one attempt may take; null for no limit.</summary>
    public double? MaxRuntimeSeconds { get; init; }

    /// <summary>Seconds without a new frame after which an attempt is stopped; null for the service's default.</summary>
    public double? StallTimeoutSeconds { get; init; }
}
