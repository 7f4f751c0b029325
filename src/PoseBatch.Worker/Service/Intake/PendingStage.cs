namespace PoseBatch.Worker.Service.Intake;

/// <summary>Where a pending file stands.</summary>
internal enum PendingStage
{
    /// <summary>Looked at again and again until it is whole.</summary>
    Settling,

    /// <summary>Handed to the check: its container is opened, then its job submitted.</summary>
    Checking,

    /// <summary>Nothing can be done about it until it changes.</summary>
    Halted,
}
