using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>The second half of a top-down worker: from people's boxes to their poses. One per worker.</summary>
internal interface ICropReader : IDisposable
{
    /// <summary>Adds poses to the frames of the people given.</summary>
    /// <param name="frames">Full-size RGB frames.</param>
    /// <param name="people">Any number of people in them, frame by frame.</param>
    void Read(ReadOnlySpan<Frame> frames, ReadOnlySpan<FoundPerson> people);
}

/// <summary>Which reader a top-down family needs.</summary>
internal static class CropReaders
{
    /// <summary>Makes one worker's reader.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not top-down, or its outputs or parameters do not fit.</exception>
    public static ICropReader Create(IPoseModel pose) =>
        pose.Description.Family == ModelFamilies.AlphaPose.Name ? new AlphaPoseReader(pose) : new CropReader(pose);
}
