using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>movenet-points</c>: the published single-pose graph with its decoder inside (docs/spec, 9.3). Role
/// <c>keypoints</c>: [1,K,3] of y, x, score, normalised to the model input.
/// </summary>
internal sealed class MoveNetPointsParser : IPoseParser
{
    /// <summary>Networks that return finished points.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "movenet-points",
        Summary = "finished points: y, x, score, positions as fractions of the model input; one person",
        FollowsOnePerson = true,
        Roles =
        [
            OutputRole.Plain(
                "keypoints", [AxisRule.Exactly(1), AxisRule.PerJoint(1), AxisRule.Exactly(3)], "y, x, score; y and x as fractions of the padded input"),
        ],
        Parameters = [DecoderParameter.Number("min_score", 0.2, 0, 1, "score a joint must exceed to count for the pose score")],
        CreateParser = static contract => new MoveNetPointsParser(contract),
    };

    /// <summary>Score a joint must exceed to count for the pose score.</summary>
    public static float DefaultMinScore => (float)MoveNetPointsParser.Family.DefaultNumber("min_score");

    private readonly int _points;
    private readonly PixelSize _input;
    private readonly float _minScore;

    public MoveNetPointsParser(ParserContract contract)
    {
        (_points, IReadOnlyList<int> shape, _) = contract.Output("keypoints");
        _input = contract.Model.Input.Size;
        _minScore = (float)contract.Number("min_score");
        int count = shape.Aggregate(1, (product, side) => product * side);
        if (shape.Count < 2 || shape[^1] != 3 || count != 3 * contract.KeypointCount)
        {
            throw contract.Mismatch($"needs keypoints [1,{contract.KeypointCount},3] but gives [{string.Join(',', shape)}]");
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        poses.SetScore(poses.Count - 1, Parse(outputs.Output(_points, image), _input, _minScore, keypoints));
        KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
    }

    /// <summary>Scales normalised rows to model pixels.</summary>
    /// <param name="points">Rows of y, x, score.</param>
    /// <param name="input">Size of the model input in pixels.</param>
    /// <param name="minScore">Score a joint must exceed to count for the pose score.</param>
    /// <param name="keypoints">
    /// Receives one joint per row in model pixels, not clamped; a row with a coordinate or a score that is no finite number
    /// gives <see cref="Keypoint.NotFound"/>.
    /// </param>
    /// <returns>The mean of the scores above <paramref name="minScore"/>; 0 when there are none.</returns>
    public static float Parse(ReadOnlySpan<float> points, PixelSize input, float minScore, Span<Keypoint> keypoints)
    {
        float sum = 0;
        int count = 0;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            ReadOnlySpan<float> row = points.Slice(joint * 3, 3);
            Keypoint keypoint = float.IsFinite(row[2])
                ? KeypointMath.At(row[1] * input.Width, row[0] * input.Height, row[2])
                : Keypoint.NotFound;
            keypoints[joint] = keypoint;
            if (keypoint.Score > minScore)
            {
                sum += keypoint.Score;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
