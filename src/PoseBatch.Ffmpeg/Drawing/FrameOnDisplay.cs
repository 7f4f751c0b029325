using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>One frame of a video that is to become a picture.</summary>
/// <param name="Index">Index of the source frame, from 0, for messages.</param>
/// <param name="Pts">Its presentation stamp in ticks of the stream; null where the stream has none.</param>
/// <param name="Seconds">Its time since the first frame.</param>
/// <param name="Size">Its display size in pixels.</param>
public sealed record FrameOnDisplay(int Index, long? Pts, double Seconds, PixelSize Size)
{
    /// <summary>How many decoded frames come before it; differs from the index where frames before it gave no picture.</summary>
    public int DecodedIndex { get; init; } = Index;

    /// <summary>What to draw; null for the bare frame.</summary>
    public Skeleton? Skeleton { get; init; }

    /// <summary>Who to draw, in pixels of this frame; its time does not matter.</summary>
    public PosedFrame Poses { get; init; } = new(0, []);
}
