namespace PoseBatch.Worker.Service.Attempts;

/// <summary>What an attempt may not pass. Not thread-safe: one loop asks.</summary>
/// <param name="stalls">How long it may stand still.</param>
/// <param name="runtime">How long it may take.</param>
internal sealed class AttemptLimits(StallWatch stalls, RuntimeLimit runtime)
{
    /// <summary>What it has passed now, standing still first; None as long as it may go on.</summary>
    public StopCause Passed() => stalls.IsStalled() ? StopCause.Stalled : runtime.Verdict switch
    {
        RuntimeVerdict.JobLimit => StopCause.TooLong,
        RuntimeVerdict.ServiceLimit => StopCause.Endless,
        _ => StopCause.None,
    };
}
