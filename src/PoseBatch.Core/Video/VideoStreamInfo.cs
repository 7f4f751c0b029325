using System.Globalization;
using PoseBatch.Geometry;

namespace PoseBatch.Video;

/// <summary>A video stream of a container that was not chosen, as the container describes it.</summary>
public sealed record VideoStreamInfo
{
    /// <summary>Index among all streams of the container: what <c>--stream</c> takes.</summary>
    public required int Index { get; init; }

    /// <summary>Codec name; null when the decoder knows none.</summary>
    public string? Codec { get; init; }

    /// <summary>Size of the picture as shown; 0x0 when not stated.</summary>
    public PixelSize DisplaySize { get; init; }

    /// <summary>Frames as stated, or worked out from length and rate; null when neither is known.</summary>
    public long? Frames { get; init; }

    /// <summary>Seconds at which it begins, by the clock of the container; null when not stated.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>Length in seconds; null when not stated.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>A single picture: a poster, a full-size still beside a clip.</summary>
    public bool IsStill { get; init; }

    /// <summary>In words, for example <c>stream 1 (h264, 640x360, 120 frames)</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"stream {Index} ({Codec ?? "unknown codec"}, {DisplaySize}{(IsStill ? ", a still" : Frames is { } frames ? $", {frames} frames" : string.Empty)})");
}
