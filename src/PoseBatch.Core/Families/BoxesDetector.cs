using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>boxes</c>: detectors whose graph decodes and suppresses already, as MMDeploy exports YOLOX and RTMDet (docs/spec, 13.5).
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
            OutputRole.Plain("dets", [AxisRule.Found("boxes"), AxisRule.Exactly(5)], "x1, y1, x2, y2 in input pixels, score"),
            OutputRole.Plain("labels", [AxisRule.Found("boxes")], "class of each box, integers or floats") with { IsRequired = false, IsWhole = true },
        ],
        Parameters = DetectorParameters.Define(score: 0.3, overlap: 1, rounding: "nearest"),
        CreateDetector = static contract => new BoxesDetector(contract),
    };

    private const int RowLength = 5;

    private readonly int _boxes;
    private readonly int _labels;
    private readonly DetectorParameters _parameters;
    private readonly List<Detection> _candidates = [];

    public BoxesDetector(ParserContract contract)
    {
        (_boxes, IReadOnlyList<int> shape, _) = contract.Output("dets");
        _labels = contract.HasOutput("labels") ? contract.Output("labels").Index : -1;
        _parameters = DetectorParameters.Of(contract, classCount: null);
        if (shape is not [_, RowLength])
        {
            throw contract.Mismatch($"needs rows of {RowLength} numbers in the role 'dets' but gives [{string.Join(',', shape)}]");
        }
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation => _parameters.Preparation;

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        ReadOnlySpan<float> boxes = outputs.Output(_boxes, image), labels = _labels < 0 ? [] : outputs.Output(_labels, image);
        _candidates.Clear();
        for (int row = 0; row < boxes.Length / RowLength; row++)
        {
            ReadOnlySpan<float> box = boxes.Slice(row * RowLength, RowLength);
            if (box[4] > _parameters.Score && (_labels < 0 || (row < labels.Length && labels[row] == _parameters.Person)))
            {
                _candidates.Add(new(Boxes.ToFrame(new(box[0], box[1], box[2], box[3]), modelToPicture), box[4], _parameters.Person, box[4], row));
            }
        }

        NonMaximumSuppression.Run(_candidates, new(_parameters.Overlap, Edge: 0, DropsEqual: false, IsPerClass: false), people);
    }
}
