using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Where a pending stands.</summary>
internal enum PendingStage
{
    /// <summary>Looked at again and again until it is whole.</summary>
    Settling,

    /// <summary>Handed to the check: its container is opened, then its job submitted.</summary>
    Checking,

    /// <summary>Nothing can be done about it until it changes.</summary>
    Halted,
}

/// <summary>What a look into a container brought.</summary>
/// <param name="DurationSeconds">Length of the video; null when unknown.</param>
/// <param name="Refusal">Why there is nothing to be run; null for a video.</param>
internal sealed record CheckFinding(double? DurationSeconds, JobRefusal? Refusal);
