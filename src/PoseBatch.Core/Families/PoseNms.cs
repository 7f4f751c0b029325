using System.Numerics;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Constants of the parametric pose NMS (docs/spec, 8).</summary>
internal sealed record PoseNmsOptions
{
    /// <summary>Width of the score term.</summary>
    public double Delta1 { get; init; } = 1;

    /// <summary>Pixels over which nearness fades.</summary>
    public double Delta2 { get; init; } = 2.65;

    /// <summary>Weight of nearness.</summary>
    public double Mu { get; init; } = 1.7;

    /// <summary>Similarity above which two poses are one person.</summary>
    public double Gamma { get; init; } = 22.48;

    /// <summary>People whose best joint is below it are dropped.</summary>
    public double ScoreThreshold { get; init; } = 0.3;

    /// <summary>So many near joints make one person, too.</summary>
    public int MatchThreshold { get; init; } = 5;

    /// <summary>Share of the larger box side within which joints are near.</summary>
    public double Alpha { get; init; } = 0.1;

    /// <summary>Frame pixels subtracted from both axes at the end: 0.3 in AlphaPose's pytorch branch, 0 in master.</summary>
    public double Shift { get; init; } = 0.3;
}

/// <summary>
/// Groups poses that are the same person and merges each group (docs/spec, 8). Keeps its scratch memory, so one instance
/// belongs to one worker.
/// </summary>
internal sealed class PoseNms(PoseNmsOptions options)
{
    private const float LeastScore = 1e-5f;
    private const double NearestReference = 7;
    private const double WidestMerge = 15;
    private const int Lanes = 8;
    private const float FarSquared = 7.01f * 7.01f;

    private double[] _tanh = [];
    private float[] _scores = [];
    private double[] _human = [];
    private int[] _group = [];
    private int[] _picks = [];
    private int[] _next = [];
    private int[] _heads = [];
    private float[] _x = [];
    private float[] _y = [];
    private int _rowLength;
    private int _mostFar;

    /// <summary>The pose each group was built around, strongest first; of the last run.</summary>
    public ReadOnlySpan<int> Picks => _picks.AsSpan(0, GroupCount);

    /// <summary>Group of every pose, as an index into <see cref="Picks"/>; of the last run.</summary>
    public ReadOnlySpan<int> GroupOf => _group;

    /// <summary>Groups of the last run.</summary>
    public int GroupCount { get; private set; }

    /// <summary>Groups and merges.</summary>
    /// <param name="boxes">Detector boxes, not enlarged, frame pixels, one per pose.</param>
    /// <param name="boxScores">Their scores.</param>
    /// <param name="poses">
    /// Joints of all poses one after the other, frame pixels. A joint that is not found matches nothing.
    /// </param>
    /// <param name="merged">
    /// Receives one person per group that is strong enough, in the order of the picks, with the proposal score (about 0 to
    /// 3.25) and the picked pose's box.
    /// </param>
    public void Run(ReadOnlySpan<BoundingBox> boxes, ReadOnlySpan<float> boxScores, ReadOnlySpan<Keypoint> poses,
        FramePoses merged)
    {
        int jointCount = merged.KeypointCount;
        Prepare(boxes.Length, poses, jointCount);
        while (Strongest(boxes.Length) is int pick and >= 0)
        {
            Gather(pick, Reference(boxes[pick]), boxes.Length, poses, jointCount);
        }

        for (int group = 0; group < GroupCount; group++)
        {
            int pick = _picks[group];
            Merge(group, pick, Math.Min(Reference(boxes[pick]), WidestMerge), boxes[pick], boxScores[pick], poses, merged);
        }
    }

    private double Reference(BoundingBox box) => options.Alpha * Math.Max(box.Width, box.Height);

    private void Prepare(int count, ReadOnlySpan<Keypoint> poses, int jointCount)
    {
        if (_human.Length < count)
        {
            _human = new double[count];
            _group = new int[count];
            _picks = new int[count];
            _next = new int[count];
            _heads = new int[count];
        }

        if (_tanh.Length < count * jointCount)
        {
            _tanh = new double[count * jointCount];
            _scores = new float[count * jointCount];
        }

        int rowLength = (jointCount + Lanes - 1) / Lanes * Lanes;
        if (_x.Length < count * rowLength)
        {
            _x = new float[count * rowLength];
            _y = new float[count * rowLength];
        }

        _rowLength = rowLength;
        _x.AsSpan(0, count * rowLength).Fill(float.NaN);
        for (int pose = 0; pose < count; pose++)
        {
            for (int joint = 0; joint < jointCount; joint++)
            {
                Keypoint place = poses[(pose * jointCount) + joint];
                (_x[(pose * rowLength) + joint], _y[(pose * rowLength) + joint]) = (place.X, place.Y);
            }
        }

        GroupCount = 0;
        _mostFar = MostFar(jointCount);
        for (int pose = 0; pose < count; pose++)
        {
            _group[pose] = -1;
            double sum = 0;
            for (int i = pose * jointCount; i < (pose + 1) * jointCount; i++)
            {
                _scores[i] = poses[i].Score == 0 ? LeastScore : poses[i].Score;
                _tanh[i] = Math.Tanh(_scores[i] / options.Delta1);
                sum += _scores[i];
            }

            _human[pose] = sum / jointCount;
        }
    }

    /// <summary>
    /// How many joints of two poses may be far apart while they can still be one person: with one more, too few are left to
    /// match, and their similarity, each at its largest, stays below the threshold.
    /// </summary>
    private int MostFar(int jointCount)
    {
        double atMostNear = options.Mu + Math.Tanh(1e3 / options.Delta1), atMostFar = options.Mu * Math.Exp(-Math.Sqrt(FarSquared) / options.Delta2);
        int near = 0;
        while (near < jointCount && near < options.MatchThreshold && (near * atMostNear) + ((jointCount - near) * atMostFar) <= options.Gamma)
        {
            near++;
        }

        return jointCount - near;
    }

    private int Strongest(int count)
    {
        int strongest = -1;
        for (int pose = 0; pose < count; pose++)
        {
            if (_group[pose] < 0 && (strongest < 0 || _human[pose] > _human[strongest]))
            {
                strongest = pose;
            }
        }

        return strongest;
    }

    /// <summary>Collects the poses that are the same person as the pick, in the order of poses, as a chain that begins anywhere.</summary>
    private void Gather(int pick, double reference, int count, ReadOnlySpan<Keypoint> poses, int jointCount)
    {
        double near = Math.Min(reference, NearestReference);
        int last = -1;
        for (int pose = 0; pose < count; pose++)
        {
            // The pick belongs to its group even when all its joints are lost.
            if (_group[pose] < 0 && (pose == pick || (MayBeSame(pick, pose, jointCount) && IsSame(pick, pose, near, poses, jointCount))))
            {
                _group[pose] = GroupCount;
                _next[pose] = -1;
                if (last >= 0)
                {
                    _next[last] = pose;
                }
                else
                {
                    _heads[GroupCount] = pose;
                }

                last = pose;
            }
        }

        _picks[GroupCount++] = pick;
    }

    /// <summary>
    /// Whether enough joints are near at all. A joint farther away than <see cref="NearestReference"/> never matches and adds
    /// next to nothing, so most pairs of a crowd need no exponential: a thousand people are half a million pairs.
    /// </summary>
    private bool MayBeSame(int pick, int pose, int jointCount)
    {
        // Lost joints (NaN), and the filling at the end of a row, are not near. The limit is a little wider than it need be, for
        // the rounding of floats.
        int near = 0;
        ref float x = ref _x[pick * _rowLength], y = ref _y[pick * _rowLength];
        ref float otherX = ref _x[pose * _rowLength], otherY = ref _y[pose * _rowLength];
        for (nuint lane = 0; lane < (nuint)_rowLength; lane += (nuint)Lanes)
        {
            Vector256<float> dx = Vector256.LoadUnsafe(ref x, lane) - Vector256.LoadUnsafe(ref otherX, lane);
            Vector256<float> dy = Vector256.LoadUnsafe(ref y, lane) - Vector256.LoadUnsafe(ref otherY, lane);
            Vector256<float> isNear = Vector256.LessThanOrEqual((dx * dx) + (dy * dy), Vector256.Create(FarSquared));
            near += BitOperations.PopCount(isNear.ExtractMostSignificantBits());
        }

        return jointCount - near <= _mostFar;
    }

    private bool IsSame(int pick, int pose, double near, ReadOnlySpan<Keypoint> poses, int jointCount)
    {
        double similarity = 0;
        int matches = 0;
        for (int joint = 0; joint < jointCount; joint++)
        {
            int one = (pick * jointCount) + joint, other = (pose * jointCount) + joint;
            double distance = Distance(poses[one], poses[other]);
            if (double.IsNaN(distance))
            {
                continue;
            }

            similarity += options.Mu * Math.Exp(-distance / options.Delta2);
            similarity += distance <= 1 ? _tanh[one] * _tanh[other] : 0;
            matches += distance / near <= 1 ? 1 : 0;
        }

        return similarity > options.Gamma || matches >= options.MatchThreshold;
    }

    private void Merge(
        int group, int pick, double radius, BoundingBox box, float boxScore, ReadOnlySpan<Keypoint> poses, FramePoses merged)
    {
        int jointCount = merged.KeypointCount;
        if (Largest(_scores.AsSpan(pick * jointCount, jointCount)) < options.ScoreThreshold)
        {
            return;
        }

        Span<Keypoint> keypoints = merged.Add(0, box);
        double sum = 0, largest = 0;
        for (int joint = 0; joint < jointCount; joint++)
        {
            keypoints[joint] = MergeJoint(group, (pick * jointCount) + joint, joint, radius, poses, jointCount);
            sum += keypoints[joint].Score;
            largest = Math.Max(largest, keypoints[joint].Score);
        }

        if (largest < options.ScoreThreshold)
        {
            merged.RemoveLast();
            return;
        }

        merged.SetScore(merged.Count - 1, (float)((sum / jointCount) + boxScore + (1.25 * largest)));
    }

    private Keypoint MergeJoint(int group, int picked, int joint, double radius, ReadOnlySpan<Keypoint> poses, int jointCount)
    {
        double x = 0, y = 0, weights = 0, squares = 0;
        for (int pose = _heads[group]; pose >= 0; pose = _next[pose])
        {
            int i = (pose * jointCount) + joint;
            if (Distance(poses[picked], poses[i]) <= radius)
            {
                double weight = _scores[i];
                x += weight * poses[i].X;
                y += weight * poses[i].Y;
                weights += weight;
                squares += weight * weight;
            }
        }

        return weights == 0
            ? Keypoint.NotFound
            : KeypointMath.At((float)((x / weights) - options.Shift), (float)((y / weights) - options.Shift),
                (float)(squares / weights));
    }

    private static double Distance(Keypoint one, Keypoint other)
    {
        double dx = (double)one.X - other.X, dy = (double)one.Y - other.Y;
        return Math.Sqrt((dx * dx) + (dy * dy));
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in values)
        {
            largest = value > largest ? value : largest;
        }

        return largest;
    }
}
