using PoseBatch.Geometry;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>openpose-paf</c> (docs/spec, 10.1): 18 joints (openpose-18), 25 (BODY-25), or any with limbs of the package. Roles
/// <c>heatmap</c> (K + 1) and <c>paf</c> (two per limb).
/// </summary>
internal sealed class OpenPosePafParser : IPoseParser
{
    // OpenPose's own networks, COCO-18 and BODY-25.
    private static readonly int[] JointCounts = [PafSkeleton.Coco18.PartCount, PafSkeleton.Body25.PartCount];

    /// <summary>Part heat maps and part affinity fields, put together by OpenPose's rules.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "openpose-paf",
        Summary = "part heat maps with background and part affinity fields by OpenPose's rules, 18 or 25 joints, or any with limbs; several people",
        Roles = PafGrid.Roles,
        Parameters =
        [
            CellGrid.Stride(8),
            DecoderParameter.Whole("upsample", 0, 0, 64, "how many times the maps are enlarged before peaks are looked for; 0: the stride"),
            DecoderParameter.Number("nms_threshold", 0.05, 0, 1, "value a peak must exceed"),
            DecoderParameter.Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            DecoderParameter.Number("min_share_above", 0.95, 0, 1, "share of the samples that must exceed it"),
            DecoderParameter.Whole("min_count", 3, 1, SkeletonJson.MaxJoints, "joints a person needs"),
            DecoderParameter.Number("min_score", 0.4, 0, 2, "score per joint that a person needs"),
            DecoderParameter.Word("feet", "ignored", ["ignored", "counted"], "25 joints without limbs: whether feet count like other joints"),
        ],
        Limbs = LimbUse.Fields,
        Rules = static model => PafGrid.Problems(model, JointCounts),
        ShapeRules = PafGrid.ChannelProblems,
        CreateParser = static contract => new OpenPosePafParser(contract),
    };

    private readonly PafGrid _grid;
    private readonly OpenPosePaf _assembly;

    public OpenPosePafParser(ParserContract contract)
    {
        _grid = PafGrid.Read(contract, JointCounts);
        _assembly = new(_grid.Skeleton, _grid.PartShape, _grid.FieldShape, _grid.Upsample, new()
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
