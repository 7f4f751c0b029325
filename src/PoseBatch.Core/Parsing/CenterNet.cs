using System.Runtime.InteropServices;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Inference;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>How CenterNet people are read (spec section 13.4).</summary>
internal sealed record CenterNetOptions
{
    /// <summary>People, and candidates per joint, at most.</summary>
    public int TopK { get; init; } = (int)ModelFamilies.CenterNet.DefaultNumber("top_k");

    /// <summary>Score a joint candidate must exceed.</summary>
    public float JointThreshold { get; init; } = (float)ModelFamilies.CenterNet.DefaultNumber("joint_threshold");

    /// <summary>Score a centre must exceed.</summary>
    public float CenterThreshold { get; init; } = (float)ModelFamilies.CenterNet.DefaultNumber("center_threshold");

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
/// CenterNet: people are points, and their joints snap to the nearest joint peak (spec section 13.4). Keeps its scratch memory,
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
        int nearest = -1;
        double least = double.PositiveInfinity;
        ReadOnlySpan<Detection> candidates = CollectionsMarshal.AsSpan(_candidates);
        for (int i = 0; i < candidates.Length; i++)
        {
            double dx = (double)candidates[i].Box.XMin - keypoint.X, dy = (double)candidates[i].Box.YMin - keypoint.Y;
            double distance = Math.Sqrt((dx * dx) + (dy * dy));
            (nearest, least) = distance < least ? (i, distance) : (nearest, least);
        }

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
