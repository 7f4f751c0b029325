using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Which frames are inferred. Everything else is decoded all the same and stands in the ledger as skipped: only a decoded
/// frame has a time that can be trusted. All given conditions must hold.
/// </summary>
public sealed record FrameSelection
{
    /// <summary>Every frame.</summary>
    public static FrameSelection All { get; } = new();

    /// <summary>First frame index, inclusive, 0 or more.</summary>
    public long FirstFrame { get; init; }

    /// <summary>End frame index, exclusive; null for the end of the video.</summary>
    public long? EndFrame { get; init; }

    /// <summary>First time in seconds since the first frame, inclusive.</summary>
    public double? StartSeconds { get; init; }

    /// <summary>End time in seconds since the first frame, exclusive.</summary>
    public double? EndSeconds { get; init; }

    /// <summary>Every n-th frame of the range, counted from its first frame; 1 or more.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>At most that many frames are inferred; null for no limit.</summary>
    public long? MaxFrames { get; init; }

    /// <summary>A fresh counter for one video.</summary>
    internal Counter Start() => new(this);

    /// <summary>Decides frame by frame, in order.</summary>
    internal sealed class Counter(FrameSelection selection)
    {
        private long _inRange;
        private long _taken;

        /// <summary>Whether this frame is to be inferred. Undecodable frames count as places of the stride but are never taken.</summary>
        public bool Takes(in FrameStamp stamp)
        {
            bool inRange = stamp.Index >= selection.FirstFrame
                && (selection.EndFrame is not { } endFrame || stamp.Index < endFrame)
                && (selection.StartSeconds is not { } start || stamp.Seconds >= start)
                && (selection.EndSeconds is not { } end || stamp.Seconds < end);
            if (!inRange)
            {
                return false;
            }

            bool onStride = _inRange++ % selection.Stride == 0;
            if (!onStride || stamp.Status == FrameStatus.Undecodable || (selection.MaxFrames is { } most && _taken >= most))
            {
                return false;
            }

            _taken++;
            return true;
        }
    }
}
