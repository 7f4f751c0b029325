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
    /// <summary>Part heat maps and part affinity fields, put together by OpenPose's rules.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "openpose-paf",
        Summary = "part heat maps with background and part affinity fields by OpenPose's rules, 18 or 25 joints; several people",
        Roles = PafGrid.Roles,
        Parameters =
        [
            CellGrid.Stride(8),
            DecoderParameter.Whole("upsample", 0, 0, 64, "how many times the maps are enlarged before peaks are looked for; 0: the stride"),
            DecoderParameter.Number("nms_threshold", 0.05, 0, 1, "value a peak must exceed"),
            DecoderParameter.Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            DecoderParameter.Number("min_share_above", 0.95, 0, 1, "share of the samples that must exceed it"),
            DecoderParameter.Whole("min_count", 3, 1, 25, "joints a person needs"),
            DecoderParameter.Number("min_score", 0.4, 0, 2, "score per joint that a person needs"),
            DecoderParameter.Word("feet", "ignored", ["ignored", "counted"], "25 joints: whether feet count like other joints"),
        ],
        Rules = static model => model.Skeleton.KeypointCount is 18 or 25
            ? CellGrid.Problems(model)
            : [$"$.skeleton: must have 18 or 25 joints, not {model.Skeleton.KeypointCount}", .. CellGrid.Problems(model)],
        CreateParser = static contract => new OpenPosePafParser(contract),
    };

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
