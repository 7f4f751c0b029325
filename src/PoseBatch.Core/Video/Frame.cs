using System.Threading.Tasks.Sources;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Video;

/// <summary>
/// One frame on its way through the pipeline: its stamp, its pixels, then its poses. Rented from a <see cref="FramePool"/>;
/// whoever holds it owns it, and a successful hand-over passes ownership on. The inference engine announces through
/// <see cref="Inferred"/> that the poses are there; nothing is allocated for that.
/// </summary>
public sealed class Frame : IValueTaskSource
{
    private readonly byte[] _pixels;
    private ManualResetValueTaskSourceCore<bool> _inferred = new() { RunContinuationsAsynchronously = true };

    /// <param name="format">Layout and size of the pixels.</param>
    /// <param name="keypointCount">Joints per person of the model that will look at it.</param>
    public Frame(FrameFormat format, int keypointCount)
    {
        Format = format;
        _pixels = GC.AllocateUninitializedArray<byte>(format.ByteCount, pinned: true);
        Poses = new FramePoses(keypointCount);
    }

    /// <summary>Layout and size of <see cref="Pixels"/>.</summary>
    public FrameFormat Format { get; }

    /// <summary>The decoded picture; meaningless for skipped and undecodable frames. Pinned memory.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>Identity, time and status.</summary>
    public FrameStamp Stamp { get; set; }

    /// <summary>How this frame's pixels sit in the model's input, and the way back.</summary>
    public FrameFit Fit { get; init; }

    /// <summary>Where to look in this frame; set before inference where the estimator asks for it.</summary>
    internal NormalisedBox Region { get; set; }

    /// <summary>Width over height of one pixel; unknown counts as square.</summary>
    public Rational SampleAspectRatio { get; init; }

    /// <summary>Every pose found; valid after inference of an Ok or Corrupt frame.</summary>
    public FramePoses Poses { get; }

    /// <summary>Whether the networks gave numbers for it; valid after inference.</summary>
    internal OutputFinding Outputs { get; } = new();

    /// <summary>Forgets the poses and the last announcement; the frame may be sent to inference.</summary>
    internal void BeginInference()
    {
        Poses.Clear();
        Outputs.Clear();
        _inferred.Reset();
    }

    /// <summary>Completes when the poses are there, or throws what inference threw. Awaited once per inference.</summary>
    internal ValueTask Inferred => new(this, _inferred.Version);

    /// <summary>Called by the engine: the poses are there.</summary>
    internal void AnnouncePoses() => _inferred.SetResult(true);

    /// <summary>Called by the engine: there will be no poses.</summary>
    internal void AnnounceFailure(Exception failure) => _inferred.SetException(failure);

    void IValueTaskSource.GetResult(short token) => _inferred.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _inferred.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _inferred.OnCompleted(continuation, state, token, flags);
}
