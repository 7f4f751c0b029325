using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>The watched folder's state.</summary>
/// <param name="Trouble">Why the folder cannot be read now; null when all is well.</param>
/// <param name="LeftOut">How many files are passed over because their names are none of videos, and the first few of them; null when there are none.</param>
/// <param name="Files">Files that are not whole yet, oldest first.</param>
internal sealed record SettlingFiles(string? Trouble, string? LeftOut, IReadOnlyList<SettlingFile> Files)
{
    /// <summary>What is seen now.</summary>
    public static SettlingFiles Of(IIntakeView intake) => new(
        intake.Trouble, intake.LeftOut, [.. intake.Settling.Select(file => new SettlingFile(file.Path, file.Size, file.FirstSeen.UtcDateTime, file.Waiting))]);
}

/// <summary>A file that is being waited for.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes at the last look.</param>
/// <param name="FirstSeen">When it was first seen, UTC.</param>
/// <param name="Waiting">What is waited for, in words.</param>
internal sealed record SettlingFile(string Path, long Size, DateTime FirstSeen, string Waiting);
