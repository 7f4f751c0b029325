namespace PoseBatch.Worker.Service.Intake;

/// <summary>Whether a file is whole.</summary>
/// <param name="IsDue">It is: the container is the next to be asked.</param>
/// <param name="Waiting">What is waited for, in words for the user; empty when it is due.</param>
/// <param name="Quiet">For how long nobody has changed it; null when that does not matter, because somebody says that it is whole.</param>
/// <param name="IsUnreadable">Nobody can tell, as it may not be read: that is waited for however long it takes.</param>
internal readonly record struct StabilityVerdict(bool IsDue, string Waiting, TimeSpan? Quiet = null, bool IsUnreadable = false);
