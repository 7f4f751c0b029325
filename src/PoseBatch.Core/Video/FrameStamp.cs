using PoseBatch.Geometry;

namespace PoseBatch.Video;

/// <summary>What became of one source frame; the <c>status</c> column of the ledger.</summary>
public enum FrameStatus
{
    /// <summary>Decoded without complaint.</summary>
    Ok,

    /// <summary>Decoded, but the decoder reported damage in this picture.</summary>
    Corrupt,

    /// <summary>In the file, but the decoder delivered no picture for it.</summary>
    Undecodable,

    /// <summary>Decoded and left out on purpose: outside the range, or between strides.</summary>
    Skipped,
}

/// <summary>Identity and time of one source frame.</summary>
public readonly record struct FrameStamp
{
    /// <summary>0-based index in presentation order, gapless over the whole video.</summary>
    public required long Index { get; init; }

    /// <summary>Presentation stamp in the stream's time base; null when the stream has none.</summary>
    public required long? Pts { get; init; }

    /// <summary>Seconds since the first frame.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds the frame is shown; null when unknown.</summary>
    public float? DurationSeconds { get; init; }

    /// <summary>Whether the stream can be entered here; null when unknown.</summary>
    public bool? IsKey { get; init; }

    /// <summary>Where <see cref="Seconds"/> comes from.</summary>
    public TimeSource TimeSource { get; init; }

    /// <summary>Ok, Corrupt or Undecodable as the reader found it; the pipeline sets Skipped.</summary>
    public FrameStatus Status { get; init; }

    /// <summary>Display size of this very frame: it can change in mid-stream.</summary>
    public PixelSize DisplaySize { get; init; }
}
