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
