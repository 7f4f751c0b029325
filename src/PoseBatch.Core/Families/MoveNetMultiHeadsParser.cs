using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>movenet-multi-heads</c>: MoveNet MultiPose from its six heads, by the rules of the decoder that Google's graph
/// (tfhub.dev/google/movenet/multipose/lightning/1) has behind them. A person is a peak of the centre map; each of its joints is
/// the strongest heat inside the person's box, weighted by the distance from where the regression points. Where several people of the
/// list lay claim to a cell, the largest of their weights is the joint's score for each of them, as in the graph.
/// </summary>
internal sealed class MoveNetMultiHeadsParser : IPoseParser
{
    /// <summary>MoveNet's graph for several people, cut before its decoder.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "movenet-multi-heads",
        Summary = "centre, box, heat map, regression and offset maps of MoveNet MultiPose, decoded by PoseBatch; several people",
        Roles =
        [
            OutputRole.Map("heatmap", AxisRule.PerJoint(1), "0 to 1, one channel per joint"),
            OutputRole.Map("center", AxisRule.Exactly(1), "0 to 1, where people's centres are"),
            OutputRole.Map("regression", AxisRule.PerJoint(2), "cells from the centre, y then x per joint"),
            OutputRole.Map("offset", AxisRule.PerJoint(2), "cells from the joint's cell, y then x per joint"),
            OutputRole.Map("box_scale", AxisRule.Exactly(2), "height and width of the box, cells"),
            OutputRole.Map("box_offset", AxisRule.Exactly(2), "cells from the centre's cell to the middle of the box, y then x"),
        ],
        Parameters =
        [
            CellGrid.Stride(4),
            DecoderParameter.Whole("max_detections", 6, 1, 1000, "people at most"),
            DecoderParameter.Number("min_score", 0.25, 0, 1, "score a person needs"),
            DecoderParameter.Number("joint_threshold", 0.126953125, 0, 1, "score a joint must exceed to count for the person's score"),
            DecoderParameter.Number("spread", 0.300048828125, 0.001, 1000, "by how much of the grid's shorter side squared distances in cells are divided before they weigh the heat"),
        ],
        Rules = CellGrid.Problems,
        CreateParser = static contract => new MoveNetMultiHeadsParser(contract),
    };

    // A peak is the largest of the cells at most so far away, on each axis.
    private const int PeakReach = 2;

    // The graph compares a cell with the largest around it by this difference.
    private const float PeakTolerance = 1e-6f;

    private readonly Head _heatmap, _center, _regression, _offset, _boxScale, _boxOffset;
    private readonly float _minScore, _jointThreshold, _spread;
    private readonly (float X, float Y) _cellSize;
    private readonly (int Cell, float Score)[] _peaks;
    private readonly CellBox[] _boxes;
    private readonly float[] _rowWeights, _columnWeights;

    public MoveNetMultiHeadsParser(ParserContract contract)
    {
        int joints = contract.KeypointCount;
        _heatmap = new(contract.Maps("heatmap", joints));
        _center = new(contract.Maps("center", 1, _heatmap.Shape));
        _regression = new(contract.Maps("regression", 2 * joints, _heatmap.Shape));
        _offset = new(contract.Maps("offset", 2 * joints, _heatmap.Shape));
        _boxScale = new(contract.Maps("box_scale", 2, _heatmap.Shape));
        _boxOffset = new(contract.Maps("box_offset", 2, _heatmap.Shape));
        _minScore = (float)contract.Number("min_score");
        _jointThreshold = (float)contract.Number("joint_threshold");
        _spread = (float)contract.Number("spread") * Math.Min(_heatmap.Shape.Width, _heatmap.Shape.Height);
        _cellSize = ((float)contract.Model.Input.Size.Width / _heatmap.Shape.Width, (float)contract.Model.Input.Size.Height / _heatmap.Shape.Height);
        _peaks = new (int, float)[(int)contract.Number("max_detections")];
        _boxes = new CellBox[_peaks.Length];
        _rowWeights = new float[_heatmap.Shape.Height];
        _columnWeights = new float[_heatmap.Shape.Width];
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        int count = FindPeaks(new(outputs.Output(_center.Output, image), _center.Shape, 0));
        for (int index = 0; index < count; index++)
        {
            _boxes[index] = BoxAt(outputs, image, _peaks[index].Cell);
        }

        // A person's score is at most that of its centre, and the next are weaker.
        for (int index = 0; index < count && _peaks[index].Score >= _minScore; index++)
        {
            CellBox box = _boxes[index];
            (float left, float top) = modelToFrame.ToFrame(PixelOrigin.Centre, box.Left * _cellSize.X, box.Top * _cellSize.Y);
            (float right, float bottom) = modelToFrame.ToFrame(PixelOrigin.Centre, box.Right * _cellSize.X, box.Bottom * _cellSize.Y);
            Span<Keypoint> keypoints = poses.Add(0, new(left, top, right, bottom));
            float score = _peaks[index].Score * FindJoints(outputs, image, index, count, keypoints);
            if (score >= _minScore)
            {
                poses.SetScore(poses.Count - 1, score);
                KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
            }
            else
            {
                poses.RemoveLast();
            }
        }
    }

    /// <summary>The strongest peaks, strongest first, the first of equals first.</summary>
    private int FindPeaks(HeatmapPlane centers)
    {
        int count = 0;
        for (int row = 0; row < centers.Height; row++)
        {
            for (int column = 0; column < centers.Width; column++)
            {
                float value = centers[row, column];
                bool isWanted = count < _peaks.Length ? value > 0 : value > _peaks[^1].Score;
                if (isWanted && IsPeak(centers, row, column, value))
                {
                    int place = count < _peaks.Length ? count++ : count - 1;
                    for (; place > 0 && value > _peaks[place - 1].Score; place--)
                    {
                        _peaks[place] = _peaks[place - 1];
                    }

                    _peaks[place] = ((row * centers.Width) + column, value);
                }
            }
        }

        return count;
    }

    private static bool IsPeak(HeatmapPlane centers, int row, int column, float value)
    {
        for (int y = Math.Max(0, row - PeakReach); y <= Math.Min(centers.Height - 1, row + PeakReach); y++)
        {
            for (int x = Math.Max(0, column - PeakReach); x <= Math.Min(centers.Width - 1, column + PeakReach); x++)
            {
                if (centers[y, x] - value >= PeakTolerance)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private CellBox BoxAt(IInferenceBuffers outputs, int image, int cell)
    {
        ReadOnlySpan<float> scale = outputs.Output(_boxScale.Output, image), offset = outputs.Output(_boxOffset.Output, image);
        (int row, int column) = int.DivRem(cell, _center.Shape.Width);
        float middleY = row + offset[_boxOffset.Shape[0, cell]], middleX = column + offset[_boxOffset.Shape[1, cell]];
        float halfHeight = MathF.Max(scale[_boxScale.Shape[0, cell]], 0) / 2, halfWidth = MathF.Max(scale[_boxScale.Shape[1, cell]], 0) / 2;
        return new(
            Inside(middleX - halfWidth, _center.Shape.Width),
            Inside(middleY - halfHeight, _center.Shape.Height),
            Inside(middleX + halfWidth, _center.Shape.Width),
            Inside(middleY + halfHeight, _center.Shape.Height));
    }

    // Not a number becomes 0: a box without cells, in which nothing is found.
    private static float Inside(float cells, int side) => cells > 0 ? MathF.Min(cells, side) : 0;

    /// <summary>Fills in the joints of one person in model pixels.</summary>
    /// <returns>The mean score of the joints above the threshold; 0 when there are none.</returns>
    private float FindJoints(IInferenceBuffers outputs, int image, int person, int personCount, Span<Keypoint> keypoints)
    {
        ReadOnlySpan<float> heatmap = outputs.Output(_heatmap.Output, image), offset = outputs.Output(_offset.Output, image);
        ReadOnlySpan<float> regression = outputs.Output(_regression.Output, image);
        float sum = 0;
        int count = 0;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            (float guessedRow, float guessedColumn) = Guess(regression, _peaks[person].Cell, joint);
            Weigh(_rowWeights, guessedRow);
            Weigh(_columnWeights, guessedColumn);
            HeatmapPlane heat = new(heatmap, _heatmap.Shape, joint);
            int best = Strongest(heat, _boxes[person]);
            if (best < 0)
            {
                keypoints[joint] = Keypoint.NotFound;
                continue;
            }

            (int row, int column) = int.DivRem(best, _heatmap.Shape.Width);
            float weight = _rowWeights[row] * _columnWeights[column];
            for (int other = 0; other < personCount; other++)
            {
                if (_boxes[other].Holds(row, column))
                {
                    (guessedRow, guessedColumn) = Guess(regression, _peaks[other].Cell, joint);
                    weight = MathF.Max(weight, Weight(row - guessedRow) * Weight(column - guessedColumn));
                }
            }

            float score = heat[best] * weight;
            keypoints[joint] = KeypointMath.At(
                (column + offset[_offset.Shape[(2 * joint) + 1, best]]) * _cellSize.X, (row + offset[_offset.Shape[2 * joint, best]]) * _cellSize.Y, score);
            if (score > _jointThreshold)
            {
                sum += score;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }

    private (float Row, float Column) Guess(ReadOnlySpan<float> regression, int cell, int joint)
    {
        (int row, int column) = int.DivRem(cell, _center.Shape.Width);
        return (row + regression[_regression.Shape[2 * joint, cell]], column + regression[_regression.Shape[(2 * joint) + 1, cell]]);
    }

    // exp(-(dx^2 + dy^2) / spread) is a product of one factor for the row and one for the column.
    private void Weigh(float[] weights, float middle)
    {
        for (int index = 0; index < weights.Length; index++)
        {
            weights[index] = Weight(index - middle);
        }
    }

    private float Weight(float cells) => MathF.Exp(-cells * cells / _spread);

    private int Strongest(HeatmapPlane heat, CellBox box)
    {
        (int best, float score) = (-1, 0);
        for (int row = (int)MathF.Ceiling(box.Top); row < box.Bottom; row++)
        {
            for (int column = (int)MathF.Ceiling(box.Left); column < box.Right; column++)
            {
                float value = heat[row, column] * _rowWeights[row] * _columnWeights[column];
                if (value > score)
                {
                    (best, score) = ((row * heat.Width) + column, value);
                }
            }
        }

        return best;
    }

    /// <summary>A person's box in cells, cut at the grid.</summary>
    private readonly record struct CellBox(float Left, float Top, float Right, float Bottom)
    {
        public bool Holds(int row, int column) => row >= Top && row < Bottom && column >= Left && column < Right;
    }

    /// <summary>One output of the network and how its maps lie in it.</summary>
    private readonly record struct Head(int Output, HeatmapShape Shape)
    {
        public Head((int Output, HeatmapShape Shape) maps)
            : this(maps.Output, maps.Shape)
        {
        }
    }
}
