using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>openpose-paf</c> (docs/spec, 10.1): 18 joints (openpose-18) or 25 (BODY-25). Roles <c>heatmap</c> (K + 1) and
/// <c>paf</c> (two per limb).
/// </summary>
internal sealed class OpenPosePafParser : IPoseParser
{
    private readonly PafGrid _grid;
    private readonly OpenPosePaf _assembly;

    public OpenPosePafParser(ParserContract contract)
    {
        PafSkeleton skeleton = contract.KeypointCount switch
        {
            18 => PafSkeleton.Coco18,
            25 => PafSkeleton.Body25,
            int count => throw contract.Mismatch($"needs a skeleton of 18 or 25 joints but has {count}"),
        };
        _grid = PafGrid.Read(contract, skeleton);
        _assembly = new(skeleton, _grid.PartShape, _grid.FieldShape, _grid.Upsample, new()
        {
            NmsThreshold = (float)contract.Number("nms_threshold"),
            MinShareAbove = (float)contract.Number("min_share_above"),
            InterThreshold = (float)contract.Number("inter_threshold"),
            MinCount = contract.Whole("min_count"),
            MinScore = (float)contract.Number("min_score"),
            CountsFeet = contract.Word("feet") == "counted",
        });
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses) => _assembly.Parse(
        outputs.Output(_grid.Parts, image), outputs.Output(_grid.Fields, image), _grid.CellToModel.Then(modelToFrame), poses);
}
