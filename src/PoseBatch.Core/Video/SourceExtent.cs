namespace PoseBatch.Video;

/// <summary>What a container says of its own extent, to be held against what is there and against what was decoded.</summary>
public sealed record SourceExtent
{
    /// <summary>A container that says nothing of it.</summary>
    public static SourceExtent Unknown { get; } = new();

    /// <summary>Bytes that the file should have by its own account; null when it does not say.</summary>
    public long? StatedBytes { get; init; }

    /// <summary>Recordings one behind the other in one file, of which the demuxer reads the first only; 1 as a rule.</summary>
    public int Recordings { get; init; } = 1;

    /// <summary>When the chosen stream begins, in seconds of the container's clock; null when not stated.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>
    /// When the chosen stream ends, in seconds of the container's clock, by a statement that was written with the file; null when
    /// there is none, or when it was only estimated from the data that are there.
    /// </summary>
    public double? EndSeconds { get; init; }

    /// <summary>The end is exact: frames at one rate, counted by the container (AVI). Otherwise the last frame may be shown for longer.</summary>
    public bool IsEndCounted { get; init; }
}
