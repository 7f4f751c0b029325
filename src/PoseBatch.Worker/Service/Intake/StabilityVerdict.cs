using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Whether a file is whole, from outside.</summary>
/// <param name="Waiting">What is waited for, in words for the user; null when the file is due: its container is the next to be asked.</param>
/// <param name="Idle">For how long nobody has changed it; null when that does not matter, because somebody says that it is whole.</param>
/// <param name="IsLast">It has had its time: what is not whole now fails.</param>
/// <param name="Refusal">Why it fails without being opened; null when it does not.</param>
internal readonly record struct StabilityVerdict(string? Waiting, TimeSpan? Idle = null, bool IsLast = false, JobRefusal? Refusal = null);

/// <summary>A file that was opened and is not whole, or not readable.</summary>
/// <param name="Why">In words for the user.</param>
/// <param name="AskAfter">When to open it again although it does not change; null for never.</param>
internal sealed record Unsettled(string Why, TimeSpan? AskAfter);

/// <summary>What a look into a container brought.</summary>
/// <param name="DurationSeconds">Length of the video; null when unknown.</param>
/// <param name="Refusal">Why there is nothing to be run; null for a video.</param>
internal sealed record CheckFinding(double? DurationSeconds, JobRefusal? Refusal);
