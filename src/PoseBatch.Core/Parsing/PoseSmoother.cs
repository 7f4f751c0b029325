using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>Smooths all joints of one person over the frames of one video (spec section 9.3).</summary>
internal sealed class PoseSmoother
{
    private readonly OneEuroOptions _options;
    private readonly OneEuroFilter[] _filters;

    /// <param name="jointCount">Joints of the person.</param>
    /// <param name="options">Constants of the smoothing.</param>
    public PoseSmoother(int jointCount, OneEuroOptions options)
    {
        _options = options;
        _filters = new OneEuroFilter[2 * jointCount];
        Reset();
    }

    /// <summary>Forgets what was seen, for a new person.</summary>
    public void Reset()
    {
        for (int i = 0; i < _filters.Length; i++)
        {
            _filters[i] = new(_options);
        }
    }

    /// <summary>Smooths positions in place; scores stay.</summary>
    /// <param name="keypoints">Frame pixels.</param>
    /// <param name="frame">Size of the frame, by which coordinates are normalised meanwhile.</param>
    /// <param name="microseconds">Time of the frame.</param>
    public void Apply(Span<Keypoint> keypoints, PixelSize frame, long microseconds)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            Keypoint keypoint = keypoints[joint];
            double x = _filters[2 * joint].Apply((double)keypoint.X / frame.Width, microseconds);
            double y = _filters[(2 * joint) + 1].Apply((double)keypoint.Y / frame.Height, microseconds);
            keypoints[joint] = keypoint with { X = (float)(x * frame.Width), Y = (float)(y * frame.Height) };
        }
    }
}
