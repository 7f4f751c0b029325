using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Tracking;

/// <summary>
/// Where single-pose MoveNet looks next in a video (docs/spec, 9.3): around the person of the frame before. It makes frames
/// depend on each other, so one instance follows one video in order.
/// </summary>
internal sealed class MoveNetCropRegion
{
    /// <summary>Pose score below which the person is lost and the search starts over.</summary>
    public const float MinPoseScore = 0.25f;

    private const float MinScore = 0.2f;
    private const double TorsoExpansion = 1.9;
    private const double BodyExpansion = 1.2;
    private const double FilterAlpha = 0.9;
    private const int LeftShoulder = 5, RightShoulder = 6, LeftHip = 11, RightHip = 12;

    private readonly PixelSize _frame;
    private NormalisedBox? _filtered;

    /// <param name="frame">Size of the frames, in square pixels.</param>
    public MoveNetCropRegion(PixelSize frame)
    {
        _frame = frame;
        Current = CentreSquare();
    }

    /// <summary>The box to sample for the next frame (bilinear, corner-aligned, outside = 0).</summary>
    public NormalisedBox Current { get; private set; }

    /// <summary>The map from fractions of the crop, as the network gives them, to frame pixels.</summary>
    public AffineMap CropToFrame => AffineMap.Scale(
        (Current.XMax - Current.XMin) * _frame.Width, (Current.YMax - Current.YMin) * _frame.Height,
        Current.XMin * _frame.Width, Current.YMin * _frame.Height);

    /// <summary>Forgets the person: the centre square again.</summary>
    public void Reset()
    {
        _filtered = null;
        Current = CentreSquare();
    }

    /// <summary>Writes all that later frames depend on.</summary>
    public void Save(BinaryWriter state)
    {
        Write(state, Current);
        state.Write(_filtered is not null);
        Write(state, _filtered.GetValueOrDefault());
    }

    /// <summary>Takes the place of the region that was saved for frames of the same size.</summary>
    public void Restore(BinaryReader state)
    {
        Current = ReadBox(state);
        bool isFiltered = state.ReadBoolean();
        NormalisedBox filtered = ReadBox(state);
        _filtered = isFiltered ? filtered : null;
    }

    /// <summary>Moves the box to where the person will be, or starts over when the pose is too weak.</summary>
    /// <param name="keypoints">COCO-17 joints in frame pixels, smoothed if smoothing is on.</param>
    /// <param name="poseScore">Pose score of the family.</param>
    /// <returns>False when the person is lost.</returns>
    public bool Follow(ReadOnlySpan<Keypoint> keypoints, float poseScore)
    {
        if (!(poseScore >= MinPoseScore))
        {
            Reset();
            return false;
        }

        NormalisedBox next = Around(keypoints);
        _filtered = _filtered is NormalisedBox last
            ? new(Approach(last.XMin, next.XMin), Approach(last.YMin, next.YMin), Approach(last.XMax, next.XMax),
                Approach(last.YMax, next.YMax))
            : next;
        Current = _filtered.Value;
        return true;
    }

    private NormalisedBox Around(ReadOnlySpan<Keypoint> keypoints)
    {
        bool seesHip = keypoints[LeftHip].Score > MinScore || keypoints[RightHip].Score > MinScore;
        bool seesShoulder = keypoints[LeftShoulder].Score > MinScore || keypoints[RightShoulder].Score > MinScore;
        if (!seesHip || !seesShoulder)
        {
            return PaddedSquare();
        }

        double x = ((double)keypoints[LeftHip].X + keypoints[RightHip].X) / 2;
        double y = ((double)keypoints[LeftHip].Y + keypoints[RightHip].Y) / 2;
        double half = 0;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            double reach = Math.Max(Math.Abs(keypoints[joint].X - x), Math.Abs(keypoints[joint].Y - y));
            half = joint is LeftShoulder or RightShoulder or LeftHip or RightHip ? Math.Max(half, TorsoExpansion * reach) : half;
            half = keypoints[joint].Score >= MinScore ? Math.Max(half, BodyExpansion * reach) : half;
        }

        half = Math.Min(half, Math.Max(Math.Max(x, _frame.Width - x), Math.Max(y, _frame.Height - y)));

        // A lost hip makes everything NaN; the whole frame is the answer then, too.
        return half <= Math.Max(_frame.Width, _frame.Height) / 2.0
            ? new((x - half) / _frame.Width, (y - half) / _frame.Height, (x + half) / _frame.Width, (y + half) / _frame.Height)
            : PaddedSquare();
    }

    private static void Write(BinaryWriter state, NormalisedBox box)
    {
        state.Write(box.XMin);
        state.Write(box.YMin);
        state.Write(box.XMax);
        state.Write(box.YMax);
    }

    private static NormalisedBox ReadBox(BinaryReader state) =>
        new(state.ReadDouble(), state.ReadDouble(), state.ReadDouble(), state.ReadDouble());

    private NormalisedBox CentreSquare()
    {
        double side = Math.Min(_frame.Width, _frame.Height);
        return Square(side);
    }

    private NormalisedBox PaddedSquare() => Square(Math.Max(_frame.Width, _frame.Height));

    private NormalisedBox Square(double side)
    {
        double halfX = side / _frame.Width / 2, halfY = side / _frame.Height / 2;
        return new(0.5 - halfX, 0.5 - halfY, 0.5 + halfX, 0.5 + halfY);
    }

    private static double Approach(double last, double next) => last + (FilterAlpha * (next - last));
}
