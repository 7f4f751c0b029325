using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Decides, when it is known what an attempt will compute, whether it is to.</summary>
/// <param name="lease">Asks the store.</param>
/// <param name="duplicates">Knows of other jobs that compute the same.</param>
/// <param name="progress">Knows what runs.</param>
/// <param name="mostSeconds">A longer video is given back: its slot is for short ones. Null for any length.</param>
internal sealed class Admission(HeldLease lease, DuplicateCheck duplicates, AttemptProgress progress, double? mostSeconds)
{
    private volatile ResultRequest? _request;
    private volatile string? _duplicateOf;
    private volatile bool _isTooLong;

    /// <summary>What is to be computed; null before that is known, or when the video is too long for its slot.</summary>
    public ResultRequest? Request => _request;

    /// <summary>The job that computes the same, or has; null when none does.</summary>
    public string? DuplicateOf => _duplicateOf;

    /// <summary>Whether the video is too long for its slot.</summary>
    public bool IsTooLong => _isTooLong;

    /// <summary>Lets the job run (null), or ends it with a report.</summary>
    /// <exception cref="PoseBatchException">lease_lost.</exception>
    public async ValueTask<JobReport?> AdmitAsync(ResultRequest request, CancellationToken cancellation)
    {
        if (mostSeconds is { } most && LengthOf(request.Video) is var seconds && seconds > most)
        {
            _isTooLong = await lease.AskAsync((store, held) => store.SetDurationAsync(held, seconds, cancellation));
            return Report(RunOutcome.Cancelled, "Waits for a slot: the one that is free is kept for short videos.");
        }

        _request = request;
        JobRecord? other = await duplicates.FindAsync(request, cancellation);
        _duplicateOf = other?.Id;
        if (other is null)
        {
            await lease.RequireAsync((store, held) => store.AdvanceAsync(held, JobStatus.Running, progress.Runs, cancellation));
            return null;
        }

        return other.Status == JobStatus.Completed
            ? Report(RunOutcome.Exists, $"Job {other.Id} has computed the same: same content, model and settings.") with { ResultPath = other.ResultPath }
            : Report(RunOutcome.Cancelled, $"Waits for job {other.Id}, which computes the same.");
    }

    private JobReport Report(RunOutcome state, string message) => new() { Path = lease.Spec.Source.Path, State = state, Message = message };

    private static double LengthOf(VideoInfo video) => video.DurationSeconds
        ?? (video.AnnouncedFrames is { } frames && video.NominalFps.IsKnown ? frames / video.NominalFps.Value : double.PositiveInfinity);
}
