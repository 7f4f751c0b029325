using PoseBatch.Jobs;

namespace PoseBatch;

/// <summary>
/// What nobody near the fault can repair. Carries the reason code of the job contract, what happened (the message) and
/// what the user can do about it (<see cref="Advice"/>).
/// </summary>
public class PoseBatchException(ReasonCode reason, string message, string? advice = null, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>One of the closed list of reason codes.</summary>
    public ReasonCode Reason { get; } = reason;

    /// <summary>What to do about it, as a sentence; null when there is nothing to be done but to read the message.</summary>
    public string? Advice { get; } = advice;
}
