using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Family <c>alphapose</c> (docs/spec, 7): one person's heat maps to joints. The branch <c>pytorch</c> leans when the peak has
/// neighbours on all sides and adds 0.2 cells; <c>master</c> leans one cell further inside and adds nothing.
/// </summary>
internal sealed class AlphaPoseParser : ICropParser
{
    private static readonly AxisRule MapCount = new(
        "map_count, or 1 per joint",
        static model => model.DecoderNumber("map_count") is > 0 and double count ? (int)count : model.Skeleton.KeypointCount);

    /// <summary>AlphaPose's FastPose with its crops, its merging of poses and its scores.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "alphapose",
        Summary = "one heat map per joint on a person crop by AlphaPose's rules; poses of one person are merged",
        Roles = [OutputRole.Map("heatmap", MapCount, "one channel per joint, further ones are ignored; not probabilities")],
        Parameters =
        [
            CellGrid.Stride(4),
            DecoderParameter.Whole("map_count", 0, 0, 1000, "channels of the output; 0: one per joint. FastPose has 33, the first 17 are COCO's"),
            DecoderParameter.Word("branch", "pytorch", ["pytorch", "master"], "which branch's crop and shifts: that which the weights were trained with"),
            DecoderParameter.Number("similarity_threshold", 22.48, 0, 1000, "similarity above which two poses are one person"),
            DecoderParameter.Whole("match_threshold", 5, 1, 1000, "so many joints near each other make one person, too"),
            DecoderParameter.Number("joint_threshold", 0.3, 0, 1, "score that the best joint of a person needs"),
        ],
        Rules = Problems,
        CreateCropParser = static contract => new AlphaPoseParser(contract),
    };

    private static readonly TopDownHeatmapOptions MasterPeaks = new() { Border = QuarterBorder.BothBeyondOne };

    private readonly int _output;

    public AlphaPoseParser(ParserContract contract)
    {
        (_output, Grid) = contract.Maps("heatmap", contract.Whole("map_count") is > 0 and int count ? count : contract.KeypointCount);
        IsMaster = contract.Word("branch") == "master";
        Nms = new()
        {
            Gamma = contract.Number("similarity_threshold"),
            MatchThreshold = contract.Whole("match_threshold"),
            ScoreThreshold = contract.Number("joint_threshold"),
            Shift = IsMaster ? 0 : new PoseNmsOptions().Shift,
        };
    }

    /// <summary>Whether the rules of the branch master hold.</summary>
    public bool IsMaster { get; }

    /// <summary>The maps.</summary>
    public HeatmapShape Grid { get; }

    /// <summary>How poses are merged.</summary>
    public PoseNmsOptions Nms { get; }

    /// <summary>Reads the joints of one crop, in cells of <see cref="Grid"/>.</summary>
    /// <param name="outputs">Where the outputs lie; read in place.</param>
    /// <param name="image">Index of the crop in the last run.</param>
    /// <param name="keypoints">Receives K joints; <see cref="Keypoint.NotFound"/> where no value is above 0.</param>
    public void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints)
    {
        ReadOnlySpan<float> stack = outputs.Output(_output, image);
        if (IsMaster)
        {
            for (int joint = 0; joint < keypoints.Length; joint++)
            {
                keypoints[joint] = TopDownHeatmap.FindCell(new HeatmapPlane(stack, Grid, joint), MasterPeaks);
            }
        }
        else
        {
            AlphaPoseHeatmap.Parse(stack, Grid, keypoints);
        }
    }

    /// <summary>The crop is written into the input tensor as it is sampled, in one layout.</summary>
    private static IEnumerable<string> Problems(ModelDescription model)
    {
        if (model.Input is not { Layout: TensorLayout.Nchw, Type: TensorType.Float32, ColourOrder: ColourOrder.Rgb })
        {
            yield return "$.input: must be NCHW, float32 and rgb, as AlphaPose's networks are";
        }

        if (model.DecoderNumber("map_count") is > 0 and double count && count < model.Skeleton.KeypointCount)
        {
            yield return $"$.decoder.map_count: {count} maps are too few for {model.Skeleton.KeypointCount} joints";
        }

        foreach (string problem in CellGrid.Problems(model))
        {
            yield return problem;
        }
    }
}

/// <summary>Heatmaps of AlphaPose's FastPose, one person (docs/spec, 7).</summary>
internal static class AlphaPoseHeatmap
{
    /// <summary>Cells added to both axes after the quarter shift.</summary>
    private const float CellShift = 0.2f;

    private static readonly TopDownHeatmapOptions Options = new() { Border = QuarterBorder.BothInside };

    /// <summary>Reads the first K maps.</summary>
    /// <param name="stack">At least K maps; FastPose gives 33, of which the first 17 are COCO's.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="keypoints">
    /// Receives K joints in cells; the score is the value of the map. <see cref="Keypoint.NotFound"/> when no value is above 0
    /// (the reference puts such joints on the first cell).
    /// </param>
    public static void Parse(ReadOnlySpan<float> stack, HeatmapShape shape, Span<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            Keypoint cell = TopDownHeatmap.FindCell(new HeatmapPlane(stack, shape, joint), Options);
            keypoints[joint] = cell.IsFound ? cell with { X = cell.X + CellShift, Y = cell.Y + CellShift } : cell;
        }
    }

    /// <summary>Reads the first K maps into frame pixels.</summary>
    public static void Parse(ReadOnlySpan<float> stack, HeatmapShape shape, AlphaPoseCrop crop, Span<Keypoint> keypoints)
    {
        Parse(stack, shape, keypoints);
        KeypointMath.ToFrame(keypoints, crop.CellToFrame(shape.Height), PixelOrigin.Centre);
    }
}
