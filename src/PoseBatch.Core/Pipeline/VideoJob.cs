using PoseBatch.Tables;
using PoseBatch.Tracking;

namespace PoseBatch.Pipeline;

/// <summary>What was asked: one video to be turned into one result.</summary>
public sealed record VideoJob
{
    /// <summary>The video file.</summary>
    public required string Path { get; init; }

    /// <summary>Folder that will hold the result's folder.</summary>
    public required string OutputRoot { get; init; }

    /// <summary>Name in the <c>video</c> column; null for the file's name.</summary>
    public string? SourceId { get; init; }

    /// <summary>A stream among all streams of the container; null for the decoder's choice.</summary>
    public int? StreamIndex { get; init; }

    /// <summary>Which frames are inferred.</summary>
    public FrameSelection Selection { get; init; } = FrameSelection.All;

    /// <summary>Poses below it are dropped, 0 to 1; null for the model's own threshold.</summary>
    public float? MinPersonScore { get; init; }

    /// <summary>Joints below it lose their position, 0 to 1; null for the model's own threshold.</summary>
    public float? MinKeypointConfidence { get; init; }

    /// <summary>People per frame at most, best first.</summary>
    public int MaxPersons { get; init; } = 20;

    /// <summary>How people get an identity over time; null for not at all.</summary>
    public TrackingOptions? Tracking { get; init; } = new();

    /// <summary>How positions are smoothed; anything but None needs <see cref="Tracking"/>.</summary>
    public SmoothingMethod Smoothing { get; init; }

    /// <summary>Seconds of video in a segment, more than 0.</summary>
    public double SegmentSeconds { get; init; } = 60;

    /// <summary>The job fails at the first frame beyond so many, whether it is inferred or not; null for no limit. Never changes a result.</summary>
    public long? MostSourceFrames { get; init; }

    /// <summary>Fails at the first damaged frame instead of marking it.</summary>
    public bool FailOnDamage { get; init; }

    /// <summary>Id of the job, for the manifest; null for a run without one.</summary>
    public string? JobId { get; init; }

    /// <summary>Group of the job, for the manifest; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Labels of the job, for the manifest.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Set for work that is made safe segment by segment and may go on where an earlier attempt stopped; null for all or nothing.</summary>
    public ICommitFence? Guard { get; init; }

    /// <summary>Asked when it is known what will be computed; a report ends the job there, null lets it run.</summary>
    public Func<ResultRequest, CancellationToken, ValueTask<JobReport?>>? Admit { get; init; }

    /// <summary>Encoding of the tables.</summary>
    public TableOptions Tables { get; init; } = new();

    /// <summary>What to do when the result exists.</summary>
    public OverwriteRule Overwrite { get; init; } = OverwriteRule.Never;
}

/// <summary>How a job ended.</summary>
public enum RunOutcome
{
    /// <summary>A complete result stands under its final name.</summary>
    Completed,

    /// <summary>The same video with the same settings had been processed before; its result was left as it is.</summary>
    Exists,

    /// <summary>No result; <see cref="JobReport.Reason"/> says why.</summary>
    Failed,

    /// <summary>Stopped from outside; no result.</summary>
    Cancelled,
}

/// <summary>What became of a job.</summary>
public sealed record JobReport
{
    /// <summary>The video as it was asked for.</summary>
    public required string Path { get; init; }

    /// <summary>How it ended.</summary>
    public required RunOutcome State { get; init; }

    /// <summary>Why it failed; null unless Failed or Cancelled.</summary>
    public ReasonCode? Reason { get; init; }

    /// <summary>What happened, one sentence; null when all went well.</summary>
    public string? Message { get; init; }

    /// <summary>What to do about it; null when there is nothing to do.</summary>
    public string? Advice { get; init; }

    /// <summary>A child process was lost (<see cref="PoseBatchException.IsChildLost"/>): the failure says nothing about the video.</summary>
    public bool IsChildLost { get; init; }

    /// <summary>The result's folder; null when there is none.</summary>
    public string? ResultPath { get; init; }

    /// <summary>Counts of the result; null when there is none or it was not made now.</summary>
    public ResultCounts? Counts { get; init; }

    /// <summary>Sentences the user should read.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Wall time of the job.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Frames read per second of wall time; 0 when nothing was read.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>The stage that set the pace: decode, infer or write; null when nothing ran.</summary>
    public string? LimitedBy { get; init; }
}
