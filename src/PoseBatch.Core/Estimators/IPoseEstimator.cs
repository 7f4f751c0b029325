using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// A whole way from frames to poses: one network and its parser, or (top-down) a detector, crops and a network. What the
/// pipeline runs. Thread-safe; each worker thread makes its own <see cref="IEstimatorLane"/>.
/// </summary>
public interface IPoseEstimator : IDisposable
{
    /// <summary>The model that decides skeleton and metadata.</summary>
    ModelDescription Description { get; }

    /// <summary>The network that finds people beforehand; null where none does.</summary>
    ModelDescription? Detector => null;

    /// <summary>What runs it.</summary>
    ProviderReport Provider { get; }

    /// <summary>Frames one call may take.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Whether each frame must be told where to look (<see cref="Frame.Region"/>), which is known only when the frame before it is
    /// done: a video's frames then go one by one.
    /// </summary>
    bool NeedsRegion => false;

    /// <summary>The frames it wants of a video.</summary>
    FramePlacement PlacementFor(VideoInfo video);

    /// <summary>Makes one worker's buffers.</summary>
    IEstimatorLane CreateLane();
}

/// <summary>One worker: fills <see cref="Frame.Poses"/> of every frame it is given. Results do not depend on the grouping.</summary>
public interface IEstimatorLane : IDisposable
{
    /// <summary>Infers and parses 1 to MaxBatch frames, which may belong to different videos.</summary>
    void Estimate(ReadOnlySpan<Frame> frames);
}
