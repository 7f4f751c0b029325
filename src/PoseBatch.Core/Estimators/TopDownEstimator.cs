using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>
/// Two networks on one decode pass: a detector finds people in the frame, and a pose network looks at a crop around each of
/// them (docs/spec, 12 and 13.2). Without a detector the whole frame is the one crop.
/// </summary>
/// <remarks>
/// The frames come at full size as RGB: one picture must serve a small letterbox and sharp crops, and only the decoder knows
/// the colour matrix and range of its stream. That costs 3 bytes per pixel through the pipe and in memory (1080p: 6.2 MB a
/// frame), where yuv420p would cost half of it; a smaller batch holds fewer frames.
/// </remarks>
public sealed class TopDownEstimator : IPoseEstimator
{
    private readonly IPoseModel? _detector;
    private readonly IPoseModel _pose;

    /// <param name="detector">Finds people; null to look at whole frames. Disposed with the estimator.</param>
    /// <param name="pose">A network of a top-down family. Disposed with the estimator.</param>
    /// <exception cref="PoseBatchException">model_mismatch: the two are not a detector and a top-down network.</exception>
    public TopDownEstimator(IPoseModel? detector, IPoseModel pose)
    {
        PoseEstimators.Check(pose.Description, detector?.Description);
        (_detector, _pose) = (detector, pose);
    }

    /// <inheritdoc/>
    public ModelDescription Description => _pose.Description;

    /// <inheritdoc/>
    public ModelDescription? Detector => _detector?.Description;

    /// <inheritdoc/>
    public ProviderReport Provider => _pose.Provider;

    /// <summary>Frames of one call: what the detector takes; their crops fill as many pose batches as they need.</summary>
    public int MaxBatch => (_detector ?? _pose).MaxBatch;

    /// <inheritdoc/>
    public FramePlacement PlacementFor(VideoInfo video) => FramePlacement.Whole(video);

    /// <inheritdoc/>
    public IEstimatorLane CreateLane() => new Worker(_detector, _pose);

    /// <inheritdoc/>
    public void Dispose()
    {
        _detector?.Dispose();
        _pose.Dispose();
    }

    private sealed class Worker : IEstimatorLane
    {
        private readonly PersonDetectorStage? _finder;
        private readonly ICropPoseEstimator _reader;
        private readonly List<FoundPerson> _people = [];

        public Worker(IPoseModel? detector, IPoseModel pose)
        {
            _finder = detector is null ? null : new(detector);
            try
            {
                _reader = CropPoseEstimators.Create(pose);
            }
            catch
            {
                _finder?.Dispose();
                throw;
            }
        }

        public void Estimate(ReadOnlySpan<Frame> frames)
        {
            _people.Clear();
            if (_finder is null)
            {
                for (int slot = 0; slot < frames.Length; slot++)
                {
                    _people.Add(new(slot, BoundingBox.None, 1));
                }
            }
            else
            {
                _finder.Find(frames, _people);
            }

            _reader.Read(frames, CollectionsMarshal.AsSpan(_people));
        }

        public void Dispose()
        {
            _finder?.Dispose();
            _reader.Dispose();
        }
    }
}

/// <summary>One person of one frame, before anybody has looked at the joints.</summary>
/// <param name="Slot">Which of the frames of this call.</param>
/// <param name="Box">Pixels of the decoded picture, inside it; <see cref="BoundingBox.None"/> when nobody looked for people.</param>
/// <param name="Score">The detector's score; 1 when nobody looked.</param>
internal readonly record struct FoundPerson(int Slot, BoundingBox Box, float Score);
