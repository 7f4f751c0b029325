using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>movenet-multi</c>: the published multi-pose graph (docs/spec, 9.3). Role <c>instances</c>: [n, 3K + 5] of K
/// times y, x, score, then ymin, xmin, ymax, xmax, score, all normalised to the padded model input.
/// </summary>
internal sealed class MoveNetMultiParser : IPoseParser
{
    private static readonly AxisRule InstanceNumbers = new("3 per joint, then 5", static model => (3 * model.Skeleton.KeypointCount) + 5);

    /// <summary>MoveNet's graph for several people.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "movenet-multi",
        Summary = "finished people: joints, box and score, positions as fractions of the model input; several people",
        Roles =
        [
            OutputRole.Plain(
                "instances", [AxisRule.Free("people"), InstanceNumbers],
                "y, x, score of each joint, then ymin, xmin, ymax, xmax, score; fractions of the padded input"),
        ],
        Parameters = [DecoderParameter.Number("min_score", 0.25, 0, 1, "score a person needs")],
        CreateParser = static contract => new MoveNetMultiParser(contract),
    };

    private readonly int _instances;
    private readonly PixelSize _input;
    private readonly float _minScore;

    public MoveNetMultiParser(ParserContract contract)
    {
        (_instances, IReadOnlyList<int> shape, _) = contract.Output("instances");
        _input = contract.Model.Input.Size;
        _minScore = (float)contract.Number("min_score");
        if (shape.Count < 2 || shape[^1] != (3 * contract.KeypointCount) + 5)
        {
            throw contract.Mismatch($"needs instances [n,{(3 * contract.KeypointCount) + 5}] but gives [{string.Join(',', shape)}]");
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses) =>
        Parse(outputs.Output(_instances, image), _input, _minScore, modelToFrame, poses);

    /// <summary>Appends the instances that are strong enough, in their order.</summary>
    /// <param name="instances">Rows of 3K + 5.</param>
    /// <param name="input">Size of the padded model input.</param>
    /// <param name="minScore">Score an instance needs.</param>
    /// <param name="modelToFrame">The way back.</param>
    /// <param name="poses">Receives them in frame pixels.</param>
    public static void Parse(ReadOnlySpan<float> instances, PixelSize input, float minScore, in AffineMap modelToFrame,
        FramePoses poses)
    {
        int joints = 3 * poses.KeypointCount;
        for (; !instances.IsEmpty; instances = instances[(joints + 5)..])
        {
            ReadOnlySpan<float> box = instances.Slice(joints, 5);
            if (!(box[4] >= minScore))
            {
                continue;
            }

            double width = input.Width, height = input.Height;
            (float left, float top) = modelToFrame.ToFrame(PixelOrigin.Centre, box[1] * width, box[0] * height);
            (float right, float bottom) = modelToFrame.ToFrame(PixelOrigin.Centre, box[3] * width, box[2] * height);
            Span<Keypoint> keypoints = poses.Add(box[4], new(left, top, right, bottom));
            MoveNetPointsParser.Parse(instances[..joints], input, 0, keypoints);
            KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
        }
    }
}
