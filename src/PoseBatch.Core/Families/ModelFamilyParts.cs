using System.Globalization;
using PoseBatch.Models;

namespace PoseBatch.Families;

/// <summary>What the entries of <see cref="ModelFamilies"/> are made of: outputs, rules for axes, parameters, further rules.</summary>
internal static class ModelFamilyParts
{
    public static AxisRule Any { get; } = new("any length", static _ => null);

    public static AxisRule One { get; } = Exactly(1);

    public static AxisRule Joints { get; } = PerJoint(1);

    public static AxisRule MapRows { get; } =
        new("input height / stride", static model => model.Input.Size.Height / Stride(model));

    public static AxisRule MapColumns { get; } =
        new("input width / stride", static model => model.Input.Size.Width / Stride(model));

    public static AxisRule PoseNetRows { get; } =
        new("(input height - 1) / stride + 1", static model => ((model.Input.Size.Height - 1) / Stride(model)) + 1);

    public static AxisRule PoseNetColumns { get; } =
        new("(input width - 1) / stride + 1", static model => ((model.Input.Size.Width - 1) / Stride(model)) + 1);

    public static AxisRule TreeEdges { get; } =
        new("2 per joint but one", static model => 2 * (model.Skeleton.KeypointCount - 1));

    public static AxisRule BinsOfWidth { get; } =
        new("input width x split_ratio", static model => Bins(model, model.Input.Size.Width));

    public static AxisRule BinsOfHeight { get; } =
        new("input height x split_ratio", static model => Bins(model, model.Input.Size.Height));

    public static AxisRule JointsAndBackground { get; } =
        new("1 per joint, then background", static model => model.Skeleton.KeypointCount + 1);

    /// <summary>Not by the bones of the skeleton: those are for drawing, the fields are the network's.</summary>
    public static AxisRule PafChannels { get; } =
        new("38 for 18 joints, 52 for 25", static model => model.Skeleton.KeypointCount switch { 18 => 38, 25 => 52, _ => null });

    public static AxisRule InstanceNumbers { get; } =
        new("3 per joint, then 5", static model => (3 * model.Skeleton.KeypointCount) + 5);

    public static AxisRule YoloPoseColumns { get; } = new(
        "end_to_end: 6, then 3 per joint",
        static model => model.DecoderText("format") == "end_to_end" ? 6 + (3 * model.Skeleton.KeypointCount) : null);

    public static AxisRule YoloXCells { get; } =
        new("cells of the strides 8, 16 and 32", static model => Cells(model, 8) + Cells(model, 16) + Cells(model, 32));

    public static AxisRule AlphaPoseMaps { get; } = new(
        "map_count, or 1 per joint",
        static model => model.DecoderNumber("map_count") is > 0 and double count ? (int)count : model.Skeleton.KeypointCount);

    public static AxisRule Exactly(int length) => new(length.ToString(CultureInfo.InvariantCulture), _ => length);

    public static AxisRule PerJoint(int count) => new($"{count} per joint", model => count * model.Skeleton.KeypointCount);

    public static OutputRole Map(string name, bool required, AxisRule channels, AxisRule rows, AxisRule columns, string meaning) =>
        new(name, required, IsMap: true, [channels, rows, columns], meaning);

    public static OutputRole Plain(string name, bool required, IReadOnlyList<AxisRule> axes, string meaning) =>
        new(name, required, IsMap: false, axes, meaning);

    public static DecoderParameter Number(string name, double? standard, double minimum, double maximum, string meaning) =>
        new(name, standard, minimum, maximum, null, meaning);

    public static DecoderParameter Whole(string name, double? standard, double minimum, double maximum, string meaning) =>
        new(name, standard, minimum, maximum, null, meaning, IsWhole: true);

    public static DecoderParameter Word(string name, string? standard, IReadOnlyList<string> words, string meaning) =>
        new(name, standard, 0, 0, words, meaning);

    public static DecoderParameter[] DetectorParameters(double score, double overlap, string rounding) =>
    [
        Whole("person_class", 0, 0, 10000, "index of the class that means a person"),
        Number("score_threshold", score, 0, 1, "boxes at or below it are dropped"),
        Number("nms_overlap", overlap, 0, 1, "overlap above which the weaker box goes"),
        Word("letterbox_rounding", rounding, ["nearest", "down"], "to which whole pixel the shorter side of a letterboxed picture goes"),
    ];

    public static IEnumerable<string> SizeIsMultiple(ModelDescription model)
    {
        int stride = Stride(model);
        if (model.Input.Size.Width % stride != 0 || model.Input.Size.Height % stride != 0)
        {
            yield return $"$.input: {model.Input.Size} is not a whole number of cells of stride {stride}";
        }
    }

    public static IEnumerable<string> PoseNetRules(ModelDescription model)
    {
        int stride = Stride(model);
        if ((model.Input.Size.Width - 1) % stride != 0 || (model.Input.Size.Height - 1) % stride != 0)
        {
            string rule = $"width and height must be a multiple of the stride {stride} plus 1 (for example 257 or 513)";
            yield return $"$.input: {rule}, not {model.Input.Size}";
        }

        bool hasForward = model.IndexOfOutput("displacement_fwd") >= 0;
        if (hasForward != model.IndexOfOutput("displacement_bwd") >= 0)
        {
            yield return "$.outputs: displacement_fwd and displacement_bwd come together or not at all";
        }
        else if (model.DecoderText("mode") == "multi" && !hasForward)
        {
            yield return "$.decoder.mode: multi needs the outputs displacement_fwd and displacement_bwd";
        }

        if (model.DecoderText("mode") == "multi" && model.Skeleton.KeypointCount != 17)
        {
            yield return $"$.decoder.mode: multi knows the tree of 17 joints, the skeleton has {model.Skeleton.KeypointCount}";
        }
    }

    public static IEnumerable<string> OpenPoseRules(ModelDescription model) =>
        model.Skeleton.KeypointCount is 18 or 25
            ? SizeIsMultiple(model)
            : [$"$.skeleton: must have 18 or 25 joints, not {model.Skeleton.KeypointCount}", .. SizeIsMultiple(model)];

    public static IEnumerable<string> TfPoseRules(ModelDescription model) =>
        model.Skeleton.KeypointCount == 18
            ? SizeIsMultiple(model)
            : [$"$.skeleton: must have 18 joints, not {model.Skeleton.KeypointCount}", .. SizeIsMultiple(model)];

    /// <summary>The crop is written into the input tensor as it is sampled, in one layout.</summary>
    public static IEnumerable<string> AlphaPoseRules(ModelDescription model)
    {
        if (model.Input is not { Layout: TensorLayout.Nchw, Type: TensorType.Float32, IsRgb: true })
        {
            yield return "$.input: must be NCHW, float32 and rgb, as AlphaPose's networks are";
        }

        if (model.DecoderNumber("map_count") is > 0 and double count && count < model.Skeleton.KeypointCount)
        {
            yield return $"$.decoder.map_count: {count} maps are too few for {model.Skeleton.KeypointCount} joints";
        }

        foreach (string problem in SizeIsMultiple(model))
        {
            yield return problem;
        }
    }

    public static IEnumerable<string> Yolov3Rules(ModelDescription model)
    {
        if (model.DecoderText("rules") == "alphapose" && model.Input.Size.Width != model.Input.Size.Height)
        {
            yield return $"$.decoder.rules: alphapose needs a square input, not {model.Input.Size}";
        }
    }

    public static IEnumerable<string> CenterNetRules(ModelDescription model) =>
        model.Outputs.Select(output => output.Layout).Distinct().Count() == 1
            ? SizeIsMultiple(model)
            : ["$.outputs: all outputs must have one layout", .. SizeIsMultiple(model)];

    private static int Stride(ModelDescription model) => (int)model.DecoderNumber("stride");

    private static int Bins(ModelDescription model, int side) => (int)Math.Round(side * model.DecoderNumber("split_ratio"));

    private static int Cells(ModelDescription model, int stride) =>
        model.Input.Size.Width / stride * (model.Input.Size.Height / stride);
}
