using System.Numerics;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>yolo-pose</c> (docs/spec, 13.1). Role <c>output</c>: [4 + C + 3K, N] as networks give it, or [n, 6 + 3K] of an
/// export that has suppressed already (x1, y1, x2, y2, score, class, joints). Coordinates count from pixel corners, so the way
/// back is (x - left) * w / new_w.
/// </summary>
internal sealed class YoloPoseParser : IPoseParser
{
    private static readonly AxisRule ColumnRule = new(
        "end_to_end: 6, then 3 per joint",
        static model => model.DecoderText("format") == "end_to_end" ? 6 + (3 * model.Skeleton.KeypointCount) : null);

    /// <summary>YOLO-pose, before or after its own suppression.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "yolo-pose",
        Summary = "boxes with joints, all people of a picture in one output",
        Roles =
        [
            OutputRole.Plain(
                "output", [AxisRule.Free("numbers, or people end_to_end"), ColumnRule],
                "input pixels; raw: rows cx, cy, w, h, class scores, then x, y, confidence per joint, one column per box; end_to_end: x1, y1, x2, y2, score, class, then joints"),
        ],
        Parameters =
        [
            DecoderParameter.Word("format", "raw", ["raw", "end_to_end"], "end_to_end: an export that has suppressed already"),
            DecoderParameter.Number("confidence", 0.25, 0, 1, "score a box must exceed"),
            DecoderParameter.Number("overlap_threshold", 0.45, 0, 1, "overlap above which the weaker box goes, format raw; newer versions use 0.7"),
            DecoderParameter.Whole("max_detections", 300, 1, 10000, "people at most, format raw"),
        ],
        CreateParser = static contract => new YoloPoseParser(contract),
    };

    private readonly int _output;
    private readonly int _boxCount;
    private readonly int _classCount;
    private readonly bool _isEndToEnd;
    private readonly YoloPoseOptions _options;
    private readonly List<Detection> _candidates = [];
    private readonly List<Detection> _kept = [];

    public YoloPoseParser(ParserContract contract)
    {
        (_output, IReadOnlyList<int> shape, _) = contract.Output("output");
        _isEndToEnd = contract.Word("format") == "end_to_end";
        _options = new()
        {
            Confidence = (float)contract.Number("confidence"),
            OverlapThreshold = contract.Number("overlap_threshold"),
            MaxDetections = contract.Whole("max_detections"),
        };
        int jointNumbers = 3 * contract.KeypointCount;
        if (shape.Count != 2)
        {
            throw contract.Mismatch($"needs two dimensions in the role 'output' but gives [{string.Join(',', shape)}]");
        }

        _boxCount = _isEndToEnd ? shape[0] : shape[1];
        _classCount = shape[0] - 4 - jointNumbers;
        if (_isEndToEnd ? shape[1] != 6 + jointNumbers : _classCount < 1)
        {
            throw contract.Mismatch(
                $"needs {(_isEndToEnd ? $"rows of {6 + jointNumbers}" : $"at least {5 + jointNumbers} rows")} "
                + $"for {contract.KeypointCount} joints but gives [{string.Join(',', shape)}]");
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        ReadOnlySpan<float> output = outputs.Output(_output, image);
        if (_isEndToEnd)
        {
            ParseEndToEnd(output, modelToFrame, poses);
            return;
        }

        YoloPose.Choose(output, _boxCount, _classCount, _options, _candidates, _kept);
        foreach (Detection detection in _kept)
        {
            Span<Keypoint> keypoints = poses.Add(detection.Score, Boxes.ToFrame(detection.Box, modelToFrame));
            YoloPose.ReadKeypoints(output, _boxCount, _classCount, detection.Row, keypoints);
            KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Corner);
        }
    }

    private void ParseEndToEnd(ReadOnlySpan<float> output, in AffineMap modelToFrame, FramePoses poses)
    {
        int length = 6 + (3 * poses.KeypointCount);
        for (int index = 0; index < _boxCount; index++)
        {
            ReadOnlySpan<float> row = output.Slice(index * length, length);
            if (!(row[4] > _options.Confidence))
            {
                continue;
            }

            Span<Keypoint> keypoints = poses.Add(row[4], Boxes.ToFrame(new(row[0], row[1], row[2], row[3]), modelToFrame));
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                ReadOnlySpan<float> point = row.Slice(6 + (3 * joint), 3);
                keypoints[joint] = KeypointMath.At(point[0], point[1], point[2]);
            }

            KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Corner);
        }
    }
}

/// <summary>How YOLO-pose people are chosen (docs/spec, 13.1).</summary>
internal sealed record YoloPoseOptions
{
    /// <summary>Class score a box must exceed.</summary>
    public float Confidence { get; init; } = (float)YoloPoseParser.Family.DefaultNumber("confidence");

    /// <summary>Overlap of plain areas a box must exceed to be dropped.</summary>
    public double OverlapThreshold { get; init; } = YoloPoseParser.Family.DefaultNumber("overlap_threshold");

    /// <summary>People at most.</summary>
    public int MaxDetections { get; init; } = (int)YoloPoseParser.Family.DefaultNumber("max_detections");
}

/// <summary>YOLO-pose, all people of a picture in one output of 4 + C + 3K rows of N (docs/spec, 13.1).</summary>
internal static class YoloPose
{
    /// <summary>Chooses boxes: the score rows are scanned first, other rows are touched for survivors only.</summary>
    /// <param name="output">Rows cx, cy, w, h, C class scores (after the sigmoid), then x, y, confidence of each joint.</param>
    /// <param name="boxCount">N.</param>
    /// <param name="classCount">C, at least 1.</param>
    /// <param name="options">How people are chosen.</param>
    /// <param name="candidates">Scratch.</param>
    /// <param name="kept">Receives the boxes in letterbox pixels, by falling score; equal scores by index.</param>
    public static void Choose(
        ReadOnlySpan<float> output, int boxCount, int classCount, YoloPoseOptions options, List<Detection> candidates,
        List<Detection> kept)
    {
        candidates.Clear();
        ReadOnlySpan<float> scores = output.Slice(4 * boxCount, classCount * boxCount);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> thresholds = Vector256.Create(options.Confidence);
            for (; i <= boxCount - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                Vector256<float> above = Vector256<float>.Zero;
                for (int category = 0; category < classCount; category++)
                {
                    above |= Vector256.GreaterThan(Vector256.Create(scores[((category * boxCount) + i)..]), thresholds);
                }

                for (uint lanes = above.ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1)
                {
                    Consider(output, boxCount, scores, i + BitOperations.TrailingZeroCount(lanes), options, candidates);
                }
            }
        }

        for (; i < boxCount; i++)
        {
            Consider(output, boxCount, scores, i, options, candidates);
        }

        NonMaximumSuppression.Run(
            candidates, new(options.OverlapThreshold, Edge: 0, DropsEqual: false, IsPerClass: true), kept, options.MaxDetections);
    }

    /// <summary>Reads the joints of one box.</summary>
    /// <param name="output">As for <see cref="Choose"/>.</param>
    /// <param name="boxCount">N.</param>
    /// <param name="classCount">C.</param>
    /// <param name="index">The box.</param>
    /// <param name="keypoints">Receives K joints in letterbox pixels, corner coordinates, not clamped.</param>
    public static void ReadKeypoints(ReadOnlySpan<float> output, int boxCount, int classCount, int index,
        Span<Keypoint> keypoints)
    {
        int place = ((4 + classCount) * boxCount) + index;
        foreach (ref Keypoint keypoint in keypoints)
        {
            keypoint = KeypointMath.At(output[place], output[place + boxCount], output[place + (2 * boxCount)]);
            place += 3 * boxCount;
        }
    }

    private static void Consider(
        ReadOnlySpan<float> output, int boxCount, ReadOnlySpan<float> scores, int index, YoloPoseOptions options,
        List<Detection> candidates)
    {
        int best = -1;
        float score = options.Confidence;
        for (int category = 0; category * boxCount < scores.Length; category++)
        {
            float here = scores[(category * boxCount) + index];
            (best, score) = here > score ? (category, here) : (best, score);
        }

        if (best >= 0)
        {
            BoundingBox box = Boxes.FromCenter(
                output[index], output[boxCount + index], output[(2 * boxCount) + index], output[(3 * boxCount) + index]);
            candidates.Add(new(box, score, best, score, index));
        }
    }
}
