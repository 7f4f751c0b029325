namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What the watched folder sees but has not handed in yet: for the live page, the API and the metrics.</summary>
internal interface IIntakeView
{
    /// <summary>Files that are not whole yet, oldest first; a snapshot.</summary>
    IReadOnlyList<StabilisingFile> Settling { get; }

    /// <summary>Why the folder cannot be read now (missing, unmounted, no right); null when all is well.</summary>
    string? Trouble { get; }

    /// <summary>How many files are passed over because their names are none of videos, and the first few of them; null when there are none.</summary>
    string? LeftOut { get; }
}

/// <summary>A file in the watched folder that is being waited for.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes at the last look.</param>
/// <param name="FirstSeen">UTC.</param>
/// <param name="Waiting">What is waited for, in words for the user: still written by somebody, unchanged for 3 of 10 s, index missing.</param>
internal sealed record StabilisingFile(string Path, long Size, DateTimeOffset FirstSeen, string Waiting);
