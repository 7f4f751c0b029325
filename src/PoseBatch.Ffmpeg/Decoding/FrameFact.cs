using PoseBatch.Geometry;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>What ffmpeg's <c>showinfo</c> filter says of one frame, and what the decoder said before it.</summary>
internal readonly record struct FrameFact
{
    /// <summary>The frame's stamp in the stream's time base; null when the decoder could give it none.</summary>
    public long? Pts { get; init; }

    /// <summary>How long it is shown, in the same unit; null when not stated (ffmpeg before 6.1 never says).</summary>
    public long? Duration { get; init; }

    public bool? IsKey { get; init; }

    /// <summary>Size after rotation, before scaling; 0x0 when not stated.</summary>
    public PixelSize Size { get; init; }

    /// <summary>The decoder announced damage in this picture.</summary>
    public bool IsCorrupt { get; init; }

    /// <summary>Before this frame, the decoder had reported damage somewhere.</summary>
    public bool AfterDamage { get; init; }
}
