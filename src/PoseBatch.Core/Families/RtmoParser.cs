using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>rtmo</c> (docs/spec, 13.3): boxes and joints of all people, chosen by the graph and once more here. Coordinates count from
/// pixel corners.
/// </summary>
internal sealed class RtmoParser : IPoseParser
{
    /// <summary>RTMO as MMDeploy exports it.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "rtmo",
        Summary = "boxes with joints whose graph suppresses already; several people",
        Roles =
        [
            OutputRole.Plain("dets", [AxisRule.Found("people"), AxisRule.Exactly(BoxLength)], "x1, y1, x2, y2 in input pixels, score"),
            OutputRole.Plain("keypoints", [AxisRule.Found("people"), AxisRule.PerJoint(1), AxisRule.Exactly(3)], "x, y in input pixels, score"),
        ],
        Parameters =
        [
            DecoderParameter.Number("score_threshold", 0.7, 0, 1, "score a person must exceed"),
            DecoderParameter.Number("nms_overlap", 0.45, 0, 1, "overlap above which the weaker person goes; the graph has suppressed at 0.65"),
        ],
        CreateParser = static contract => new RtmoParser(contract),
    };

    private const int BoxLength = 5;

    private readonly int _boxes;
    private readonly int _joints;
    private readonly float _score;
    private readonly OverlapRule _rule;
    private readonly List<Detection> _candidates = [];
    private readonly List<Detection> _kept = [];

    public RtmoParser(ParserContract contract)
    {
        (_boxes, IReadOnlyList<int> boxes, _) = contract.Output("dets");
        (_joints, IReadOnlyList<int> joints, _) = contract.Output("keypoints");
        if (boxes is not [_, BoxLength] || joints is not [_, int count, 3] || count != contract.KeypointCount)
        {
            throw contract.Mismatch(
                $"needs dets [n,{BoxLength}] and keypoints [n,{contract.KeypointCount},3] but gives [{string.Join(',', boxes)}] and [{string.Join(',', joints)}]");
        }

        _score = (float)contract.Number("score_threshold");
        _rule = new(contract.Number("nms_overlap"), Edge: 1, DropsEqual: false, IsPerClass: false);
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        ReadOnlySpan<float> boxes = outputs.Output(_boxes, image), joints = outputs.Output(_joints, image);
        int length = 3 * poses.KeypointCount;
        _candidates.Clear();
        for (int row = 0; row < Math.Min(boxes.Length / BoxLength, joints.Length / length); row++)
        {
            ReadOnlySpan<float> box = boxes.Slice(row * BoxLength, BoxLength);
            if (box[4] > _score)
            {
                _candidates.Add(new(new(box[0], box[1], box[2], box[3]), box[4], 0, box[4], row));
            }
        }

        NonMaximumSuppression.Run(_candidates, _rule, _kept);
        foreach (Detection person in _kept)
        {
            Span<Keypoint> keypoints = poses.Add(person.Score, Boxes.ToFrame(person.Box, modelToFrame));
            Read(joints.Slice(person.Row * length, length), keypoints);
            KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Corner);
        }
    }

    // Rows that hold nobody's joint are zeros.
    private static void Read(ReadOnlySpan<float> rows, Span<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            ReadOnlySpan<float> row = rows.Slice(3 * joint, 3);
            keypoints[joint] = row[2] > 0 ? KeypointMath.At(row[0], row[1], row[2]) : Keypoint.NotFound;
        }
    }
}
