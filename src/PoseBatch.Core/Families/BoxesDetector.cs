using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>boxes</c>: detectors whose graph decodes and suppresses already, as MMDeploy exports YOLOX and RTMDet, or
/// that suppress nothing, as RT-DETR (docs/spec, 13.5).
/// </summary>
internal sealed class BoxesDetector : IPersonDetector
{
    /// <summary>Boxes after suppression.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "boxes",
        Summary = "person detector whose graph suppresses already: x1, y1, x2, y2, score per box, and its class",
        Roles =
        [
            OutputRole.Plain("dets", [AxisRule.Found("boxes"), new("5; 4 beside scores", RowLengthOf)], "x1, y1, x2, y2 in input pixels, score"),
            OutputRole.Plain("labels", [AxisRule.Found("boxes")], "class of each box, integers or floats") with { IsRequired = false, IsWhole = true },
            OutputRole.Plain("scores", [AxisRule.Found("boxes")], "score of each box, where dets has none") with { IsRequired = false },
        ],
        Parameters = DetectorParameters.Define(score: 0.3, overlap: 1, rounding: "nearest"),
        CreateDetector = static contract => new BoxesDetector(contract),
    };

    private readonly int _boxes;
    private readonly int _rowLength;
    private readonly int _labels;
    private readonly int _scores;
    private readonly DetectorParameters _parameters;
    private readonly List<Detection> _candidates = [];

    public BoxesDetector(ParserContract contract)
    {
        (_boxes, IReadOnlyList<int> shape, _) = contract.Output("dets");
        _labels = contract.HasOutput("labels") ? contract.Output("labels").Index : -1;
        _scores = contract.HasOutput("scores") ? contract.Output("scores").Index : -1;
        _parameters = DetectorParameters.Of(contract, classCount: null);
        _rowLength = RowLengthOf(contract.Model)!.Value;
        if (shape is not [_, int length] || length != _rowLength)
        {
            throw contract.Mismatch($"needs rows of {_rowLength} numbers in the role 'dets' but gives [{string.Join(',', shape)}]");
        }
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation => _parameters.Preparation;

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        ReadOnlySpan<float> boxes = outputs.Output(_boxes, image), labels = _labels < 0 ? [] : outputs.Output(_labels, image);
        ReadOnlySpan<float> scores = _scores < 0 ? [] : outputs.Output(_scores, image);
        _candidates.Clear();
        for (int row = 0; row < boxes.Length / _rowLength; row++)
        {
            ReadOnlySpan<float> box = boxes.Slice(row * _rowLength, _rowLength);
            float score = _scores < 0 ? box[4] : row < scores.Length ? scores[row] : 0;
            if (score > _parameters.Score && (_labels < 0 || (row < labels.Length && labels[row] == _parameters.Person)))
            {
                _candidates.Add(new(Boxes.ToFrame(new(box[0], box[1], box[2], box[3]), modelToPicture), score, _parameters.Person, score, row));
            }
        }

        NonMaximumSuppression.Run(_candidates, new(_parameters.Overlap, Edge: 0, DropsEqual: false, IsPerClass: false), people);
    }

    private static int? RowLengthOf(ModelDescription model) => model.IndexOfOutput("scores") < 0 ? 5 : 4;
}
