using PoseBatch.Geometry;
using PoseBatch.Poses;
using PoseBatch.Video;

namespace PoseBatch.Tracking;

/// <summary>
/// Where to look in the next frame of a video, from what was found in the frames before. Works in square pixels, as a viewer
/// sees them, and starts anew when the frames change their size.
/// </summary>
/// <param name="jointCount">Joints of the person.</param>
/// <param name="pixelAspect">Width over height of one pixel.</param>
internal sealed class RegionOfInterest(int jointCount, double pixelAspect)
{
    private readonly Keypoint[] _found = new Keypoint[jointCount];
    private float _score = float.NaN;
    private PixelSize _size;
    private MoveNetCropRegion? _region;

    /// <summary>Where to look in a frame, in fractions of it.</summary>
    public NormalisedBox For(in FrameStamp stamp) => RegionFor(stamp.DisplaySize).Current;

    /// <summary>Takes note of what the network found, before anything is dropped; a pose that is too weak is nobody.</summary>
    public void Look(FramePoses poses)
    {
        _score = float.NaN;
        if (poses.Count == 0)
        {
            return;
        }

        _score = poses.Score(0);
        poses.Keypoints(0).CopyTo(_found);
        if (!(_score >= MoveNetCropRegion.MinPoseScore))
        {
            poses.Clear();
        }
    }

    /// <summary>Moves on. Joints the table does not show count where the network saw them, the others where they were smoothed to.</summary>
    /// <param name="poses">The finished poses.</param>
    /// <param name="stamp">Their frame.</param>
    public void Follow(FramePoses poses, in FrameStamp stamp)
    {
        ReadOnlySpan<Keypoint> finished = poses.Count > 0 ? poses.Keypoints(0) : [];
        for (int joint = 0; joint < _found.Length; joint++)
        {
            Keypoint keypoint = joint < finished.Length && finished[joint].IsFinite ? finished[joint] : _found[joint];
            _found[joint] = keypoint with { X = (float)(keypoint.X * pixelAspect) };
        }

        RegionFor(stamp.DisplaySize).Follow(_found, _score);
    }

    /// <summary>Writes all that later frames depend on.</summary>
    public void Save(BinaryWriter state)
    {
        state.Write(_size.Width);
        state.Write(_size.Height);
        _region?.Save(state);
    }

    /// <summary>Takes the place of the region that was saved.</summary>
    public void Restore(BinaryReader state)
    {
        PixelSize size = new(state.ReadInt32(), state.ReadInt32());
        (_size, _region) = (default, null);
        if (size != default)
        {
            RegionFor(size).Restore(state);
        }
    }

    private MoveNetCropRegion RegionFor(PixelSize size)
    {
        if (_region is null || size != _size)
        {
            _size = size;
            _region = new(new(Math.Max(1, (int)Math.Round(size.Width * pixelAspect)), size.Height));
        }

        return _region;
    }
}
