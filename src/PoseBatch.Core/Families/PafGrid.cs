using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// The two outputs that both families of part affinity fields share, and how their enlarged grid lies on the input.
/// </summary>
internal readonly record struct PafGrid(int Parts, HeatmapShape PartShape, int Fields, HeatmapShape FieldShape, int Upsample,
    AffineMap CellToModel)
{
    /// <summary>The two outputs, by role.</summary>
    public static IReadOnlyList<OutputRole> Roles { get; } =
    [
        OutputRole.Map(
            "heatmap", new("1 per joint, then background", static model => model.Skeleton.KeypointCount + 1), "0 to 1, background last"),

        // Not by the bones of the skeleton: those are for drawing, the fields are the network's.
        OutputRole.Map(
            "paf", new("38 for 18 joints, 52 for 25", static model => model.Skeleton.KeypointCount switch { 18 => 38, 25 => 52, _ => null }),
            "unit vectors along limbs, x and y in OpenPose's channel order"),
    ];

    /// <summary>
    /// Reads roles <c>heatmap</c> (parts and background) and <c>paf</c>, and the decoder parameter <c>upsample</c>.
    /// </summary>
    /// <param name="contract">The model.</param>
    /// <param name="skeleton">Parts and limbs the family assembles.</param>
    /// <exception cref="PoseBatchException">model_mismatch.</exception>
    public static PafGrid Read(ParserContract contract, PafSkeleton skeleton)
    {
        (int parts, HeatmapShape partShape) = contract.Maps("heatmap", skeleton.PartCount + 1);
        (int fields, HeatmapShape fieldShape) = contract.Maps("paf", skeleton.FieldCount, partShape);
        PixelSize input = contract.Model.Input.Size;
        (int stride, int rest) = int.DivRem(input.Width, partShape.Width);
        if (rest != 0 || stride * partShape.Height != input.Height)
        {
            throw contract.Mismatch($"needs an input of whole cells, but {input} is no multiple of {partShape.Width}x{partShape.Height}");
        }

        int factor = contract.Whole("upsample") is > 0 and int stated ? stated : stride;

        // Half-pixel centres: a cell of the enlarged map covers stride / factor input pixels, and its value is in their middle.
        double scale = (double)stride / factor, shift = (scale - 1) / 2;
        return new(parts, partShape, fields, fieldShape, factor, AffineMap.Scale(scale, scale, shift, shift));
    }
}
