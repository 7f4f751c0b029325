using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>sleap-bottomup</c> (docs/spec, 13.8): an export of sleap-nn that finds the peaks of all individuals and scores every pair of
/// them along every limb. Who belongs together is decided here.
/// </summary>
internal sealed class SleapBottomUpParser : IPoseParser
{
    /// <summary>sleap-nn, bottom-up.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "sleap-bottomup",
        Summary = "peaks and scores of limbs of a bottom-up export of sleap-nn, put together by SLEAP's rules; several individuals",
        Roles =
        [
            OutputRole.Plain(
                "peaks", [AxisRule.PerJoint(1), AxisRule.Free("peaks"), AxisRule.Exactly(2)],
                "x, y in input pixels; not a number where there is no peak") with { HasGaps = true },
            OutputRole.Plain("peak_vals", [AxisRule.PerJoint(1), AxisRule.Free("peaks")], "score of each peak; 0 or less for none"),
            OutputRole.Plain(
                "line_scores", [new("1 per limb", static model => model.Limbs.Count > 0 ? model.Limbs.Count : null), AxisRule.Free("peaks x peaks")],
                "score of each pair of peaks, -2 for none; the first peak counts slower"),
        ],
        Parameters =
        [
            DecoderParameter.Number("min_line_score", 0.25, -1, 1, "score of a pair that joins two peaks"),
            DecoderParameter.Whole("min_count", 2, 2, SkeletonJson.MaxJoints, "joints an individual needs"),
        ],
        Limbs = LimbUse.Scores,
        Rules = Problems,
        ShapeRules = ShapeProblems,
        CreateParser = static contract => new SleapBottomUpParser(contract),
    };

    // What sleap-nn gives a pair that is none; lower than every score of two peaks.
    private const float NoPair = -2;

    private readonly int _peaks;
    private readonly int _values;
    private readonly int _scores;
    private readonly int _peakCount;
    private readonly int[] _order;
    private readonly IReadOnlyList<Limb> _limbs;
    private readonly float _minLineScore;
    private readonly int _minCount;
    private readonly LinearAssignment _assignment;
    private readonly PafPeople _people;
    private readonly float[] _matrix;
    private readonly int[] _rows;
    private readonly int[] _columns;
    private readonly int[] _columnOf;

    public SleapBottomUpParser(ParserContract contract)
    {
        (_peaks, IReadOnlyList<int> peaks, _) = contract.Output("peaks");
        (_values, IReadOnlyList<int> values, _) = contract.Output("peak_vals");
        (_scores, IReadOnlyList<int> scores, _) = contract.Output("line_scores");
        (int joints, _limbs) = (contract.KeypointCount, contract.Model.Limbs);
        if (_limbs.Count == 0 || peaks is not [var first, var count, 2] || values is not [var second, var same] || scores is not [var limbs, var pairs]
            || first != joints || second != joints || limbs != _limbs.Count || same != count || pairs != count * count)
        {
            throw contract.Mismatch(
                $"needs peaks [{joints},n,2], peak_vals [{joints},n] and line_scores [{_limbs.Count},n x n] with limbs, "
                + $"but gives [{string.Join(',', peaks)}], [{string.Join(',', values)}] and [{string.Join(',', scores)}]");
        }

        _peakCount = count;
        _order = LimbTree.OutwardOrder(_limbs);
        _minLineScore = (float)contract.Number("min_line_score");
        _minCount = contract.Whole("min_count");
        _assignment = new(count);
        _people = new(joints);
        _matrix = new float[count * count];
        (_rows, _columns, _columnOf) = (new int[count], new int[count], new int[count]);
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        ReadOnlySpan<float> peaks = outputs.Output(_peaks, image), values = outputs.Output(_values, image), scores = outputs.Output(_scores, image);
        _people.Clear();
        foreach (int limb in _order)
        {
            Join(_limbs[limb], peaks, values, scores.Slice(limb * _peakCount * _peakCount, _peakCount * _peakCount));
        }

        for (int index = 0; index < _people.Count; index++)
        {
            PafPerson individual = _people[index];
            if (individual.Count >= _minCount)
            {
                Span<Keypoint> keypoints = poses.Add(Math.Clamp(individual.Score / _limbs.Count, 0, 1), BoundingBox.None);
                Read(individual, peaks, values, keypoints);
                KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
            }
        }
    }

    // Limbs lead outward, so nobody has the second joint yet: a pair gives it to whoever has the first, or begins somebody.
    private void Join(Limb limb, ReadOnlySpan<float> peaks, ReadOnlySpan<float> values, ReadOnlySpan<float> scores)
    {
        int rowCount = FindPeaks(limb.From, peaks, values, _rows), columnCount = FindPeaks(limb.To, peaks, values, _columns);
        for (int row = 0; row < rowCount; row++)
        {
            for (int column = 0; column < columnCount; column++)
            {
                float score = scores[(_rows[row] * _peakCount) + _columns[column]];
                _matrix[(row * columnCount) + column] = float.IsFinite(score) ? score : NoPair;
            }
        }

        _assignment.Solve(_matrix, rowCount, columnCount, _columnOf);
        for (int row = 0; row < rowCount; row++)
        {
            int column = _columnOf[row];
            if (column < 0 || !(_matrix[(row * columnCount) + column] >= _minLineScore))
            {
                continue;
            }

            int owner = _people.Find(limb.From, _rows[row]);
            PafPerson individual = owner >= 0 ? _people[owner] : Begin(limb.From, _rows[row]);
            individual[limb.To] = _columns[column];
            individual.Count++;
            individual.Score += _matrix[(row * columnCount) + column];
        }
    }

    private PafPerson Begin(int joint, int peak)
    {
        PafPerson individual = _people.Add();
        individual[joint] = peak;
        individual.Count = 1;
        return individual;
    }

    private int FindPeaks(int joint, ReadOnlySpan<float> peaks, ReadOnlySpan<float> values, Span<int> found)
    {
        int count = 0;
        for (int peak = joint * _peakCount; peak < (joint + 1) * _peakCount; peak++)
        {
            if (values[peak] > 0 && float.IsFinite(peaks[2 * peak]) && float.IsFinite(peaks[(2 * peak) + 1]))
            {
                found[count++] = peak - (joint * _peakCount);
            }
        }

        return count;
    }

    private void Read(PafPerson individual, ReadOnlySpan<float> peaks, ReadOnlySpan<float> values, Span<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            if (individual[joint] >= 0)
            {
                int peak = (joint * _peakCount) + individual[joint];
                keypoints[joint] = KeypointMath.At(peaks[2 * peak], peaks[(2 * peak) + 1], values[peak]);
            }
        }
    }

    private static IEnumerable<string> Problems(ModelDescription model)
    {
        foreach (string problem in LimbTree.Problems(model.Skeleton, model.Limbs))
        {
            yield return problem;
        }

        int joints = model.Skeleton.KeypointCount;
        if (model.DecoderNumber("min_count") > joints)
        {
            yield return $"$.decoder.min_count: nobody can have {(int)model.DecoderNumber("min_count")} joints, the skeleton has {joints}";
        }
    }

    private static IEnumerable<string> ShapeProblems(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> shapes)
    {
        int count = shapes[model.IndexOfOutput("peaks")][1], same = shapes[model.IndexOfOutput("peak_vals")][1];
        int pairs = shapes[model.IndexOfOutput("line_scores")][1];
        if (same != count || pairs != (long)count * count)
        {
            yield return $"outputs peaks, peak_vals, line_scores: have {count} and {same} peaks per joint, so line_scores must have {(long)count * count} pairs, not {pairs}";
        }
    }
}
