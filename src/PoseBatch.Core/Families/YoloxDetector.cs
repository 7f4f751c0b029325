using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>Family <c>yolox</c> (docs/spec, 13.2): score is objectness times class score; overlap judged on inclusive pixels.</summary>
internal sealed class YoloxDetector : IPersonDetector
{
    private static readonly AxisRule Cells =
        new("cells of the strides 8, 16 and 32", static model => CellsOf(model, 8) + CellsOf(model, 16) + CellsOf(model, 32));

    /// <summary>YOLOX: one row per cell of three grids, not yet decoded.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "yolox",
        Summary = "person detector: raw x, y, w, h, objectness and class scores per cell of three grids",
        Roles = [OutputRole.Plain("detections", [Cells, DetectorRows.Length], "raw rows")],
        Parameters = DetectorParameters.Define(score: 0.3, overlap: 0.45, rounding: "down"),
        CreateDetector = static contract => new YoloxDetector(contract),
    };

    private readonly DetectorRows _rows;
    private readonly PixelSize _input;
    private readonly YoloxOptions _options;
    private readonly List<Detection> _candidates = [];

    public YoloxDetector(ParserContract contract)
    {
        _rows = DetectorRows.Of(contract);
        _input = contract.Model.Input.Size;
        DetectorParameters parameters = DetectorParameters.Of(contract, _rows.ClassCount);
        _options = new() { ScoreThreshold = (float)parameters.Score, OverlapThreshold = parameters.Overlap, OnlyClass = parameters.Person };
        Preparation = parameters.Preparation;
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation { get; }

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people) =>
        Yolox.Parse(outputs.Output(_rows.Output, image), _rows.ClassCount, _input, modelToPicture, _options, _candidates, people);

    private static int CellsOf(ModelDescription model, int stride) =>
        model.Input.Size.Width / stride * (model.Input.Size.Height / stride);
}

/// <summary>How YOLOX boxes are chosen (docs/spec, 13.2).</summary>
internal sealed record YoloxOptions
{
    /// <summary>Score (objectness times class) a box must exceed. Default 0.3.</summary>
    public float ScoreThreshold { get; init; } = 0.3f;

    /// <summary>Overlap a box must exceed to be dropped. Default 0.45.</summary>
    public double OverlapThreshold { get; init; } = 0.45;

    /// <summary>The only class wanted, or null for all.</summary>
    public int? OnlyClass { get; init; }
}

/// <summary>YOLOX, raw output of all three strides (docs/spec, 13.2).</summary>
internal static class Yolox
{
    private static readonly int[] Strides = [8, 16, 32];

    /// <summary>Decodes and suppresses.</summary>
    /// <param name="output">N rows of 5 + C: box, objectness, class scores; strides 8, 16, 32, cells row by row.</param>
    /// <param name="classCount">C.</param>
    /// <param name="input">Size of the model input, pixels.</param>
    /// <param name="modelToFrame">The way back; the corner convention is applied here.</param>
    /// <param name="options">How boxes are chosen.</param>
    /// <param name="candidates">Scratch.</param>
    /// <param name="kept">Receives the boxes in frame pixels, by falling score.</param>
    /// <exception cref="ArgumentException">The rows are not those of an input of that size.</exception>
    public static void Parse(
        ReadOnlySpan<float> output, int classCount, PixelSize input, in AffineMap modelToFrame, YoloxOptions options,
        List<Detection> candidates, List<Detection> kept)
    {
        candidates.Clear();
        int length = 5 + classCount;
        int row = 0;
        foreach (int stride in Strides)
        {
            int width = input.Width / stride, height = input.Height / stride;
            for (int cell = 0; cell < width * height; cell++, row++)
            {
                Consider(output.Slice(row * length, length), cell % width, cell / width, stride, row, modelToFrame, options,
                    candidates);
            }
        }

        if (row * length != output.Length)
        {
            throw new ArgumentException($"An input of {input} has {row} rows of {length}, not {output.Length} numbers.",
                nameof(output));
        }

        NonMaximumSuppression.Run(candidates, new(options.OverlapThreshold, Edge: 1, DropsEqual: false, IsPerClass: true), kept);
    }

    private static void Consider(
        ReadOnlySpan<float> row, int column, int line, int stride, int index, in AffineMap modelToFrame, YoloxOptions options,
        List<Detection> candidates)
    {
        // Objectness bounds every class score, so most rows end here. A NaN ends here too.
        float objectness = row[4];
        if (!(objectness > options.ScoreThreshold))
        {
            return;
        }

        for (int category = 0; category < row.Length - 5; category++)
        {
            float score = objectness * row[5 + category];
            if (score > options.ScoreThreshold && (options.OnlyClass is null || options.OnlyClass == category))
            {
                BoundingBox box = Boxes.ToFrame(
                    Boxes.FromCenter(
                        (row[0] + column) * stride, (row[1] + line) * stride, MathF.Exp(row[2]) * stride, MathF.Exp(row[3]) * stride),
                    modelToFrame);
                candidates.Add(new(box, score, category, row[5 + category], index));
            }
        }
    }
}
