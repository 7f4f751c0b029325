using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Video;

/// <summary>
/// One frame on its way through the pipeline: its stamp, its pixels, then its poses. Rented from a pool; whoever holds it
/// owns it, and a successful hand-over passes ownership on.
/// </summary>
public sealed class Frame(FrameFormat format, int keypointCount)
{
    private readonly byte[] _pixels = GC.AllocateUninitializedArray<byte>(format.ByteCount, pinned: true);

    /// <summary>Layout and size of <see cref="Pixels"/>.</summary>
    public FrameFormat Format { get; } = format;

    /// <summary>The decoded picture; meaningless for skipped and undecodable frames. Pinned memory.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>Identity, time and status.</summary>
    public FrameStamp Stamp { get; set; }

    /// <summary>The way back from model pixels to display pixels of this frame. Set before inference.</summary>
    public AffineMap ModelToFrame { get; set; } = AffineMap.Identity;

    /// <summary>Every pose found; valid after inference of an Ok or Corrupt frame.</summary>
    public FramePoses Poses { get; } = new(keypointCount);
}
