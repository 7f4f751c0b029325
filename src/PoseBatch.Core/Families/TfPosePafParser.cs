using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>tfpose-paf</c> (docs/spec, 10.2): openpose-18. Roles <c>heatmap</c> (19) and <c>paf</c> (38).
/// </summary>
internal sealed class TfPosePafParser : IPoseParser
{
    private readonly PafGrid _grid;
    private readonly TfPosePaf _assembly;

    public TfPosePafParser(ParserContract contract)
    {
        if (contract.KeypointCount != PafSkeleton.Coco18.PartCount)
        {
            throw contract.Mismatch($"needs a skeleton of {PafSkeleton.Coco18.PartCount} joints but has {contract.KeypointCount}");
        }

        _grid = PafGrid.Read(contract, PafSkeleton.Coco18);
        _assembly = new(_grid.PartShape, _grid.FieldShape, _grid.Upsample, new()
        {
            PeakThreshold = (float)contract.Number("peak_threshold"),
            InterThreshold = (float)contract.Number("inter_threshold"),
            MinCount = contract.Whole("min_count"),
            MinScore = (float)contract.Number("min_score"),
        });
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, in AffineMap modelToFrame, FramePoses poses) => _assembly.Parse(
        outputs.Output(_grid.Parts, image), outputs.Output(_grid.Fields, image), _grid.CellToModel.Then(modelToFrame), poses);
}
