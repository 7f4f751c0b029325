using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>What a check is given; it touches nothing else of the inbox.</summary>
/// <param name="File">Whom the result is for.</param>
/// <param name="Path">Absolute.</param>
/// <param name="Facts">The file as it was judged whole.</param>
/// <param name="Spec">Its job, complete but for defaults.</param>
/// <param name="Finding">What an earlier check found; null to open the file.</param>
/// <param name="Idle">For how long nobody has changed the file; null when that does not matter.</param>
/// <param name="IsLast">The file has had its time: what is not whole now fails.</param>
internal sealed record CheckOrder(PendingFile File, string Path, FileFacts Facts, JobSpec Spec, CheckFinding? Finding, TimeSpan? Idle, bool IsLast);

/// <summary>How a check ended.</summary>
internal enum CheckOutcome
{
    /// <summary>Its job is in the store.</summary>
    Taken,

    /// <summary>It is not whole, or cannot be read now.</summary>
    Unsettled,

    /// <summary>It was refused: nothing to be done until it changes.</summary>
    Refused,

    /// <summary>It changed meanwhile.</summary>
    Changed,

    /// <summary>The store cannot be reached now.</summary>
    StoreAway,
}

/// <summary>What a check brought.</summary>
/// <param name="Order">What was asked.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Message">In words; null when the outcome says it all.</param>
/// <param name="Job">The job, when it was taken.</param>
/// <param name="Finding">What is known of the file; null when nothing is.</param>
/// <param name="AskAfter">When to open an unsettled file again although it does not change; null for never.</param>
internal sealed record CheckResult(
    CheckOrder Order, CheckOutcome Outcome, string? Message = null, JobRecord? Job = null, CheckFinding? Finding = null, TimeSpan? AskAfter = null);
