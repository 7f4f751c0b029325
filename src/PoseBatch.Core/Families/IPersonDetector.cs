using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>
/// Reads the people out of one image's outputs of a detector. Allocates nothing per frame and may keep scratch memory, so
/// each worker has its own.
/// </summary>
internal interface IPersonDetector
{
    /// <summary>Finds people.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the image in the last run.</param>
    /// <param name="modelToPicture">Model input pixels (pixel centres at integers) to picture pixels.</param>
    /// <param name="people">Cleared, then filled with boxes in picture pixels by falling score; they may reach outside.</param>
    void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people);
}

/// <summary>The register of detector families, as <see cref="PoseParsers"/> is that of pose families.</summary>
internal static class PersonDetectors
{
    /// <summary>Makes the reader of a detector's outputs, for one worker.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: not a detector, or its outputs or parameters do not fit.</exception>
    public static IPersonDetector Create(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> outputShapes)
    {
        ParserContract contract = new(model, outputShapes);
        return model.Family switch
        {
            "yolox" => new YoloxDetector(contract),
            "yolov3" => new Yolov3Detector(contract),
            _ => throw contract.Mismatch("is no detector that this version can read; those are of the families yolox and yolov3"),
        };
    }
}

/// <summary>What both families read from their package: rows of box, objectness and class scores, and three parameters.</summary>
internal readonly record struct DetectorRows(int Output, int ClassCount, int Person, double Score, double Overlap)
{
    /// <summary>Reads it.</summary>
    public static DetectorRows Of(ParserContract contract)
    {
        (int output, IReadOnlyList<int> shape, _) = contract.Output("detections");
        if (shape is not [_, > 5])
        {
            throw contract.Mismatch($"needs rows of 5 numbers and the classes in the role 'detections' but gives [{string.Join(',', shape)}]");
        }

        int person = contract.Whole("person_class");
        return person < shape[1] - 5
            ? new(output, shape[1] - 5, person, contract.Number("score_threshold"), contract.Number("nms_overlap"))
            : throw contract.Mismatch($"has {shape[1] - 5} classes, so class {person} cannot mean a person");
    }
}

/// <summary>Family <c>yolox</c> (docs/spec, 13.2): score is objectness times class score; overlap judged on inclusive pixels.</summary>
internal sealed class YoloxDetector : IPersonDetector
{
    private readonly DetectorRows _rows;
    private readonly PixelSize _input;
    private readonly YoloxOptions _options;
    private readonly List<Detection> _candidates = [];

    public YoloxDetector(ParserContract contract)
    {
        _rows = DetectorRows.Of(contract);
        _input = contract.Model.Input.Size;
        _options = new() { ScoreThreshold = (float)_rows.Score, OverlapThreshold = _rows.Overlap, OnlyClass = _rows.Person };
    }

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people) =>
        Yolox.Parse(outputs.Output(_rows.Output, image), _rows.ClassCount, _input, modelToPicture, _options, _candidates, people);
}

/// <summary>
/// Family <c>yolov3</c> (docs/spec, 5): rows whose best class is a person. The score is objectness times class score, so that
/// a threshold means the same for both families. With the rules <c>alphapose</c> it is objectness alone, boxes are compared in
/// pixels of the letterbox, and a frame that keeps more than 100 is done once more with a threshold smaller by 0.05. AlphaPose
/// counts those 100 over a batch; here it is each frame, because a frame's people may not depend on its neighbours. With one
/// frame a batch both are the same.
/// </summary>
internal sealed class Yolov3Detector : IPersonDetector
{
    private readonly DetectorRows _rows;
    private readonly Yolov3Options _options;
    private readonly List<Detection> _candidates = [];
    private readonly List<Detection> _people = [];
    private readonly List<Detection>[] _candidatesOfFrame;
    private readonly List<Detection>[] _peopleOfFrame;
    private readonly bool _isAlphaPose;

    public Yolov3Detector(ParserContract contract)
    {
        _rows = DetectorRows.Of(contract);
        _isAlphaPose = contract.Word("rules") == "alphapose";
        (_candidatesOfFrame, _peopleOfFrame) = ([_candidates], [_people]);

        // Objectness bounds the score, so it can be held against the same threshold first.
        _options = new() { Confidence = (float)_rows.Score, OverlapThreshold = _rows.Overlap, Class = _rows.Person };
    }

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        Yolov3.Filter(outputs.Output(_rows.Output, image), _rows.ClassCount, _options, _candidates);
        if (_isAlphaPose)
        {
            Yolov3.Suppress(_candidatesOfFrame, _options, _peopleOfFrame);
            people.Clear();
            foreach (Detection person in _people)
            {
                people.Add(person with { Box = Boxes.ToFrame(person.Box, modelToPicture) });
            }

            return;
        }

        _people.Clear();
        foreach (Detection candidate in _candidates)
        {
            float score = candidate.Score * candidate.ClassScore;
            if (score > _options.Confidence)
            {
                _people.Add(candidate with { Box = Boxes.ToFrame(candidate.Box, modelToPicture), Score = score });
            }
        }

        NonMaximumSuppression.Run(_people, new(_options.OverlapThreshold, Edge: 1, DropsEqual: true, IsPerClass: false), people);
    }
}
