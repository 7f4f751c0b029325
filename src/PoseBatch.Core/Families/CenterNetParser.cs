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
    /// <summary>CenterNet with joints.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "centernet-pose",
        Summary = "people as centres with boxes and joints that snap to heat maps; several people",
        Roles =
        [
            OutputRole.Map("hm", AxisRule.Exactly(1), "0 to 1, after the sigmoid: where a person's centre is"),
            OutputRole.Map("wh", AxisRule.Exactly(2), "width and height of the box, cells"),
            OutputRole.Map("hps", AxisRule.PerJoint(2), "cells from the centre, x then y per joint"),
            OutputRole.Map("reg", AxisRule.Exactly(2), "cells from the cell to the centre") with { IsRequired = false },
            OutputRole.Map("hm_hp", AxisRule.PerJoint(1), "0 to 1, after the sigmoid, one channel per joint") with { IsRequired = false },
            OutputRole.Map("hp_offset", AxisRule.Exactly(2), "cells from the cell to the joint") with { IsRequired = false },
        ],
        Parameters =
        [
            CellGrid.Stride(4),
            DecoderParameter.Whole("top_k", 100, 1, 1000, "people, and candidates per joint, at most"),
            DecoderParameter.Number("joint_threshold", 0.1, 0, 1, "score a joint candidate must exceed"),
            DecoderParameter.Number("center_threshold", 0.1, 0, 1, "score a centre must exceed"),
        ],
        Rules = static model => model.Outputs.Select(output => output.Layout).Distinct().Count() == 1
            ? CellGrid.Problems(model)
            : ["$.outputs: all outputs must have one layout", .. CellGrid.Problems(model)],
        CreateParser = static contract => new CenterNetParser(contract),
    };

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
