using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>blazepose-detector</c>: MediaPipe's detector of people for BlazePose, cut before its heads are joined (docs/spec, 13.9). A
/// person is a square around the middle of the hips; the network's own box, the face's, is not read.
/// </summary>
internal sealed class BlazePoseDetector : IPersonDetector
{
    /// <summary>MediaPipe's pose detector.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "blazepose-detector",
        Summary = "person detector of BlazePose: scores and points of fixed anchors in three grids; a square around the hips",
        Roles = [.. Grids.SelectMany(grid => new[] { ScoresOf(grid), PointsOf(grid) })],
        Parameters = DetectorParameters.Define(score: 0.5, overlap: 0.3, rounding: "nearest"),
        Rules = static model => model.Input.Size.Width % LargestStride == 0 && model.Input.Size.Height % LargestStride == 0
            ? []
            : [$"$.input: {model.Input.Size} is not a whole number of cells of stride {LargestStride}"],
        CreateDetector = static contract => new BlazePoseDetector(contract),
    };

    // x, y, width and height of the face, then x and y of four points: hips, size and rotation, shoulders, size of the upper body.
    private const int NumbersPerAnchor = 12, Hips = 4, Reach = 6;

    private const int LargestStride = 32;

    private readonly Head[] _heads;
    private readonly DetectorParameters _parameters;
    private readonly List<Detection> _candidates = [];

    public BlazePoseDetector(ParserContract contract)
    {
        _heads = [.. Grids.Select(grid =>
        {
            (int scores, HeatmapShape scoreShape) = contract.Maps(ScoresOf(grid).Name, grid.Anchors);
            (int points, HeatmapShape pointShape) = contract.Maps(PointsOf(grid).Name, NumbersPerAnchor * grid.Anchors, scoreShape);
            return new Head(grid.Stride, scores, scoreShape, points, pointShape);
        })];
        _parameters = DetectorParameters.Of(contract, classCount: 1);
    }

    /// <inheritdoc/>
    public DetectorPreparation Preparation => _parameters.Preparation;

    // Strides 8 and 16 have two anchors per cell, stride 32 stands for three layers of them.
    private static (int Stride, int Anchors)[] Grids => [(8, 2), (16, 2), (LargestStride, 6)];

    /// <inheritdoc/>
    public void Detect(IInferenceBuffers outputs, int image, in AffineMap modelToPicture, List<Detection> people)
    {
        _candidates.Clear();
        foreach (Head head in _heads)
        {
            Collect(head, outputs.Output(head.Scores, image), outputs.Output(head.Points, image), modelToPicture);
        }

        NonMaximumSuppression.Run(_candidates, new(_parameters.Overlap, Edge: 0, DropsEqual: false, IsPerClass: false), people);
    }

    private void Collect(Head head, ReadOnlySpan<float> scores, ReadOnlySpan<float> points, in AffineMap modelToPicture)
    {
        HeatmapShape grid = head.ScoreShape;
        for (int cell = 0; cell < grid.CellCount; cell++)
        {
            (int row, int column) = int.DivRem(cell, grid.Width);
            for (int anchor = 0; anchor < grid.Channels; anchor++)
            {
                float score = KeypointMath.Sigmoid(scores[grid[anchor, cell]]);
                if (!(score > _parameters.Score))
                {
                    continue;
                }

                // Every anchor of a cell has the same size, one, and lies in its middle.
                int first = NumbersPerAnchor * anchor;
                float x = ((column + 0.5f) * head.Stride) + points[head.PointShape[first + Hips, cell]];
                float y = ((row + 0.5f) * head.Stride) + points[head.PointShape[first + Hips + 1, cell]];
                float reachX = ((column + 0.5f) * head.Stride) + points[head.PointShape[first + Reach, cell]] - x;
                float reachY = ((row + 0.5f) * head.Stride) + points[head.PointShape[first + Reach + 1, cell]] - y;
                float side = 2 * MathF.Sqrt((reachX * reachX) + (reachY * reachY));
                BoundingBox box = Boxes.ToFrame(Boxes.FromCenter(x, y, side, side), modelToPicture);
                _candidates.Add(new(box, score, _parameters.Person, score, _candidates.Count));
            }
        }
    }

    private static OutputRole ScoresOf((int Stride, int Anchors) grid) =>
        Map($"scores_{grid.Stride}", grid, grid.Anchors, "logits, one per anchor of the cell");

    private static OutputRole PointsOf((int Stride, int Anchors) grid) => Map(
        $"points_{grid.Stride}", grid, NumbersPerAnchor * grid.Anchors, "12 numbers per anchor, input pixels from the middle of the cell: face, then hips, size, shoulders, upper body");

    private static OutputRole Map(string name, (int Stride, int Anchors) grid, int channels, string meaning) => new(
        name,
        IsMap: true,
        [
            AxisRule.Exactly(channels),
            new($"input height / {grid.Stride}", model => model.Input.Size.Height / grid.Stride),
            new($"input width / {grid.Stride}", model => model.Input.Size.Width / grid.Stride),
        ],
        meaning);

    private readonly record struct Head(int Stride, int Scores, HeatmapShape ScoreShape, int Points, HeatmapShape PointShape);
}
