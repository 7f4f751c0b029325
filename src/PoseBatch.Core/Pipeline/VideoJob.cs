using PoseBatch.Jobs;
using PoseBatch.Tables;

namespace PoseBatch.Pipeline;

/// <summary>What was asked: one video to be turned into one result.</summary>
public sealed record VideoJob
{
    /// <summary>The video file.</summary>
    public required string Path { get; init; }

    /// <summary>Folder that will hold the result's folder.</summary>
    public required string OutputRoot { get; init; }

    /// <summary>
    /// What the user can set. Thresholds that are null are the model's own; nothing else may be null but what means "none". Its source,
    /// output folder and models were resolved before and are not looked at here.
    /// </summary>
    public JobSpec Spec { get; init; } = JobFields.Defaults;

    /// <summary>Seconds of video in a segment, more than 0.</summary>
    public double SegmentSeconds { get; init; } = 60;

    /// <summary>Rows of keypoints per row group, cut at a frame.</summary>
    public int RowGroupRows { get; init; } = new TableOptions().RowGroupRows;

    /// <summary>The job fails at the first frame beyond so many, whether it is inferred or not; null for no limit. Never changes a result.</summary>
    public long? MostSourceFrames { get; init; }

    /// <summary>Id of the job, for the manifest; null for a run without one.</summary>
    public string? JobId { get; init; }

    /// <summary>Set for work that is made safe segment by segment and may go on where an earlier attempt stopped; null for all or nothing.</summary>
    public ICommitFence? Guard { get; init; }

    /// <summary>Asked when it is known what will be computed; a report ends the job there, null lets it run.</summary>
    public Func<ResultRequest, CancellationToken, ValueTask<JobReport?>>? Admit { get; init; }

    /// <summary>Encoding of the tables.</summary>
    internal TableOptions Tables => new()
    {
        Profile = Spec.Output.Profile == "compatible" ? TableProfile.Compatible : TableProfile.Compact,
        RowGroupRows = RowGroupRows,
        Rounded = Spec.Output.Rounded == true,
    };
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
