using PoseBatch.Geometry;

namespace PoseBatch.Video;

/// <summary>Where a frame's time comes from.</summary>
public enum TimeSource
{
    /// <summary>The stream's presentation stamp.</summary>
    Pts,

    /// <summary>The container stores decoding stamps only (AVI); the decoder ordered them.</summary>
    Dts,

    /// <summary>The stream, or this frame of it, has no stamp; the time is worked out from the rate and from the frames around it.</summary>
    Estimated,
}

/// <summary>What a container says of its chosen video stream before any frame is decoded.</summary>
public sealed record VideoInfo
{
    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Bytes of the file when it was probed.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Last change of the file when it was probed, UTC.</summary>
    public required DateTimeOffset ModifiedUtc { get; init; }

    /// <summary>The file's mark before it was probed; default when it cannot be told.</summary>
    public SourceMark Mark { get; init; }

    /// <summary>Demuxer name, for example <c>mov,mp4,m4a,3gp,3g2,mj2</c>.</summary>
    public required string Container { get; init; }

    /// <summary>Codec name, for example <c>h264</c>.</summary>
    public required string Codec { get; init; }

    /// <summary>The stream's pixel format, for example <c>yuv420p</c>.</summary>
    public required string PixelFormat { get; init; }

    /// <summary>Index of the stream among all streams of the container.</summary>
    public required int StreamIndex { get; init; }

    /// <summary>Size after rotation: what a player shows, before any correction for non-square pixels.</summary>
    public required PixelSize DisplaySize { get; init; }

    /// <summary>Clockwise rotation that was applied to get there: 0, 90, 180 or 270 degrees.</summary>
    public required int RotationApplied { get; init; }

    /// <summary>Whether a horizontal mirror was applied (before the rotation) to get there.</summary>
    public required bool MirrorApplied { get; init; }

    /// <summary>Width over height of one pixel of the display-oriented frame; 1/1 when the container states none.</summary>
    public required Rational SampleAspectRatio { get; init; }

    /// <summary>Seconds per tick of <see cref="FrameStamp.Pts"/>.</summary>
    public required Rational TimeBase { get; init; }

    /// <summary>Average frames per second as stated; <see cref="Rational.Unknown"/> when not.</summary>
    public required Rational NominalFps { get; init; }

    /// <summary>Seconds as stated by stream or container; null when not.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Frames as stated by the container; null when not. Containers are often wrong.</summary>
    public long? AnnouncedFrames { get; init; }

    /// <summary>Where frame times come from.</summary>
    public TimeSource TimeSource { get; init; }

    /// <summary>What the container says of its own extent.</summary>
    public SourceExtent Extent { get; init; } = SourceExtent.Unknown;

    /// <summary>The other video streams of the file, in order; pictures that are marked as covers or previews are not among them.</summary>
    public IReadOnlyList<VideoStreamInfo> OtherStreams { get; init; } = [];

    /// <summary>Whether packets without a stamp were met at the beginning, or may come: then stamps are held against the packets'.</summary>
    public bool MayLackStamps { get; init; }

    /// <summary>Whether only the video streams could be described, because another stream is damaged.</summary>
    public bool IsDescribedInPart { get; init; }
}
