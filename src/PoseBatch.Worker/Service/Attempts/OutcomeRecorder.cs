using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Says in the store, in the log and in the meters how an attempt ended.</summary>
/// <param name="lease">The right to say so.</param>
/// <param name="parts">What it works with.</param>
/// <param name="stop">Why the attempt was ended early.</param>
/// <param name="admission">What was to be computed.</param>
/// <param name="progress">How far the attempt came.</param>
/// <param name="drain">Cancelled when the service stops.</param>
internal sealed class OutcomeRecorder(
    JobLease lease, AttemptParts parts, AttemptStop stop, Admission admission, AttemptProgress progress, CancellationToken drain)
{
    // While the store is away it is asked this often.
    private static readonly TimeSpan AwayPeriod = TimeSpan.FromSeconds(2);

    // A store that is locked when the service stops is asked again for so long, as the attempt is given back there.
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromSeconds(8);

    private readonly int _mostAttempts = lease.Job.Spec.Limits.MaxAttempts ?? parts.Settings.Jobs.MaxAttempts;
    private bool _isLossBorne;

    private WatchedStore Store => parts.Store;

    private JobSpec Spec => lease.Job.Spec;

    /// <summary>Records the end, and waits for the store while it is away: nobody else may take the job while its lease lasts, and afterwards the next attempt finds the result.</summary>
    /// <param name="report">How the run ended.</param>
    /// <param name="hangingCall">The call that was left behind, in words; null for none.</param>
    public async Task RecordAsync(JobReport report, string? hangingCall)
    {
        report = ReportDetail.Of(report, Spec, lease.Job.Attempt < _mostAttempts, () => parts.Submitter.Mounts.WhyOutputIsAway(Spec) is null);
        if (report.IsChildLost && stop.Cause == StopCause.None)
        {
            report = await JudgeLossAsync(report);
        }

        Log(report);
        progress.Count();
        long since = Store.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                await TellAsync(report, hangingCall);
                return;
            }
            catch (JobStoreUnavailableException away)
            {
                Store.Health.Away(away);
                await Task.Delay(AwayPeriod, Store.Clock, CancellationToken.None);
                if (drain.IsCancellationRequested && Store.Clock.GetElapsedTime(since) > HandOverPatience)
                {
                    return;
                }
            }
        }
    }

    private async Task<JobReport> JudgeLossAsync(JobReport report)
    {
        ChildLoss loss = await parts.Lost.JudgeAsync(lease.Id, drain);
        _isLossBorne = loss == ChildLoss.Borne;
        if (loss != ChildLoss.Drained)
        {
            return report;
        }

        stop.Because(StopCause.Drained);
        return AttemptRun.Stopped(Spec);
    }

    private void Log(JobReport report)
    {
        if (report.State == RunOutcome.Cancelled)
        {
            bool isWaiting = admission.DuplicateOf is not null || admission.IsTooLong;
            AttemptLog.Stopped(parts.Logger, Spec.Source.Path, lease.Id, lease.Job.Attempt, isWaiting ? report.Message! : stop.Cause.Words());
        }
        else
        {
            RunLog.Ended(parts.Logger, report);
        }
    }

    private async Task TellAsync(JobReport report, string? hangingCall)
    {
        if (!await OutcomeRule.Of(report, FactsOf(report, hangingCall)).TellAsync(Store.Jobs, lease))
        {
            AttemptLog.LeaseLost(parts.Logger, lease.Id, lease.Job.Attempt);
        }
        else if (stop.Cause == StopCause.Lost && report.ResultPath is null)
        {
            AttemptLog.HandedBack(parts.Logger, lease.Id, lease.Job.Attempt);
        }

        Store.Health.ReportSuccess();
        if (report.Reason is ReasonCode.DiskFull or ReasonCode.OutputUnwritable)
        {
            parts.Output.ReportFailure();
        }

        JobRecord? now = await Store.Jobs.FindAsync(lease.Id, CancellationToken.None);
        parts.Metrics.AttemptEnded(now?.Status ?? JobStatus.Dead, now?.Reason, progress.Elapsed);
        if (now is not null && now.Token == lease.Token)
        {
            Follow(now, report);
        }
    }

    // It is still this worker's word that counts for the job.
    private void Follow(JobRecord now, JobReport report)
    {
        if (now is { Status: JobStatus.RetryWait, Reason: not null } && report.State == RunOutcome.Failed)
        {
            AttemptLog.TriedAgain(parts.Logger, lease.Id, now.RunAt.ToLocalTime(), now.Attempt, _mostAttempts, now.Advice);
        }

        if (!now.Status.IsOver())
        {
            return;
        }

        parts.Lost.Forget(lease.Id);

        // A worker that died between giving the result its name and clearing up leaves segments that nobody needs.
        if (admission.Request is { } request && (now.Status == JobStatus.Cancelled || report.State == RunOutcome.Exists))
        {
            parts.Results.Forget(request);
        }
    }

    private AttemptFacts FactsOf(JobReport report, string? hangingCall) => new()
    {
        Spec = Spec,
        Attempt = lease.Job.Attempt,
        MostAttempts = _mostAttempts,
        Cause = stop.Cause,
        DuplicateOf = admission.DuplicateOf,
        IsTooLong = admission.IsTooLong,
        HangingCall = hangingCall,
        IsLossBorne = _isLossBorne,
        SourceAway = OutcomeRule.IsOfSource(report.Reason) ? parts.Submitter.Mounts.WhySourceIsAway(Spec.Source.Path) : null,
        Waited = Store.Clock.GetUtcNow() - lease.Job.SubmittedAt,
        RetryAfter = RetryWait.After(lease.Job.Attempt, parts.Settings.Jobs.RetrySeconds, parts.Chance()),
        ServiceSeconds = parts.Settings.Jobs.MaxRuntimeSeconds,
    };
}
