using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>tfpose-paf</c> (docs/spec, 10.2): openpose-18, or any joints with limbs of the package. Roles <c>heatmap</c> (K + 1) and
/// <c>paf</c> (two per limb).
/// </summary>
internal sealed class TfPosePafParser : IPoseParser
{
    /// <summary>Part heat maps and part affinity fields, put together by tf-pose's rules.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "tfpose-paf",
        Summary = "part heat maps with background and part affinity fields by tf-pose's rules, 18 joints, or any with limbs; several people",
        Roles = PafGrid.Roles,
        Parameters =
        [
            CellGrid.Stride(8),
            DecoderParameter.Whole("upsample", 4, 1, 64, "how many times the maps are enlarged before they are smoothed"),
            DecoderParameter.Number("peak_threshold", 0.05, 0, 1, "smoothed value a peak must exceed"),
            DecoderParameter.Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            DecoderParameter.Whole("min_count", 4, 1, SkeletonJson.MaxJoints, "joints a person needs"),
            DecoderParameter.Number("min_score", 0.3, 0, 2, "score per joint that a person needs"),
        ],
        Limbs = LimbUse.Fields,
        Rules = static model => PafGrid.Problems(model, PafSkeleton.Coco18.PartCount),
        ShapeRules = PafGrid.ChannelProblems,
        CreateParser = static contract => new TfPosePafParser(contract),
    };

    private readonly PafGrid _grid;
    private readonly TfPosePaf _assembly;

    public TfPosePafParser(ParserContract contract)
    {
        _grid = PafGrid.Read(contract, PafSkeleton.Coco18.PartCount);
        _assembly = new(_grid.Skeleton, _grid.PartShape, _grid.FieldShape, _grid.Upsample, new()
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
