using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tracking;

/// <summary>What is gathered of one person while its track is open. Used again for another person when it has ended.</summary>
/// <param name="smoother">This person's own; null where nothing is smoothed.</param>
internal sealed class TrackState(PoseSmoother? smoother)
{
    private int _id;
    private long _firstFrame;
    private double _startSeconds;
    private double _endSeconds;
    private int _frameCount;
    private double _scoreSum;
    private double _confidenceSum;
    private long _jointCount;
    private BoundingBox _extent;

    /// <summary>Index of the last frame with this person.</summary>
    public long LastFrame { get; private set; }

    /// <summary>The track so far.</summary>
    public TrackSummary Summary => new()
    {
        Id = _id,
        FirstFrame = _firstFrame,
        LastFrame = LastFrame,
        StartSeconds = _startSeconds,
        EndSeconds = _endSeconds,
        FrameCount = _frameCount,
        MeanScore = _scoreSum / _frameCount,
        MeanConfidence = _jointCount == 0 ? double.NaN : _confidenceSum / _jointCount,
        Extent = _extent,
    };

    /// <summary>Forgets the last person.</summary>
    public void Begin(int id, in FrameStamp stamp)
    {
        (_id, _firstFrame, _startSeconds) = (id, stamp.Index, stamp.Seconds);
        (_frameCount, _jointCount, _scoreSum, _confidenceSum, _extent) = (0, 0, 0, 0, BoundingBox.None);
        smoother?.Reset();
    }

    /// <summary>Smooths the person's joints in place.</summary>
    public void Smooth(Span<Keypoint> keypoints, PixelSize frame, long microseconds) => smoother!.Apply(keypoints, frame, microseconds);

    /// <summary>Takes note of the person in one more frame, with its joints as they will be written.</summary>
    public void Add(in FrameStamp stamp, float score, ReadOnlySpan<Keypoint> keypoints)
    {
        (LastFrame, _endSeconds) = (stamp.Index, stamp.Seconds);
        _frameCount++;
        _scoreSum += score;
        foreach (Keypoint keypoint in keypoints)
        {
            if (keypoint.IsFinite)
            {
                _confidenceSum += keypoint.Score;
                _jointCount++;
                _extent = _extent.Including(keypoint.X, keypoint.Y);
            }
        }
    }

    /// <summary>Writes everything.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(_id);
        state.Write(_firstFrame);
        state.Write(LastFrame);
        state.Write(_startSeconds);
        state.Write(_endSeconds);
        state.Write(_frameCount);
        state.Write(_scoreSum);
        state.Write(_confidenceSum);
        state.Write(_jointCount);
        state.WriteBox(_extent);
        smoother?.Save(state);
    }

    /// <summary>Takes the place of the track that was saved.</summary>
    /// <returns>Its id.</returns>
    public int Restore(BinaryReader state)
    {
        _id = state.ReadInt32();
        _firstFrame = state.ReadInt64();
        LastFrame = state.ReadInt64();
        _startSeconds = state.ReadDouble();
        _endSeconds = state.ReadDouble();
        _frameCount = state.ReadInt32();
        _scoreSum = state.ReadDouble();
        _confidenceSum = state.ReadDouble();
        _jointCount = state.ReadInt64();
        _extent = state.ReadBox();
        smoother?.Restore(state);
        return _id;
    }
}
