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

    /// <summary>
    /// A child process was ended by a signal, found too little memory, or could not be run at all. That says nothing about the file
    /// it was to read: the same work may well succeed a moment later, and the reason is always a transient one.
    /// </summary>
    public bool IsChildLost { get; init; }
}
