using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>How CenterNet people are read (docs/spec, 13.4).</summary>
internal sealed record CenterNetOptions
{
    /// <summary>People, and candidates per joint, at most.</summary>
    public int TopK { get; init; } = (int)CenterNetParser.Family.DefaultNumber("top_k");

    /// <summary>Score a joint candidate must exceed.</summary>
    public float JointThreshold { get; init; } = (float)CenterNetParser.Family.DefaultNumber("joint_threshold");

    /// <summary>Score a centre must exceed.</summary>
    public float CenterThreshold { get; init; } = (float)CenterNetParser.Family.DefaultNumber("center_threshold");

    /// <summary>Share of the larger box side within which a candidate may replace a joint. Default 0.3.</summary>
    public float Reach { get; init; } = 0.3f;
}

/// <summary>Outputs of CenterNet; an empty span stands for one that the network does not have.</summary>
internal readonly ref struct CenterNetMaps
{
    /// <summary>Heat of centres, one map.</summary>
    public required ReadOnlySpan<float> Centers { get; init; }

    /// <summary>Width and height of boxes, cells, two maps.</summary>
    public required ReadOnlySpan<float> Sizes { get; init; }

    /// <summary>From the centre's cell to joint k, cells: x at 2k, y at 2k + 1.</summary>
    public required ReadOnlySpan<float> Joints { get; init; }

    /// <summary>From the cell to the centre, two maps; without it the middle of the cell.</summary>
    public ReadOnlySpan<float> CenterOffsets { get; init; }

    /// <summary>Heat of each joint, K maps; without it joints stay where the centre says.</summary>
    public ReadOnlySpan<float> JointHeat { get; init; }

    /// <summary>From the cell to the joint, two maps for all joints; without it the middle of the cell.</summary>
    public ReadOnlySpan<float> JointOffsets { get; init; }
}

/// <summary>
/// CenterNet: people are points, and their joints snap to the nearest joint peak (docs/spec, 13.4). Keeps its scratch memory,
/// so one instance belongs to one worker.
/// </summary>
/// <param name="grid">Shape of the joint heat maps: joints, grid and the layout of all outputs.</param>
/// <param name="options">How people are read.</param>
internal sealed class CenterNet(HeatmapShape grid, CenterNetOptions options)
{
    private readonly HeatmapShape _one = grid with { Channels = 1 };
    private readonly HeatmapShape _pair = grid with { Channels = 2 };
    private readonly HeatmapShape _joints = grid with { Channels = 2 * grid.Channels };
    private readonly List<Detection> _centers = [];
    private readonly List<Detection> _candidates = [];
    private readonly List<BoundingBox> _boxes = [];
    private float[] _candidateX = [];
    private float[] _candidateY = [];
    private int _paddedCount;

    /// <summary>Appends the people by falling score.</summary>
    /// <param name="maps">The outputs, after the sigmoid.</param>
    /// <param name="cellToFrame">Carries cells, joints and boxes alike, to frame pixels.</param>
    /// <param name="poses">
    /// Receives them; a joint's score is that of the candidate it snapped to, or else the person's, as the network gives none.
    /// </param>
    public void Parse(CenterNetMaps maps, in AffineMap cellToFrame, FramePoses poses)
    {
        int first = poses.Count;
        _boxes.Clear();
        FindPeaks(maps.Centers, _one, 0, options.CenterThreshold, maps.CenterOffsets, _centers);
        foreach (Detection center in CollectionsMarshal.AsSpan(_centers))
        {
            (int row, int column) = int.DivRem(center.Row, grid.Width);
            float width = maps.Sizes[_pair[0, center.Row]], height = maps.Sizes[_pair[1, center.Row]];
            BoundingBox box = Boxes.FromCenter(center.Box.XMin, center.Box.YMin, width, height);
            _boxes.Add(box);
            (float left, float top) = cellToFrame.ToFrame(PixelOrigin.Centre, box.XMin, box.YMin);
            (float right, float bottom) = cellToFrame.ToFrame(PixelOrigin.Centre, box.XMax, box.YMax);
            Span<Keypoint> keypoints = poses.Add(center.Score, new(left, top, right, bottom));
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                keypoints[joint] = KeypointMath.At(
                    column + maps.Joints[_joints[2 * joint, center.Row]],
                    row + maps.Joints[_joints[(2 * joint) + 1, center.Row]], center.Score);
            }
        }

        for (int joint = 0; joint < grid.Channels && !maps.JointHeat.IsEmpty; joint++)
        {
            FindPeaks(maps.JointHeat, grid, joint, options.JointThreshold, maps.JointOffsets, _candidates);
            LayOutCandidates();
            for (int person = 0; person < _boxes.Count; person++)
            {
                Snap(ref poses.Keypoints(first + person)[joint], _boxes[person]);
            }
        }

        for (int person = first; person < poses.Count; person++)
        {
            KeypointMath.ToFrame(poses.Keypoints(person), cellToFrame, PixelOrigin.Centre);
        }
    }

    private void Snap(ref Keypoint keypoint, BoundingBox box)
    {
        ReadOnlySpan<Detection> candidates = CollectionsMarshal.AsSpan(_candidates);
        (int nearest, double least) = Nearest(keypoint.X, keypoint.Y);
        if (nearest < 0 || !(least <= options.Reach * Math.Max(box.Width, box.Height)))
        {
            return;
        }

        (float x, float y) = (candidates[nearest].Box.XMin, candidates[nearest].Box.YMin);
        if (x >= box.XMin && x <= box.XMax && y >= box.YMin && y <= box.YMax)
        {
            keypoint = new(x, y, candidates[nearest].Score);
        }
    }

    /// <summary>The first of the nearest candidates and its distance; -1 when there is none.</summary>
    /// <remarks>
    /// A thousand people look at a thousand candidates for each joint, so vectors of floats find the least distance first, and
    /// doubles decide only among those as near as that, within the rounding of floats.
    /// </remarks>
    private (int Index, double Distance) Nearest(float x, float y)
    {
        Vector256<float> xs = Vector256.Create(x), ys = Vector256.Create(y), smallest = Vector256.Create(float.PositiveInfinity);
        for (int i = 0; i < _paddedCount; i += Vector256<float>.Count)
        {
            Vector256<float> squared = Squared(i, xs, ys);
            smallest = Vector256.ConditionalSelect(Vector256.LessThan(squared, smallest), squared, smallest);
        }

        float bound = float.PositiveInfinity;
        for (int lane = 0; lane < Vector256<float>.Count; lane++)
        {
            bound = smallest[lane] < bound ? smallest[lane] : bound;
        }

        Vector256<float> limit = Vector256.Create((bound * 1.000001f) + float.Epsilon);
        (int nearest, double least) = (-1, double.PositiveInfinity);
        for (int i = 0; i < _paddedCount; i += Vector256<float>.Count)
        {
            for (uint lanes = Vector256.LessThanOrEqual(Squared(i, xs, ys), limit).ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1)
            {
                int candidate = i + BitOperations.TrailingZeroCount(lanes);
                double dx = (double)_candidateX[candidate] - x, dy = (double)_candidateY[candidate] - y;
                double distance = Math.Sqrt((dx * dx) + (dy * dy));
                (nearest, least) = distance < least ? (candidate, distance) : (nearest, least);
            }
        }

        return (nearest, least);
    }

    private Vector256<float> Squared(int first, Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> dx = Vector256.Create(_candidateX.AsSpan(first)) - x, dy = Vector256.Create(_candidateY.AsSpan(first)) - y;
        return (dx * dx) + (dy * dy);
    }

    /// <summary>Lays the places of the candidates side by side; what fills the last vector is no number and near to nothing.</summary>
    private void LayOutCandidates()
    {
        _paddedCount = (_candidates.Count + Vector256<float>.Count - 1) / Vector256<float>.Count * Vector256<float>.Count;
        if (_candidateX.Length < _paddedCount)
        {
            (_candidateX, _candidateY) = (new float[_paddedCount], new float[_paddedCount]);
        }

        _candidateX.AsSpan(0, _paddedCount).Fill(float.NaN);
        for (int i = 0; i < _candidates.Count; i++)
        {
            (_candidateX[i], _candidateY[i]) = (_candidates[i].Box.XMin, _candidates[i].Box.YMin);
        }
    }

    // Peaks of the 3x3 window, strongest first; the "box" of a peak is a point.
    private void FindPeaks(
        ReadOnlySpan<float> stack, HeatmapShape shape, int channel, float threshold, ReadOnlySpan<float> offsets,
        List<Detection> peaks)
    {
        peaks.Clear();
        HeatmapPlane plane = new(stack, shape, channel);
        for (int cell = plane.NextAbove(threshold, 0); cell < shape.CellCount; cell = plane.NextAbove(threshold, cell + 1))
        {
            float value = plane[cell];
            if (IsLocalMaximum(plane, cell, value))
            {
                (int row, int column) = int.DivRem(cell, shape.Width);
                float x = column + (offsets.IsEmpty ? 0.5f : offsets[_pair[0, cell]]);
                float y = row + (offsets.IsEmpty ? 0.5f : offsets[_pair[1, cell]]);
                peaks.Add(new(new(x, y, x, y), value, channel, value, cell));
            }
        }

        CollectionsMarshal.AsSpan(peaks).Sort();
        if (peaks.Count > options.TopK)
        {
            peaks.RemoveRange(options.TopK, peaks.Count - options.TopK);
        }
    }

    private static bool IsLocalMaximum(HeatmapPlane plane, int cell, float value)
    {
        (int row, int column) = int.DivRem(cell, plane.Width);
        int bottom = Math.Min(row + 1, plane.Height - 1), right = Math.Min(column + 1, plane.Width - 1);
        for (int y = Math.Max(0, row - 1); y <= bottom; y++)
        {
            for (int x = Math.Max(0, column - 1); x <= right; x++)
            {
                if (plane[y, x] > value)
                {
                    return false;
                }
            }
        }

        return true;
    }
}
