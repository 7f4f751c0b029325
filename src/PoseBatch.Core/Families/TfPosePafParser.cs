using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>tfpose-paf</c> (docs/spec, 10.2): openpose-18. Roles <c>heatmap</c> (19) and <c>paf</c> (38).
/// </summary>
internal sealed class TfPosePafParser : IPoseParser
{
    /// <summary>Part heat maps and part affinity fields, put together by tf-pose's rules.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "tfpose-paf",
        Summary = "part heat maps with background and part affinity fields by tf-pose's rules, 18 joints; several people",
        Roles = PafGrid.Roles,
        Parameters =
        [
            CellGrid.Stride(8),
            DecoderParameter.Whole("upsample", 4, 1, 64, "how many times the maps are enlarged before they are smoothed"),
            DecoderParameter.Number("peak_threshold", 0.05, 0, 1, "smoothed value a peak must exceed"),
            DecoderParameter.Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            DecoderParameter.Whole("min_count", 4, 1, 18, "joints a person needs"),
            DecoderParameter.Number("min_score", 0.3, 0, 2, "score per joint that a person needs"),
        ],
        Rules = static model => model.Skeleton.KeypointCount == PafSkeleton.Coco18.PartCount
            ? CellGrid.Problems(model)
            : [$"$.skeleton: must have {PafSkeleton.Coco18.PartCount} joints, not {model.Skeleton.KeypointCount}", .. CellGrid.Problems(model)],
        CreateParser = static contract => new TfPosePafParser(contract),
    };

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
