using System.Numerics;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>How several people are told apart (docs/spec, 4).</summary>
internal sealed record PoseNetMultipleOptions
{
    /// <summary>People at most.</summary>
    public int MaxDetections { get; init; } = (int)PoseNetParser.Family.DefaultNumber("max_detections");

    /// <summary>Score a joint needs to be the root of a person, 0 to 1.</summary>
    public double ScoreThreshold { get; init; } = PoseNetParser.Family.DefaultNumber("score_threshold");

    /// <summary>Input pixels within which the same joint belongs to the person found before.</summary>
    public float NmsRadius { get; init; } = (float)PoseNetParser.Family.DefaultNumber("nms_radius");

    /// <summary>Cells around a root that must not be stronger, on each side. Default 1.</summary>
    public int LocalMaximumRadius { get; init; } = 1;

    /// <summary>
    /// The rules of posenet-python: halves round to even, one refinement instead of two, scores are read where the
    /// displacement led, and a joint whose score is exactly 0 counts as unset. Default false.
    /// </summary>
    public bool IsPythonVariant { get; init; }
}

/// <summary>Shapes of PoseNet's four outputs; one grid for all, the displacements with one pair of channels per edge.</summary>
internal readonly record struct PoseNetShapes(HeatmapShape Heatmap, HeatmapShape Offset, HeatmapShape Displacement);

/// <summary>
/// PoseNet, several people (docs/spec, 4): the strongest joints are the roots of people, and the others are reached along
/// the bones by the displacement vectors. Keeps its scratch memory, so one instance belongs to one worker.
/// </summary>
/// <param name="shapes">How the outputs lie; 17 joints.</param>
/// <param name="outputStride">Input pixels per cell.</param>
/// <param name="options">How people are told apart.</param>
internal sealed class PoseNetMultiple(PoseNetShapes shapes, int outputStride, PoseNetMultipleOptions options)
{
    /// <summary>Bones from parent to child, in the order of the displacement channels (docs/spec, 2).</summary>
    private static readonly (int Parent, int Child)[] Edges =
    [
        (0, 1), (1, 3), (0, 2), (2, 4), (0, 5), (5, 7), (7, 9), (5, 11),
        (11, 13), (13, 15), (0, 6), (6, 8), (8, 10), (6, 12), (12, 14), (14, 16),
    ];

    private readonly float _logitThreshold = (float)Math.Log(options.ScoreThreshold / (1 - options.ScoreThreshold));
    private ulong[] _candidates = new ulong[256];

    /// <summary>Joints the tree knows.</summary>
    public static int JointCount => 17;

    /// <summary>Bones of the tree; the displacements have twice as many channels.</summary>
    public static int EdgeCount => Edges.Length;

    /// <summary>Appends the people in the order of their root scores, joints in model pixels and not clamped.</summary>
    /// <param name="heatmap">Logits [h,w,17].</param>
    /// <param name="offset">Input pixels [h,w,34], dy then dx.</param>
    /// <param name="forward">Input pixels [h,w,32] from parent to child, dy then dx.</param>
    /// <param name="backward">Input pixels [h,w,32] from child to parent, dy then dx.</param>
    /// <param name="poses">Receives the people; pose score as docs/spec, 4 has it, box none.</param>
    public void Parse(
        ReadOnlySpan<float> heatmap, ReadOnlySpan<float> offset, ReadOnlySpan<float> forward, ReadOnlySpan<float> backward,
        FramePoses poses)
    {
        Maps maps = new(this, heatmap, offset, forward, backward);
        int first = poses.Count;
        foreach (ulong candidate in SortedCandidates(heatmap))
        {
            if (poses.Count - first >= options.MaxDetections)
            {
                return;
            }

            (int cell, int joint) = int.DivRem((int)(uint)candidate, JointCount);
            Keypoint root = maps.At(joint, cell, cell);
            if (!root.IsFound || IsTaken(poses, first, joint, root))
            {
                continue;
            }

            Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
            keypoints[joint] = root;
            maps.Spread(keypoints);
            poses.SetScore(poses.Count - 1, Score(poses, first, keypoints));
        }
    }

    /// <summary>Roots by falling logit, then by row, column and joint: one number each, the order in its upper half.</summary>
    private ReadOnlySpan<ulong> SortedCandidates(ReadOnlySpan<float> heatmap)
    {
        heatmap = heatmap[..shapes.Heatmap.Count];
        int count = 0, i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> thresholds = Vector256.Create(_logitThreshold);
            for (; i <= heatmap.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<float> above = Vector256.GreaterThanOrEqual(Vector256.Create(heatmap[i..]), thresholds);
                uint lanes = above.ExtractMostSignificantBits();
                for (; lanes != 0; lanes &= lanes - 1)
                {
                    Consider(heatmap, i + BitOperations.TrailingZeroCount(lanes), ref count);
                }
            }
        }

        for (; i < heatmap.Length; i++)
        {
            if (heatmap[i] >= _logitThreshold)
            {
                Consider(heatmap, i, ref count);
            }
        }

        Span<ulong> candidates = _candidates.AsSpan(0, count);
        candidates.Sort();
        return candidates;
    }

    private void Consider(ReadOnlySpan<float> heatmap, int place, ref int count)
    {
        HeatmapShape shape = shapes.Heatmap;
        int joint = place / shape.StepChannel % shape.Channels;
        int cell = place / shape.StepX % shape.CellCount;
        float value = heatmap[place];
        (int row, int column) = int.DivRem(cell, shape.Width);
        int radius = options.LocalMaximumRadius;
        int lastRow = Math.Min(row + radius, shape.Height - 1), lastColumn = Math.Min(column + radius, shape.Width - 1);
        for (int y = Math.Max(row - radius, 0); y <= lastRow; y++)
        {
            for (int x = Math.Max(column - radius, 0); x <= lastColumn; x++)
            {
                if (heatmap[shape[joint, y, x]] > value)
                {
                    return;
                }
            }
        }

        if (count == _candidates.Length)
        {
            Array.Resize(ref _candidates, 2 * count);
        }

        // The bits of a float, the sign undone, order like the number; inverted, they order from strong to weak.
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint rising = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        _candidates[count++] = ((ulong)~rising << 32) | (uint)((cell * JointCount) + joint);
    }

    private bool IsTaken(FramePoses poses, int first, int joint, Keypoint at)
    {
        for (int person = first; person < poses.Count; person++)
        {
            if (IsWithinRadius(poses.Keypoints(person)[joint], at))
            {
                return true;
            }
        }

        return false;
    }

    // Joints that coincide with those of somebody found before do not speak for this person.
    private float Score(FramePoses poses, int first, ReadOnlySpan<Keypoint> keypoints)
    {
        float sum = 0;
        for (int joint = 0; joint < JointCount; joint++)
        {
            bool isShared = false;
            for (int person = first; person < poses.Count - 1 && !isShared; person++)
            {
                isShared = IsWithinRadius(poses.Keypoints(person)[joint], keypoints[joint]);
            }

            sum += isShared ? 0 : keypoints[joint].Score;
        }

        return sum / JointCount;
    }

    private bool IsWithinRadius(Keypoint one, Keypoint other)
    {
        float dx = one.X - other.X, dy = one.Y - other.Y;
        return (dx * dx) + (dy * dy) <= options.NmsRadius * options.NmsRadius;
    }

    private readonly ref struct Maps(
        PoseNetMultiple owner, ReadOnlySpan<float> heatmap, ReadOnlySpan<float> offset, ReadOnlySpan<float> forward,
        ReadOnlySpan<float> backward)
    {
        private readonly ReadOnlySpan<float> _heatmap = heatmap;
        private readonly ReadOnlySpan<float> _offset = offset;
        private readonly ReadOnlySpan<float> _forward = forward;
        private readonly ReadOnlySpan<float> _backward = backward;

        /// <summary>Sets every joint that can be reached from those set, toward the nose first, then away from it.</summary>
        public void Spread(Span<Keypoint> keypoints)
        {
            for (int edge = EdgeCount - 1; edge >= 0; edge--)
            {
                Step(keypoints, Edges[edge].Child, Edges[edge].Parent, edge, _backward);
            }

            for (int edge = 0; edge < EdgeCount; edge++)
            {
                Step(keypoints, Edges[edge].Parent, Edges[edge].Child, edge, _forward);
            }
        }

        /// <summary>A joint at a cell, moved by its offset; its score is read at another cell.</summary>
        public Keypoint At(int joint, int cell, int scoreCell)
        {
            (float x, float y) = Refine(joint, cell);
            return KeypointMath.At(x, y, KeypointMath.Sigmoid(_heatmap[owner.Shapes.Heatmap[joint, scoreCell]]));
        }

        private void Step(Span<Keypoint> keypoints, int from, int to, int edge, ReadOnlySpan<float> displacement)
        {
            if (!IsSet(keypoints[from]) || IsSet(keypoints[to]))
            {
                return;
            }

            int cell = CellOf(keypoints[from].X, keypoints[from].Y);
            float x = keypoints[from].X + displacement[owner.Shapes.Displacement[EdgeCount + edge, cell]];
            float y = keypoints[from].Y + displacement[owner.Shapes.Displacement[edge, cell]];
            cell = CellOf(x, y);
            if (owner.Options.IsPythonVariant)
            {
                keypoints[to] = At(to, cell, cell);
                return;
            }

            (x, y) = Refine(to, cell);
            cell = CellOf(x, y);
            (x, y) = Refine(to, cell);
            keypoints[to] = At(to, cell, CellOf(x, y));
        }

        private bool IsSet(Keypoint keypoint) => keypoint.IsFound && (!owner.Options.IsPythonVariant || keypoint.Score != 0);

        private (float X, float Y) Refine(int joint, int cell)
        {
            (int row, int column) = int.DivRem(cell, owner.Shapes.Heatmap.Width);
            return (
                (column * owner.OutputStride) + _offset[owner.Shapes.Offset[JointCount + joint, cell]],
                (row * owner.OutputStride) + _offset[owner.Shapes.Offset[joint, cell]]);
        }

        // Indices are clamped to the map, positions never are.
        private int CellOf(float x, float y) =>
            (Nearest(y, owner.Shapes.Heatmap.Height) * owner.Shapes.Heatmap.Width) + Nearest(x, owner.Shapes.Heatmap.Width);

        private int Nearest(float position, int cells)
        {
            double cell = (double)position / owner.OutputStride;
            double rounded = owner.Options.IsPythonVariant ? Math.Round(cell, MidpointRounding.ToEven) : Math.Floor(cell + 0.5);
            return (int)Math.Clamp(rounded, 0, cells - 1);
        }
    }

    private PoseNetShapes Shapes => shapes;

    private PoseNetMultipleOptions Options => options;

    private int OutputStride => outputStride;
}
