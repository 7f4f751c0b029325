using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Inference;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>
/// Family <c>posenet</c> (spec section 3). Roles <c>heatmap</c> (K logits) and <c>offset</c> (2K). Decoder parameters:
/// <c>mode</c> (single), <c>stride</c> (input pixels per cell; from the shapes when absent).
/// </summary>
internal sealed class PoseNetParser : IPoseParser
{
    private readonly int _heatmap;
    private readonly int _offset;
    private readonly HeatmapShape _heatmapShape;
    private readonly HeatmapShape _offsetShape;
    private readonly int _outputStride;
    private readonly int[] _peaks;

    public PoseNetParser(ParserContract contract)
    {
        contract.Choice("mode", "single");
        (_heatmap, _heatmapShape) = contract.Maps("heatmap", contract.KeypointCount);
        (_offset, _offsetShape) = contract.Maps("offset", 2 * contract.KeypointCount, _heatmapShape);
        _outputStride = contract.Whole("stride", StrideOf(contract.Model.Input.Size, _heatmapShape), 0);
        _peaks = new int[_heatmapShape.Channels];
        if (_outputStride == 0)
        {
            throw contract.Mismatch(
                $"needs decoder parameter 'stride', as {_heatmapShape.Width}x{_heatmapShape.Height} cells "
                + $"do not span an input of {contract.Model.Input.Size} in whole equal steps");
        }
    }

    /// <inheritdoc/>
    public void Parse(IInferenceSlot outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        Span<Keypoint> keypoints = poses.Add(0, BoundingBox.None);
        float score = PoseNetSingle.Parse(
            outputs.Output(_heatmap, image), _heatmapShape, outputs.Output(_offset, image), _offsetShape,
            _outputStride, _peaks, keypoints);
        poses.SetScore(poses.Count - 1, score);
        KeypointMath.ToFrame(keypoints, modelToFrame, PixelOrigin.Centre);
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
