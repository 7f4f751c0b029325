using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Results.Format;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>
/// One attempt at one job: runs it, keeps its lease while it makes progress, and says in the store how it ended. Whatever
/// happens, it ends by itself and throws nothing.
/// </summary>
internal sealed class JobAttempt : IJobAttempt
{
    private readonly JobLease _lease;
    private readonly AttemptParts _parts;
    private readonly AttemptStop _stop = new();
    private readonly AttemptProgress _progress;
    private readonly CommitFence _fence;
    private readonly AttemptRun _run;
    private readonly LeaseKeeper _keeper;
    private readonly OutcomeRecorder _recorder;

    /// <param name="lease">The right to work on the job.</param>
    /// <param name="parts">What it works with.</param>
    /// <param name="mostSeconds">A longer video is given back: its slot is for short ones. Null for any length.</param>
    /// <param name="drain">Cancelled when the service stops: the attempt ends at its next segment.</param>
    public JobAttempt(JobLease lease, AttemptParts parts, double? mostSeconds, CancellationToken drain)
    {
        (_lease, _parts) = (lease, parts);
        JobLimits limits = lease.Job.Spec.Limits;
        TimeProvider clock = parts.Store.Clock;
        HeldLease held = new(lease, parts.Store, _stop);
        _progress = new(parts.Metrics, clock);
        _fence = new(held, parts.Submitter.Mounts, _progress, _stop, drain);
        Admission admission = new(held, new(held, WholeResult.ProblemOf), _progress, mostSeconds);
        _run = new(lease, parts, _stop, _progress, _fence, admission);
        StallWatch stalls = new(() => _progress.Activity, limits.StallTimeoutSeconds, clock);
        RuntimeLimit runtime = new(limits.MaxRuntimeSeconds, parts.Settings.Jobs.MaxRuntimeSeconds, clock);
        _keeper = new(lease, parts.Store, _progress, _stop, new(stalls, runtime));
        _recorder = new(lease, parts, _stop, admission, _progress, drain);
    }

    /// <inheritdoc/>
    public string JobId => _lease.Id;

    /// <inheritdoc/>
    public bool TakesSlot => _run.IsExporting || !_progress.HasDecodedAll;

    /// <inheritdoc/>
    public Task HasFrames => _progress.HasFrames;

    /// <inheritdoc/>
    public Task HasCheckpointed => _progress.HasCheckpointed;

    /// <inheritdoc/>
    public void HandOver() => _stop.Because(StopCause.Drained);

    /// <inheritdoc/>
    public void Preempt() => _fence.Preempt();

    /// <inheritdoc/>
    public async Task RunAsync(Action slotReleased)
    {
        using CancellationTokenSource over = new();
        Task keeping = _keeper.RunAsync(over.Token);
        try
        {
            (JobReport report, string? hangingCall) = await WorkAsync(slotReleased);
            await _recorder.RecordAsync(report, hangingCall);
        }
        finally
        {
            await over.CancelAsync();
            await keeping;
            _progress.End();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task<(JobReport Report, string? HangingCall)> WorkAsync(Action slotReleased)
    {
        Task<JobReport> work = Task.Run(() => _run.RunAsync(slotReleased), CancellationToken.None);
        if (await new StopWait(() => _progress.Activity, _parts.Store.Clock).HasEndedAsync(work, _stop.Token))
        {
            return (await work, null);
        }

        // Whatever it still does one day, the store refuses it, as its token is no longer the newest.
        string? call = _run.LeaveBehind();
        AttemptLog.LeftBehind(
            _parts.Logger, JobId, _lease.Job.Attempt,
            call ?? "a call of the system or the runtime does not come back and cannot be interrupted", _parts.Engines.Hanging);
        return (AttemptRun.Stopped(_lease.Job.Spec), call);
    }
}
