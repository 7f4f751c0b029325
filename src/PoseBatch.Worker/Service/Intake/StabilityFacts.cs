using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>What is known of a pending file when it is judged.</summary>
internal readonly record struct StabilityFacts
{
    /// <summary>The file from outside; null for a link that leads nowhere.</summary>
    public required FileFacts? File { get; init; }

    /// <summary>Since when size and time were seen unchanged.</summary>
    public required TimeSpan Unchanged { get; init; }

    /// <summary>Since the file's own time of change; negative for one that lies ahead.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>Tells who writes to it; asked only where that decides.</summary>
    public required Func<Writers> Writers { get; init; }

    /// <summary>The profile of its folder cannot be used.</summary>
    public bool HasProfileProblem { get; init; }

    /// <summary>It was judged and opened before, and only the store was away.</summary>
    public bool IsOpened { get; init; }

    /// <summary>Why it was not whole when it was opened, while it is not to be opened again; else null.</summary>
    public string? Unsettled { get; init; }
}
