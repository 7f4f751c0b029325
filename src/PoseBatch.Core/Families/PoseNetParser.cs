using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>posenet</c> (docs/spec, 3 and 4). Roles <c>heatmap</c> (K logits) and <c>offset</c> (2K); mode multi also
/// <c>displacement_fwd</c> and <c>displacement_bwd</c> (32 each, 17 joints).
/// </summary>
internal sealed class PoseNetParser : IPoseParser
{
    private static readonly AxisRule Rows =
        new("(input height - 1) / stride + 1", static model => ((model.Input.Size.Height - 1) / CellGrid.StrideOf(model)) + 1);

    private static readonly AxisRule Columns =
        new("(input width - 1) / stride + 1", static model => ((model.Input.Size.Width - 1) / CellGrid.StrideOf(model)) + 1);

    private static readonly AxisRule TreeEdges =
        new("2 per joint but one", static model => 2 * (model.Skeleton.KeypointCount - 1));

    /// <summary>Heat maps of logits with offsets and, for several people, displacements along a tree.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "posenet",
        Summary = "heat maps of logits with y-first offsets in input pixels; one person, several people with displacements",
        AlignsCorners = true,
        Roles =
        [
            Map("heatmap", AxisRule.PerJoint(1), "logits, one channel per joint"),
            Map("offset", AxisRule.PerJoint(2), "input pixels: first all dy, then all dx"),
            Map("displacement_fwd", TreeEdges, "input pixels, parent to child: all dy, then all dx") with { IsRequired = false },
            Map("displacement_bwd", TreeEdges, "input pixels, child to parent: all dy, then all dx") with { IsRequired = false },
        ],
        Parameters =
        [
            DecoderParameter.Word("mode", "single", ["single", "multi"], "how many people are looked for; multi needs the displacements"),
            DecoderParameter.Whole("stride", null, 1, 64, "input pixels per cell; width and height must be a multiple of it plus 1"),
            DecoderParameter.Whole("max_detections", 5, 1, 1000, "people at most, mode multi"),
            DecoderParameter.Number("score_threshold", 0.5, 0, 1, "least score of a joint that starts a person, mode multi"),
            DecoderParameter.Number("nms_radius", 20, 0, 10000, "input pixels within which the same joint belongs to the same person, mode multi"),
            DecoderParameter.Word("variant", "tfjs", ["tfjs", "python"], "which reference's rules, mode multi"),
        ],
        Rules = Problems,
        CreateParser = static contract => new PoseNetParser(contract),
    };

    private readonly int _heatmap;
    private readonly int _offset;
    private readonly int _forward;
    private readonly int _backward;
    private readonly HeatmapShape _heatmapShape;
    private readonly HeatmapShape _offsetShape;
    private readonly int _outputStride;
    private readonly int[] _peaks;
    private readonly PoseNetMultiple? _multiple;

    public PoseNetParser(ParserContract contract)
    {
        (_heatmap, _heatmapShape) = contract.Maps("heatmap", contract.KeypointCount);
        (_offset, _offsetShape) = contract.Maps("offset", 2 * contract.KeypointCount, _heatmapShape);
        _peaks = new int[_heatmapShape.Channels];
        _outputStride = (int?)contract.FindNumber("stride") ?? StrideOf(contract.Model.Input.Size, _heatmapShape);
        if (_outputStride == 0)
        {
            throw contract.Mismatch(
                $"needs decoder parameter 'stride', as {_heatmapShape.Width}x{_heatmapShape.Height} cells "
                + $"do not span an input of {contract.Model.Input.Size} in whole equal steps");
        }

        if (contract.Word("mode") == "multi")
        {
            (_forward, HeatmapShape forward) = contract.Maps("displacement_fwd", 2 * PoseNetMultiple.EdgeCount, _heatmapShape);
            (_backward, HeatmapShape backward) = contract.Maps("displacement_bwd", 2 * PoseNetMultiple.EdgeCount, _heatmapShape);
            if (contract.KeypointCount != PoseNetMultiple.JointCount || forward != backward)
            {
                throw contract.Mismatch($"needs {PoseNetMultiple.JointCount} joints and displacements of one layout for several people");
            }

            PoseNetMultipleOptions options = new()
            {
                MaxDetections = contract.Whole("max_detections"),
                ScoreThreshold = contract.Number("score_threshold"),
                NmsRadius = (float)contract.Number("nms_radius"),
                IsPythonVariant = contract.Word("variant") == "python",
            };
            _multiple = new PoseNetMultiple(new(_heatmapShape, _offsetShape, forward), _outputStride, options);
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        int first = poses.Count;
        ReadOnlySpan<float> heatmap = outputs.Output(_heatmap, image), offset = outputs.Output(_offset, image);
        if (_multiple is null)
        {
            Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
            float score = PoseNetSingle.Parse(heatmap, _heatmapShape, offset, _offsetShape, _outputStride, _peaks, keypoints);
            poses.SetScore(first, score);
        }
        else
        {
            _multiple.Parse(heatmap, offset, outputs.Output(_forward, image), outputs.Output(_backward, image), poses);
        }

        for (int person = first; person < poses.Count; person++)
        {
            KeypointMath.ToFrame(poses.Keypoints(person), modelToFrame, PixelOrigin.Centre);
        }
    }

    private static OutputRole Map(string name, AxisRule channels, string meaning) => new(name, IsMap: true, [channels, Rows, Columns], meaning);

    private static IEnumerable<string> Problems(ModelDescription model)
    {
        int stride = CellGrid.StrideOf(model);
        if ((model.Input.Size.Width - 1) % stride != 0 || (model.Input.Size.Height - 1) % stride != 0)
        {
            string rule = $"width and height must be a multiple of the stride {stride} plus 1 (for example 257 or 513)";
            yield return $"$.input: {rule}, not {model.Input.Size}";
        }

        bool hasForward = model.IndexOfOutput("displacement_fwd") >= 0;
        if (hasForward != model.IndexOfOutput("displacement_bwd") >= 0)
        {
            yield return "$.outputs: displacement_fwd and displacement_bwd come together or not at all";
        }
        else if (model.DecoderText("mode") == "multi" && !hasForward)
        {
            yield return "$.decoder.mode: multi needs the outputs displacement_fwd and displacement_bwd";
        }

        if (model.DecoderText("mode") == "multi" && model.Skeleton.KeypointCount != PoseNetMultiple.JointCount)
        {
            yield return $"$.decoder.mode: multi knows the tree of {PoseNetMultiple.JointCount} joints, the skeleton has {model.Skeleton.KeypointCount}";
        }
    }

    // The first and the last cell lie on the first and the last pixel: (size - 1) / (cells - 1), the same on both axes.
    private static int StrideOf(PixelSize input, HeatmapShape grid)
    {
        if (grid.Width < 2 || grid.Height < 2)
        {
            return 0;
        }

        (int strideX, int restX) = int.DivRem(input.Width - 1, grid.Width - 1);
        (int strideY, int restY) = int.DivRem(input.Height - 1, grid.Height - 1);
        return restX == 0 && restY == 0 && strideX == strideY ? strideX : 0;
    }
}

/// <summary>PoseNet, one person per picture (docs/spec, 3).</summary>
internal static class PoseNetSingle
{
    /// <summary>Finds each joint where its own map peaks; always one pose, however weak.</summary>
    /// <param name="heatmap">Logits [h,w,K]; the peak is searched here, before the sigmoid makes ties of high values.</param>
    /// <param name="heatmapShape">How they lie.</param>
    /// <param name="offset">Input pixels [h,w,2K]: first K channels of dy, then K of dx.</param>
    /// <param name="offsetShape">How they lie; the same grid.</param>
    /// <param name="outputStride">Input pixels per cell; cell 0 is input pixel 0.</param>
    /// <param name="peaks">Scratch, one per joint.</param>
    /// <param name="keypoints">
    /// Receives K joints in model pixels, not clamped; the score is the sigmoid of the peak. A map of NaN gives
    /// <see cref="Keypoint.NotFound"/>, and so does an offset that is not finite.
    /// </param>
    /// <returns>The pose score: the mean of the K scores.</returns>
    public static float Parse(
        ReadOnlySpan<float> heatmap, HeatmapShape heatmapShape, ReadOnlySpan<float> offset, HeatmapShape offsetShape,
        int outputStride, Span<int> peaks, Span<Keypoint> keypoints)
    {
        HeatmapPeaks.Find(heatmap, heatmapShape, peaks);
        int jointCount = heatmapShape.Channels;
        for (int joint = 0; joint < jointCount; joint++)
        {
            int cell = peaks[joint];
            if (cell < 0)
            {
                keypoints[joint] = Keypoint.NotFound;
                continue;
            }

            (int row, int column) = int.DivRem(cell, heatmapShape.Width);
            float x = (column * outputStride) + offset[offsetShape[jointCount + joint, cell]];
            float y = (row * outputStride) + offset[offsetShape[joint, cell]];
            keypoints[joint] = KeypointMath.At(x, y, KeypointMath.Sigmoid(heatmap[heatmapShape[joint, cell]]));
        }

        return KeypointMath.MeanScore(keypoints[..jointCount]);
    }
}
