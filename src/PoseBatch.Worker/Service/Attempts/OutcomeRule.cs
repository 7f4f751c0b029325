using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>From how a run ended to what the store is told: whether there is a result, whether the attempt counts, whether it is tried again.</summary>
internal static class OutcomeRule
{
    private const string StoreWasAway = "Handed over: the job store was away for longer than the lease.";

    /// <summary>What the store is told.</summary>
    /// <param name="report">How the run ended.</param>
    /// <param name="facts">What else is known.</param>
    public static AttemptEnd Of(JobReport report, AttemptFacts facts) => report.State switch
    {
        RunOutcome.Completed => new AttemptEnd.Completed(
            report.ResultPath!, IsDuplicate: false, null, report.Warnings.Count == 0 ? null : string.Join(' ', report.Warnings)),
        RunOutcome.Exists => OfExisting(report, facts),
        _ => OfStop(facts) ?? OfWait(report, facts) ?? OfFailure(report, facts),
    };

    // A result that an earlier attempt of this very job left is its own: only the word of it was lost.
    private static AttemptEnd.Completed OfExisting(JobReport report, AttemptFacts facts) => facts is { DuplicateOf: null, Attempt: > 1 }
        ? new(report.ResultPath!, IsDuplicate: false, null, null)
        : new(report.ResultPath!, IsDuplicate: true, facts.DuplicateOf, report.Message);

    private static AttemptEnd? OfStop(AttemptFacts facts) => facts.Cause switch
    {
        StopCause.Lost => new AttemptEnd.Released(StoreWasAway),
        StopCause.Cancelled => new AttemptEnd.Failed(ReasonCode.Cancelled, "Cancelled by the user.", null, null),
        StopCause.Drained => new AttemptEnd.Released("Handed over: the service stops."),
        StopCause.Yielded => new AttemptEnd.Released("Makes room: another job, with which a worker died, has to run alone for a while."),
        StopCause.NetworkHangs => new AttemptEnd.Released("Handed over: the network it shared with another job hangs."),
        StopCause.Stalled => new AttemptEnd.Failed(
            ReasonCode.Stalled,
            $"No new frame for {facts.Spec.Limits.StallTimeoutSeconds:0} s{(facts.HangingCall is { } call ? ": " + call : null)}.",
            facts.HangingCall is not null
                ? "Try the model on another provider, or on this video with posebatch process; a driver that hangs wants a restart of the machine."
                : "Watch the machine's load; raise limits.stall_timeout_s if the video is merely slow.",
            facts.RetryAfter),
        StopCause.TooLong => new AttemptEnd.Failed(
            ReasonCode.Stalled,
            $"The attempt took longer than the {facts.Spec.Limits.MaxRuntimeSeconds:0} s it may take.",
            "Raise limits.max_runtime_s; the next attempt goes on where this one stopped.",
            facts.RetryAfter),
        StopCause.Endless => new AttemptEnd.Failed(
            ReasonCode.Cancelled,
            $"The attempt took longer than the {facts.ServiceSeconds:0.###} s that any may take here (Jobs:MaxRuntimeSeconds).",
            "If the file can be trusted, raise Jobs:MaxRuntimeSeconds (0 for no limit) and retry the job: it goes on from its last segment.",
            null),
        _ => null,
    };

    private static AttemptEnd.Released? OfWait(JobReport report, AttemptFacts facts) =>
        report.State != RunOutcome.Cancelled ? null
        : facts.DuplicateOf is not null ? new(report.Message!, DuplicateCheck.WaitAfter(facts.Waited))
        : facts.IsTooLong ? new(report.Message!)
        : null;

    private static AttemptEnd OfFailure(JobReport report, AttemptFacts facts)
    {
        ReasonCode reason = report.Reason ?? ReasonCode.Internal;
        string message = report.Message ?? reason.WireName();
        if (reason == ReasonCode.LeaseLost)
        {
            return new AttemptEnd.Released(StoreWasAway);
        }

        if (IsOfSource(reason) && facts.SourceAway is { } away)
        {
            return new AttemptEnd.Postponed(
                ReasonCode.SourceMissing,
                $"'{facts.Spec.Source.Path}' cannot be reached: {away}",
                "See whether its disk or share is mounted; the job goes on by itself when it is back.",
                facts.RetryAfter);
        }

        // A signal was not the video's doing, so the last attempt is not used up by it.
        bool isLastOfLost = facts.IsLossBorne && facts.Attempt >= facts.MostAttempts;
        return isLastOfLost || IsOfSurroundings(reason)
            ? new AttemptEnd.Postponed(reason, message, report.Advice, facts.RetryAfter)
            : new AttemptEnd.Failed(reason, message, report.Advice, reason.IsTransient() ? facts.RetryAfter : null);
    }

    /// <summary>Whether a failure may be a disk or share with the source on it that is away.</summary>
    public static bool IsOfSource(ReasonCode? reason) => reason is ReasonCode.SourceMissing or ReasonCode.SourceChanged or ReasonCode.SourceUnreadable;

    // Nothing the job can help.
    private static bool IsOfSurroundings(ReasonCode reason) =>
        reason is ReasonCode.DiskFull or ReasonCode.OutputUnwritable or ReasonCode.SourceUnreadable or ReasonCode.ProviderUnavailable;
}
