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
