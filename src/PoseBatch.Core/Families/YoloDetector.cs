using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>yolo</c>: detectors without objectness, as YOLOv8 and its successors are, before or after their own suppression
/// (docs/spec, 13.6). Coordinates count from pixel corners.
/// </summary>
internal sealed class YoloDetector : IPersonDetector
{
    /// <summary>YOLOv8 and later.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "yolo",
        Summary = "person detector of YOLOv8 and later, which has no objectness, raw or end to end",
        Roles =
        [
            OutputRole.Plain(
                "output",
                [
                    AxisRule.Free("4 + classes; end_to_end: boxes"),
                    new("boxes; end_to_end: 6", static model => model.DecoderText("format") == "end_to_end" ? RowLength : null),
                ],
                "input pixels; raw: rows cx, cy, w, h, class scores, one column per box; end_to_end: x1, y1, x2, y2, score, class"),
        ],
        Parameters =
        [
            DecoderParameter.Word("format", "raw", ["raw", "end_to_end"], "end_to_end: an export that has suppressed already"),
            .. DetectorParameters.Define(score: 0.25, overlap: 0.7, rounding: "nearest"),
        ],
        ShapeRules = static (model, shapes) => model.DecoderText("format") == "raw" && shapes[0][0] >= shapes[0][1]
            ? [$"output output: must have more boxes than numbers for each, but is [{string.Join(',', shapes[0])}]"]
            : [],
        CreateDetector = static contract => new YoloDetector(contract),
    };

    private const int RowLength = 6;

    private readonly int _output;
    private readonly int _boxCount;
    private readonly int _classCount;
    private readonly bool _isEndToEnd;
    private readonly DetectorParameters _parameters;
    private readonly YoloPoseOptions _options;
    private readonly List<Detection> _candidates = [];
    private readonly List<Detection> _kept = [];

    public YoloDetector(ParserContract contract)
    {
        (_output, IReadOnlyList<int> shape, _) = contract.Output("output");
        _isEndToEnd = contract.Word("format") == "end_to_end";
        if (shape is not [int rows, int columns] || (_isEndToEnd ? columns != RowLength : rows <= 4))
        {
            throw contract.Mismatch(
                $"needs {(_isEndToEnd ? $"rows of {RowLength}" : "4 rows and the classes")} in the role 'output' but gives [{string.Join(',', shape)}]");
        }

        _boxCount = _isEndToEnd ? rows : columns;
        _classCount = rows - 4;
        _parameters = DetectorParameters.Of(contract, _isEndToEnd ? null : _classCount);
        _options = new() { Confidence = (float)_parameters.Score, OverlapThreshold = _parameters.Overlap, MaxDetections = int.MaxValue };
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation => _parameters.Preparation;

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        ReadOnlySpan<float> output = outputs.Output(_output, image);
        if (_isEndToEnd)
        {
            ReadRows(output);
        }
        else
        {
            YoloPose.Choose(output, _boxCount, _classCount, _options, _candidates, _kept);
        }

        people.Clear();
        foreach (Detection found in _kept)
        {
            if (found.Class == _parameters.Person)
            {
                people.Add(found with { Box = Boxes.ToFrame(found.Box, modelToPicture) });
            }
        }
    }

    private void ReadRows(ReadOnlySpan<float> output)
    {
        _kept.Clear();
        for (int index = 0; index < _boxCount; index++)
        {
            ReadOnlySpan<float> row = output.Slice(index * RowLength, RowLength);
            if (row[4] > _parameters.Score && row[5] == _parameters.Person)
            {
                _kept.Add(new(new(row[0], row[1], row[2], row[3]), row[4], _parameters.Person, row[4], index));
            }
        }

        _kept.Sort();
    }
}
