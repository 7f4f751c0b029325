using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>yolov3</c> (docs/spec, 5): rows whose best class is a person. The score is objectness times class score, so that
/// a threshold means the same for both families. With the rules <c>alphapose</c> it is objectness alone, boxes are compared in
/// pixels of the letterbox, and a frame that keeps more than 100 is done once more with a threshold smaller by 0.05. AlphaPose
/// counts those 100 over a batch; here it is each frame, because a frame's people may not depend on its neighbours. With one
/// frame a batch both are the same.
/// </summary>
internal sealed class Yolov3Detector : IPersonDetector
{
    /// <summary>YOLOv3-type detectors whose graph already decodes the anchors.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "yolov3",
        Summary = "person detector: decoded cx, cy, w, h in input pixels, objectness and class scores",
        Roles = [OutputRole.Plain("detections", [AxisRule.Free("boxes"), DetectorRows.Length], "decoded rows: cx, cy, w, h in input pixels, objectness, class scores")],
        Parameters =
        [
            .. DetectorParameters.Define(score: 0.05, overlap: 0.6, rounding: "nearest"),
            DecoderParameter.Word("rules", "plain", ["plain", "alphapose"], "alphapose: its letterbox, objectness as the score, more suppression above 100 people"),
        ],
        Rules = static model => model.DecoderText("rules") == "alphapose" && model.Input.Size.Width != model.Input.Size.Height
            ? [$"$.decoder.rules: alphapose needs a square input, not {model.Input.Size}"]
            : [],
        ShapeRules = static (model, shapes) => IsAnchorGrid(shapes[0][0], model.Input.Size) && shapes[0][0] > shapes[0][1]
            ? []
            : [$"output detections: dimension 1 must be the anchors of whole grids of the strides 8, 16 and 32 but is {shapes[0][0]}"],
        CreateDetector = static contract => new Yolov3Detector(contract),
    };

    // The largest stride first; a network may leave out the finest ones.
    private static bool IsAnchorGrid(int rows, PixelSize input)
    {
        int cells = 0;
        foreach (int stride in (ReadOnlySpan<int>)[32, 16, 8])
        {
            cells += input.Width / stride * (input.Height / stride);
            (int anchors, int rest) = cells == 0 ? (0, 1) : int.DivRem(rows, cells);
            bool isUsual = stride == 32 ? anchors is 5 or 6 or 9 : anchors is 1 or 2 or 3 or 4;
            if (rest == 0 && isUsual)
            {
                return true;
            }
        }

        return false;
    }

    private readonly DetectorRows _rows;
    private readonly Yolov3Options _options;
    private readonly List<Detection> _candidates = [];
    private readonly List<Detection> _people = [];
    private readonly List<Detection>[] _candidatesOfFrame;
    private readonly List<Detection>[] _peopleOfFrame;

    public Yolov3Detector(ParserContract contract)
    {
        _rows = DetectorRows.Of(contract);
        DetectorParameters parameters = DetectorParameters.Of(contract, _rows.ClassCount);
        Preparation = contract.Word("rules") == "alphapose" ? DetectorPreparation.AlphaPose : parameters.Preparation;
        (_candidatesOfFrame, _peopleOfFrame) = ([_candidates], [_people]);

        // Objectness bounds the score, so it can be held against the same threshold first.
        _options = new() { Confidence = (float)parameters.Score, OverlapThreshold = parameters.Overlap, Class = parameters.Person };
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation { get; }

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        Yolov3.Filter(outputs.Output(_rows.Output, image), _rows.ClassCount, _options, _candidates);
        if (Preparation == DetectorPreparation.AlphaPose)
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

/// <summary>How AlphaPose chooses people among YOLOv3 boxes (docs/spec, 5).</summary>
internal sealed record Yolov3Options
{
    /// <summary>Objectness a row must exceed. Default 0.05.</summary>
    public float Confidence { get; init; } = 0.05f;

    /// <summary>Overlap, in inclusive pixels, that drops a box. Default 0.6.</summary>
    public double OverlapThreshold { get; init; } = 0.6;

    /// <summary>The class wanted. Default 0, a person.</summary>
    public int Class { get; init; }

    /// <summary>More survivors than this in the whole batch, and everything is done once more. Default 100.</summary>
    public int RerunAbove { get; init; } = 100;

    /// <summary>With a threshold smaller by this. Default 0.05.</summary>
    public double RerunDelta { get; init; } = 0.05;
}

/// <summary>YOLOv3 as AlphaPose's detector (docs/spec, 5).</summary>
internal static class Yolov3
{
    /// <summary>Decodes one raw head into rows of cx, cy, w, h (letterbox pixels), objectness, class probabilities.</summary>
    /// <param name="raw">[A * (5 + C), g, g], planes of all attributes of an anchor together.</param>
    /// <param name="grid">g.</param>
    /// <param name="classCount">C.</param>
    /// <param name="anchors">Width and height in pixels, A of them.</param>
    /// <param name="stride">Input pixels per cell.</param>
    /// <param name="rows">Receives g * g * A rows of 5 + C, row (y * g + x) * A + a.</param>
    public static void DecodeHead(
        ReadOnlySpan<float> raw, int grid, int classCount, ReadOnlySpan<(float Width, float Height)> anchors, int stride,
        Span<float> rows)
    {
        int length = 5 + classCount, cells = grid * grid;
        for (int cell = 0; cell < cells; cell++)
        {
            for (int anchor = 0; anchor < anchors.Length; anchor++)
            {
                Span<float> row = rows.Slice(((cell * anchors.Length) + anchor) * length, length);
                ReadOnlySpan<float> planes = raw[((anchor * length * cells) + cell)..];
                row[0] = (KeypointMath.Sigmoid(planes[0]) + (cell % grid)) * stride;
                row[1] = (KeypointMath.Sigmoid(planes[cells]) + (cell / grid)) * stride;
                row[2] = MathF.Exp(planes[2 * cells]) * anchors[anchor].Width;
                row[3] = MathF.Exp(planes[3 * cells]) * anchors[anchor].Height;
                for (int attribute = 4; attribute < length; attribute++)
                {
                    row[attribute] = KeypointMath.Sigmoid(planes[attribute * cells]);
                }
            }
        }
    }

    /// <summary>Collects the rows of the wanted class.</summary>
    /// <param name="rows">Rows of 5 + C as <see cref="DecodeHead"/> makes them.</param>
    /// <param name="classCount">C.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="candidates">Cleared, then filled; boxes in letterbox pixels, score = objectness.</param>
    public static void Filter(ReadOnlySpan<float> rows, int classCount, Yolov3Options options, List<Detection> candidates)
    {
        candidates.Clear();
        int length = 5 + classCount;
        for (int index = 0; index < rows.Length / length; index++)
        {
            ReadOnlySpan<float> row = rows.Slice(index * length, length);
            if (!(row[4] > options.Confidence))
            {
                continue;
            }

            ReadOnlySpan<float> classes = row[5..];
            int best = new HeatmapPlane(classes, classes.Length, 1).IndexOfPeak();
            if (best == options.Class && classes[best] != 0)
            {
                candidates.Add(new(Boxes.FromCenter(row[0], row[1], row[2], row[3]), row[4], best, classes[best], index));
            }
        }
    }

    /// <summary>Suppresses image by image, and all of it once more when the batch as a whole keeps too many.</summary>
    /// <param name="candidates">One list per image; sorted in place.</param>
    /// <param name="options">The thresholds.</param>
    /// <param name="kept">One list per image; filled.</param>
    /// <returns>The threshold that was used in the end, and the survivors of the first pass.</returns>
    public static (double Threshold, int FirstSurvivors) Suppress(
        IReadOnlyList<List<Detection>> candidates, Yolov3Options options, IReadOnlyList<List<Detection>> kept)
    {
        int survivors = Pass(candidates, options.OverlapThreshold, kept);
        if (survivors <= options.RerunAbove)
        {
            return (options.OverlapThreshold, survivors);
        }

        double threshold = options.OverlapThreshold - options.RerunDelta;
        Pass(candidates, threshold, kept);
        return (threshold, survivors);
    }

    private static int Pass(IReadOnlyList<List<Detection>> candidates, double threshold, IReadOnlyList<List<Detection>> kept)
    {
        int survivors = 0;
        for (int image = 0; image < candidates.Count; image++)
        {
            NonMaximumSuppression.Run(candidates[image], new(threshold, Edge: 1, DropsEqual: true, IsPerClass: false),
                kept[image]);
            survivors += kept[image].Count;
        }

        return survivors;
    }

    /// <summary>Keeps a box inside a picture: x in [0, width], y in [0, height], as the reference does.</summary>
    public static BoundingBox Clamp(BoundingBox box, int width, int height) => new(
        Math.Clamp(box.XMin, 0, width), Math.Clamp(box.YMin, 0, height),
        Math.Clamp(box.XMax, 0, width), Math.Clamp(box.YMax, 0, height));
}
