using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Tracking;

/// <summary>Smooths all joints of one person over the frames of one video (docs/spec, 9.3).</summary>
internal sealed class PoseSmoother
{
    private readonly OneEuroFilter[] _filters;

    /// <param name="jointCount">Joints of the person.</param>
    /// <param name="options">Constants of the smoothing.</param>
    public PoseSmoother(int jointCount, OneEuroOptions options)
    {
        _filters = new OneEuroFilter[2 * jointCount];
        for (int i = 0; i < _filters.Length; i++)
        {
            _filters[i] = new(options);
        }
    }

    /// <summary>Forgets what was seen, for a new person.</summary>
    public void Reset()
    {
        foreach (OneEuroFilter filter in _filters)
        {
            filter.Reset();
        }
    }

    /// <summary>Smooths positions in place; scores stay. A joint without a position stays without, and its filter knows nothing of it.</summary>
    /// <param name="keypoints">Frame pixels.</param>
    /// <param name="frame">Size of the frame, by which coordinates are normalised meanwhile.</param>
    /// <param name="microseconds">Time of the frame.</param>
    public void Apply(Span<Keypoint> keypoints, PixelSize frame, long microseconds)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            Keypoint keypoint = keypoints[joint];
            if (keypoint.IsFinite)
            {
                double x = _filters[2 * joint].Apply((double)keypoint.X / frame.Width, microseconds);
                double y = _filters[(2 * joint) + 1].Apply((double)keypoint.Y / frame.Height, microseconds);
                keypoints[joint] = keypoint with { X = (float)(x * frame.Width), Y = (float)(y * frame.Height) };
            }
        }
    }

    /// <summary>Writes all that later frames depend on.</summary>
    public void Save(BinaryWriter state)
    {
        foreach (OneEuroFilter filter in _filters)
        {
            filter.Save(state);
        }
    }

    /// <summary>Takes the place of the smoother that was saved.</summary>
    public void Restore(BinaryReader state)
    {
        foreach (OneEuroFilter filter in _filters)
        {
            filter.Restore(state);
        }
    }
}
