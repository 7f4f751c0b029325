using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>centernet-pose</c> (docs/spec, 13.4). Roles <c>hm</c> (1), <c>wh</c> (2), <c>hps</c> (2K), all of one layout, and
/// if the network has them <c>reg</c> (2), <c>hm_hp</c> (K), <c>hp_offset</c> (2); heat after the sigmoid. Coordinates count
/// from pixel corners.
/// </summary>
internal sealed class CenterNetParser : IPoseParser
{
    private readonly int _centers;
    private readonly int _sizes;
    private readonly int _joints;
    private readonly int _centerOffsets;
    private readonly int _jointHeat;
    private readonly int _jointOffsets;
    private readonly AffineMap _cellToModel;
    private readonly CenterNet _reader;

    public CenterNetParser(ParserContract contract)
    {
        (_centers, HeatmapShape grid) = contract.Maps("hm", 1);
        _sizes = Same(contract, "wh", 2, grid);
        _joints = Same(contract, "hps", 2 * contract.KeypointCount, grid);
        _centerOffsets = contract.HasOutput("reg") ? Same(contract, "reg", 2, grid) : -1;
        _jointHeat = contract.HasOutput("hm_hp") ? Same(contract, "hm_hp", contract.KeypointCount, grid) : -1;
        _jointOffsets = contract.HasOutput("hp_offset") ? Same(contract, "hp_offset", 2, grid) : -1;
        PixelSize input = contract.Model.Input.Size;
        _cellToModel = AffineMap.Scale((double)input.Width / grid.Width, (double)input.Height / grid.Height, 0, 0);
        _reader = new(grid with { Channels = contract.KeypointCount }, new()
        {
            TopK = contract.Whole("top_k"),
            JointThreshold = (float)contract.Number("joint_threshold"),
            CenterThreshold = (float)contract.Number("center_threshold"),
        });
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses)
    {
        // Plain scaling on both sides: cells to corners of model pixels, those to corners of frame pixels.
        AffineMap cornerToCentre = AffineMap.Scale(1, 1, -0.5, -0.5), centreToCorner = AffineMap.Scale(1, 1, 0.5, 0.5);
        AffineMap cellToFrame = _cellToModel.Then(cornerToCentre).Then(modelToFrame).Then(centreToCorner);
        _reader.Parse(
            new()
            {
                Centers = outputs.Output(_centers, image),
                Sizes = outputs.Output(_sizes, image),
                Joints = outputs.Output(_joints, image),
                CenterOffsets = _centerOffsets < 0 ? [] : outputs.Output(_centerOffsets, image),
                JointHeat = _jointHeat < 0 ? [] : outputs.Output(_jointHeat, image),
                JointOffsets = _jointOffsets < 0 ? [] : outputs.Output(_jointOffsets, image),
            },
            cellToFrame,
            poses);
    }

    private static int Same(ParserContract contract, string role, int channels, HeatmapShape grid)
    {
        (int index, HeatmapShape shape) = contract.Maps(role, channels, grid);
        return shape.Layout == grid.Layout
            ? index
            : throw contract.Mismatch($"needs one layout for all outputs, but '{role}' has {shape.Layout}");
    }
}
