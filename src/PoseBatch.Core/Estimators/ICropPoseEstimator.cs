using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>The second half of a top-down worker: from people's boxes to their poses. One per worker.</summary>
internal interface ICropPoseEstimator : IDisposable
{
    /// <summary>Adds poses to the frames of the people given.</summary>
    /// <param name="frames">Full-size RGB frames.</param>
    /// <param name="people">Any number of people in them, frame by frame.</param>
    void Read(ReadOnlySpan<Frame> frames, ReadOnlySpan<FoundPerson> people);
}
