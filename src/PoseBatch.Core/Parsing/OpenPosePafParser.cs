using PoseBatch.Geometry;
using PoseBatch.Inference;
using PoseBatch.Poses;

namespace PoseBatch.Parsing;

/// <summary>
/// Family <c>openpose-paf</c> (spec section 10.1): 18 joints (openpose-18) or 25 (BODY-25). Roles <c>heatmap</c> (K + 1) and
/// <c>paf</c> (two per limb). Decoder parameters: <c>preset</c> (default, maximise_positives), <c>upsample</c> (the stride),
/// <c>nms_threshold</c>, <c>min_share_above</c>, <c>inter_threshold</c>, <c>min_count</c>, <c>min_score</c>.
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
        OpenPosePafOptions preset = contract.Choice("preset", "default", "maximise_positives") == 1
            ? OpenPosePafOptions.MaximisePositives
            : new();
        _grid = PafGrid.Read(contract, skeleton, upsample: 0);
        _assembly = new(skeleton, _grid.PartShape, _grid.FieldShape, _grid.Upsample, preset with
        {
            NmsThreshold = (float)contract.Number("nms_threshold", preset.NmsThreshold),
            MinShareAbove = (float)contract.Number("min_share_above", preset.MinShareAbove, least: 0, most: 1),
            InterThreshold = (float)contract.Number("inter_threshold", preset.InterThreshold),
            MinCount = contract.Whole("min_count", preset.MinCount, least: 1),
            MinScore = (float)contract.Number("min_score", preset.MinScore),
        });
    }

    /// <inheritdoc/>
    public void Parse(IInferenceSlot outputs, int image, in AffineMap modelToFrame, FramePoses poses) => _assembly.Parse(
        outputs.Output(_grid.Parts, image), outputs.Output(_grid.Fields, image), _grid.CellToModel.Then(modelToFrame), poses);
}
