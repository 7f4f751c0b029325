using System.Globalization;
using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// The two outputs that both families of part affinity fields share, and how their enlarged grid lies on the input.
/// </summary>
/// <param name="Skeleton">Parts and limbs to assemble.</param>
/// <param name="Parts">Which output has the parts.</param>
/// <param name="PartShape">Its shape.</param>
/// <param name="Fields">Which output has the fields.</param>
/// <param name="FieldShape">Its shape; the same grid.</param>
/// <param name="Upsample">Enlarged cells per cell.</param>
/// <param name="CellToModel">Enlarged cells to input pixels.</param>
internal sealed record PafGrid(
    PafSkeleton Skeleton, int Parts, HeatmapShape PartShape, int Fields, HeatmapShape FieldShape, int Upsample, AffineMap CellToModel)
{
    /// <summary>The two outputs, by role.</summary>
    public static IReadOnlyList<OutputRole> Roles { get; } =
    [
        OutputRole.Map(
            "heatmap",
            new("1 per joint, then background, which may be absent with limbs", static model => HasLimbs(model) ? null : model.Skeleton.KeypointCount + 1),
            "0 to 1, background last"),

        // Not by the bones of the skeleton: those are for drawing, the fields are the network's.
        OutputRole.Map(
            "paf",
            new("38 for 18 joints, 52 for 25; any with limbs", static model => HasLimbs(model) ? null : TableOf(model)?.FieldCount),
            "unit vectors along limbs, x and y in OpenPose's channel order, or by the channels of limbs"),
    ];

    /// <summary>Says what is wrong with the input, the limbs and <c>min_count</c> of a package.</summary>
    /// <param name="model">The package.</param>
    /// <param name="counts">Numbers of joints for which the family has a table of limbs.</param>
    public static IEnumerable<string> Problems(ModelDescription model, params IReadOnlyList<int> counts)
    {
        int joints = model.Skeleton.KeypointCount;
        if (!HasLimbs(model) && !counts.Contains(joints))
        {
            yield return $"$.skeleton: must have {string.Join(" or ", counts)} joints, not {joints}, or limbs must be given";
        }

        if (model.DecoderNumber("min_count") > joints)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"$.decoder.min_count: nobody can have {model.DecoderNumber("min_count")} joints, the skeleton has {joints}");
        }

        foreach (string problem in HasLimbs(model) ? PafSkeleton.Problems(model.Skeleton, model.Limbs) : [])
        {
            yield return problem;
        }

        foreach (string problem in CellGrid.Problems(model))
        {
            yield return problem;
        }
    }

    /// <summary>Says which channels that limbs or joints need the outputs do not have.</summary>
    /// <param name="model">The package.</param>
    /// <param name="partChannels">Channels of <c>heatmap</c>.</param>
    /// <param name="fieldChannels">Channels of <c>paf</c>.</param>
    public static IEnumerable<string> ChannelProblems(ModelDescription model, int partChannels, int fieldChannels)
    {
        int joints = model.Skeleton.KeypointCount;
        if (partChannels != joints && partChannels != joints + 1)
        {
            yield return $"output heatmap: must have {joints} channels, 1 per joint, or {joints + 1} with background, but has {partChannels}";
        }

        for (int index = 0; index < model.Limbs.Count; index++)
        {
            int last = model.Limbs[index].Channels is { } channels ? Math.Max(channels.X, channels.Y) : 0;
            if (last >= fieldChannels)
            {
                yield return $"$.limbs[{index}]: there is no channel {last}, output paf has 0 to {fieldChannels - 1}";
            }
        }
    }

    /// <summary><see cref="ChannelProblems(ModelDescription, int, int)"/> of one image's outputs; nothing where the family's table counts.</summary>
    public static IEnumerable<string> ChannelProblems(ModelDescription model, IReadOnlyList<IReadOnlyList<int>> shapes)
    {
        return HasLimbs(model) ? ChannelProblems(model, Channels("heatmap"), Channels("paf")) : [];

        int Channels(string role)
        {
            int index = model.IndexOfOutput(role);
            return shapes[index][model.Outputs[index].Layout == TensorLayout.Nhwc ? 2 : 0];
        }
    }

    /// <summary>
    /// Reads roles <c>heatmap</c> (parts and background) and <c>paf</c>, and the decoder parameter <c>upsample</c>.
    /// </summary>
    /// <param name="contract">The model.</param>
    /// <param name="counts">Numbers of joints for which the family has a table of limbs.</param>
    /// <exception cref="PoseBatchException">model_mismatch.</exception>
    public static PafGrid Read(ParserContract contract, params IReadOnlyList<int> counts)
    {
        bool hasLimbs = HasLimbs(contract.Model);
        if (!hasLimbs && !counts.Contains(contract.KeypointCount))
        {
            throw contract.Mismatch($"needs limbs, or a skeleton of {string.Join(" or ", counts)} joints, but has {contract.KeypointCount}");
        }

        PafSkeleton skeleton = hasLimbs ? PafSkeleton.Of(contract.KeypointCount, contract.Model.Limbs) : TableOf(contract.Model)!;
        (int parts, HeatmapShape partShape) = hasLimbs ? contract.Maps("heatmap") : contract.Maps("heatmap", skeleton.PartCount + 1);
        int fieldCount = hasLimbs ? contract.Maps("paf").Shape.Channels : skeleton.FieldCount;
        (int fields, HeatmapShape fieldShape) = contract.Maps("paf", fieldCount, partShape);
        string[] problems = hasLimbs ? [.. ChannelProblems(contract.Model, partShape.Channels, fieldCount)] : [];
        if (problems.Length > 0)
        {
            throw contract.Mismatch($"does not fit its outputs: {string.Join("; ", problems)}");
        }

        PixelSize input = contract.Model.Input.Size;
        (int stride, int rest) = int.DivRem(input.Width, partShape.Width);
        if (rest != 0 || stride * partShape.Height != input.Height)
        {
            throw contract.Mismatch($"needs an input of whole cells, but {input} is no multiple of {partShape.Width}x{partShape.Height}");
        }

        int factor = contract.Whole("upsample") is > 0 and int stated ? stated : stride;

        // Half-pixel centres: a cell of the enlarged map covers stride / factor input pixels, and its value is in their middle.
        double scale = (double)stride / factor, shift = (scale - 1) / 2;
        return new(skeleton, parts, partShape, fields, fieldShape, factor, AffineMap.Scale(scale, scale, shift, shift));
    }

    private static bool HasLimbs(ModelDescription model) => model.Limbs.Count > 0;

    private static PafSkeleton? TableOf(ModelDescription model) => model.Skeleton.KeypointCount switch
    {
        18 => PafSkeleton.Coco18,
        25 => PafSkeleton.Body25,
        _ => null,
    };
}
