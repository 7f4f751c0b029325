using PoseBatch.Jobs;
using PoseBatch.Poses;

namespace PoseBatch.Inference;

/// <summary>
/// The families of networks that a <c>model.json</c> can name. A new family is an entry here and one parser file; a new
/// model of a known family is neither, only a JSON file.
/// </summary>
public static class ModelFamilies
{
    private static readonly AxisRule Any = new("any length", static _ => null);
    private static readonly AxisRule One = Exactly(1);
    private static readonly AxisRule Joints = PerJoint(1);
    private static readonly AxisRule MapRows = new("input height / stride", static model => model.Input.Size.Height / Stride(model));
    private static readonly AxisRule MapColumns = new("input width / stride", static model => model.Input.Size.Width / Stride(model));
    private static readonly AxisRule PoseNetRows =
        new("(input height - 1) / stride + 1", static model => ((model.Input.Size.Height - 1) / Stride(model)) + 1);

    private static readonly AxisRule PoseNetColumns =
        new("(input width - 1) / stride + 1", static model => ((model.Input.Size.Width - 1) / Stride(model)) + 1);

    private static readonly AxisRule BinsOfWidth = new("input width x split_ratio", static model => Bins(model, model.Input.Size.Width));
    private static readonly AxisRule BinsOfHeight = new("input height x split_ratio", static model => Bins(model, model.Input.Size.Height));
    private static readonly AxisRule PerBone = new("2 per bone of the skeleton", static model => 2 * model.Skeleton.Edges.Count);
    private static readonly AxisRule JointsAndBackground =
        new("1 per joint, then background", static model => model.Skeleton.KeypointCount + 1);

    private static readonly AxisRule YoloXCells =
        new("cells of the strides 8, 16 and 32", static model => Cells(model, 8) + Cells(model, 16) + Cells(model, 32));

    /// <summary>PoseNet: heat maps of logits with offsets and, for several people, displacements along a tree (spec sections 3, 4).</summary>
    public static ModelFamily PoseNet { get; } = new()
    {
        Name = "posenet",
        Summary = "heat maps of logits with y-first offsets in input pixels; one person, several people with displacements",
        HasParser = true,
        Roles =
        [
            Map("heatmap", true, Joints, PoseNetRows, PoseNetColumns, "logits, one channel per joint"),
            Map("offset", true, PerJoint(2), PoseNetRows, PoseNetColumns, "input pixels: first all dy, then all dx"),
            Map("displacement_fwd", false, TreeEdges, PoseNetRows, PoseNetColumns, "input pixels, parent to child: all dy, then all dx"),
            Map("displacement_bwd", false, TreeEdges, PoseNetRows, PoseNetColumns, "input pixels, child to parent: all dy, then all dx"),
        ],
        Parameters =
        [
            Word("mode", "single", ["single", "multi"], "how many people are looked for; multi needs the displacements"),
            Number("stride", null, 1, 64, "input pixels per cell"),
            Number("max_detections", 5, 1, 1000, "people at most, mode multi"),
            Number("score_threshold", 0.5, 0, 1, "least score of a joint that starts a person, mode multi"),
            Number("nms_radius", 20, 0, 10000, "input pixels within which the same joint belongs to the same person, mode multi"),
            Word("variant", "tfjs", ["tfjs", "python"], "which reference's rules, mode multi"),
        ],
        FurtherRules = static model => PoseNetRules(model),
    };

    /// <summary>MoveNet cut before its decoder: centre, heat map, regression and offset heads (spec sections 9.1, 9.2).</summary>
    public static ModelFamily MoveNetHeads { get; } = new()
    {
        Name = "movenet-heads",
        Summary = "centre, heat map, regression and offset maps of MoveNet, decoded by PoseBatch; one person",
        HasParser = true,
        Roles =
        [
            Map("heatmap", true, Joints, MapRows, MapColumns, "0 to 1, one channel per joint"),
            Map("center", true, One, MapRows, MapColumns, "0 to 1, where a person's centre is"),
            Map("regression", true, PerJoint(2), MapRows, MapColumns, "cells from the centre, one pair per joint"),
            Map("offset", true, PerJoint(2), MapRows, MapColumns, "cells from the joint's cell, one pair per joint"),
        ],
        Parameters =
        [
            Number("stride", 4, 1, 64, "input pixels per cell"),
            Word("channel_order", null, ["xy", "yx"], "which of a pair of channels comes first"),
            Word("regression_rounding", "none", ["none", "trunc"], "trunc: truncate(v + 0.5), as one re-implementation does"),
            Number("heatmap_threshold", 0, 0, 1, "heat values below it count as 0"),
            Number("distance_bias", 1.8, 0.001, 1000, "cells added to the distance that divides the heat"),
            Number("regression_scale", 1, 0.001, 10000, "multiplies the regression; 48 where it was stored as a fraction"),
            Word("pixel_origin", "centre", ["centre", "corner"], "what coordinate 0 of the input means: by how the training labels were scaled"),
        ],
        FurtherRules = static model => SizeIsMultiple(model),
    };

    /// <summary>Networks that return finished points: y, x and score as fractions of the input (spec section 9.3).</summary>
    public static ModelFamily MoveNetPoints { get; } = new()
    {
        Name = "movenet-points",
        Summary = "finished points: y, x, score, positions as fractions of the model input; one person",
        HasParser = true,
        Roles = [Plain("keypoints", true, [One, Joints, Exactly(3)], "y, x, score; y and x as fractions of the padded input")],
    };

    /// <summary>Top-down heat maps on a person crop (spec section 12.2).</summary>
    public static ModelFamily TopDownHeatmap { get; } = new()
    {
        Name = "topdown-heatmap",
        Summary = "one heat map per joint on a person crop",
        HasParser = true,
        IsTopDown = true,
        Roles = [Map("heatmap", true, Joints, MapRows, MapColumns, "one channel per joint, about 0 to 1")],
        Parameters =
        [
            Number("stride", 4, 1, 64, "input pixels per cell"),
            Word("refinement", "quarter", ["none", "quarter", "dark", "udp-dark"], "how a peak is placed between cells"),
            Number("box_scale", 1.25, 1, 4, "by how much a person box is enlarged before cropping"),
        ],
        FurtherRules = static model => SizeIsMultiple(model),
    };

    /// <summary>SimCC: one vector per joint and axis on a person crop (spec section 12.3).</summary>
    public static ModelFamily SimCc { get; } = new()
    {
        Name = "simcc",
        Summary = "one vector of bins per joint and axis on a person crop",
        HasParser = true,
        IsTopDown = true,
        Roles =
        [
            Plain("simcc_x", true, [Joints, BinsOfWidth], "bin scores along x"),
            Plain("simcc_y", true, [Joints, BinsOfHeight], "bin scores along y"),
        ],
        Parameters =
        [
            Number("split_ratio", 2, 1, 16, "bins per input pixel"),
            Word("score", "min", ["min", "mean"], "how the two maxima become one score"),
            Number("box_scale", 1.25, 1, 4, "by how much a person box is enlarged before cropping"),
        ],
    };

    /// <summary>OpenPose: part heat maps and part affinity fields (spec section 10).</summary>
    public static ModelFamily OpenPosePaf { get; } = new()
    {
        Name = "openpose-paf",
        Summary = "part heat maps with background and part affinity fields; several people",
        Roles =
        [
            Map("heatmap", true, JointsAndBackground, MapRows, MapColumns, "0 to 1"),
            Map("paf", true, PerBone, MapRows, MapColumns, "unit vectors along bones"),
        ],
        Parameters =
        [
            Number("stride", 8, 1, 64, "input pixels per cell"),
            Word("paf_channels", "openpose-18", ["openpose-18"], "which channels belong to which bone (spec section 2)"),
        ],
        FurtherRules = static model => SizeIsMultiple(model),
    };

    /// <summary>YOLOX: one row per cell of three grids, not yet decoded (spec section 13.2).</summary>
    public static ModelFamily YoloX { get; } = new()
    {
        Name = "yolox",
        Summary = "person detector: raw x, y, w, h, objectness and class scores per cell of three grids",
        HasParser = true,
        IsDetector = true,
        Roles = [Plain("detections", true, [YoloXCells, Any], "raw rows")],
        Parameters = DetectorParameters(score: 0.3, overlap: 0.45),
    };

    /// <summary>YOLOv3-type detectors whose graph already decodes the anchors (spec section 5).</summary>
    public static ModelFamily YoloV3 { get; } = new()
    {
        Name = "yolov3",
        Summary = "person detector: decoded cx, cy, w, h in input pixels, objectness and class scores",
        HasParser = true,
        IsDetector = true,
        Roles = [Plain("detections", true, [Any, Any], "decoded rows")],
        Parameters = DetectorParameters(score: 0.05, overlap: 0.6),
    };

    /// <summary>All of them, those with a parser first.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
        [PoseNet, MoveNetHeads, MoveNetPoints, TopDownHeatmap, SimCc, OpenPosePaf, YoloX, YoloV3];

    /// <summary>The skeleton of a detector: no joints.</summary>
    internal static Skeleton NoSkeleton { get; } = new("none", [], [], []);

    private static AxisRule TreeEdges => new("2 per joint but one", static model => 2 * (model.Skeleton.KeypointCount - 1));

    /// <summary>The family of that name, or null.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);

    /// <summary>Refuses a model whose outputs this version cannot turn into poses.</summary>
    /// <exception cref="PoseBatchException">model_mismatch.</exception>
    public static void RequireParser(ModelDescription model)
    {
        if (Find(model.Family) is not { HasParser: true })
        {
            string ready = string.Join(", ", All.Where(family => family.HasParser).Select(family => family.Name));
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"Model '{model.Name}': family {model.Family} is described but this version has no parser for it.",
                $"Choose a model of one of the families {ready}.");
        }
    }

    private static OutputRole Map(string name, bool required, AxisRule channels, AxisRule rows, AxisRule columns, string meaning) =>
        new(name, required, IsMap: true, [channels, rows, columns], meaning);

    private static OutputRole Plain(string name, bool required, IReadOnlyList<AxisRule> axes, string meaning) =>
        new(name, required, IsMap: false, axes, meaning);

    private static DecoderParameter Number(string name, double? standard, double minimum, double maximum, string meaning) =>
        new(name, standard, minimum, maximum, null, meaning);

    private static DecoderParameter Word(string name, string? standard, IReadOnlyList<string> words, string meaning) =>
        new(name, standard, 0, 0, words, meaning);

    private static DecoderParameter[] DetectorParameters(double score, double overlap) =>
    [
        Number("person_class", 0, 0, 10000, "index of the class that means a person"),
        Number("score_threshold", score, 0, 1, "boxes at or below it are dropped"),
        Number("nms_overlap", overlap, 0, 1, "overlap above which the weaker box goes"),
    ];

    private static AxisRule Exactly(int length) =>
        new(length.ToString(System.Globalization.CultureInfo.InvariantCulture), _ => length);

    private static AxisRule PerJoint(int count) => new($"{count} per joint", model => count * model.Skeleton.KeypointCount);

    private static int Stride(ModelDescription model) => (int)model.DecoderNumber("stride");

    private static int Bins(ModelDescription model, int side) => (int)Math.Round(side * model.DecoderNumber("split_ratio"));

    private static int Cells(ModelDescription model, int stride) => model.Input.Size.Width / stride * (model.Input.Size.Height / stride);

    private static IEnumerable<string> SizeIsMultiple(ModelDescription model)
    {
        double stride = model.DecoderNumber("stride");
        if (stride != Math.Floor(stride) || model.Input.Size.Width % stride != 0 || model.Input.Size.Height % stride != 0)
        {
            yield return $"$.input: {model.Input.Size} is not a whole number of cells of stride {stride}";
        }
    }

    private static IEnumerable<string> PoseNetRules(ModelDescription model)
    {
        double stride = model.DecoderNumber("stride");
        if (stride != Math.Floor(stride) || (model.Input.Size.Width - 1) % stride != 0 || (model.Input.Size.Height - 1) % stride != 0)
        {
            string rule = $"width and height must be a multiple of the stride {stride} plus 1 (for example 257 or 513)";
            yield return $"$.input: {rule}, not {model.Input.Size}";
        }

        if ((model.IndexOfOutput("displacement_fwd") < 0) != (model.IndexOfOutput("displacement_bwd") < 0))
        {
            yield return "$.outputs: displacement_fwd and displacement_bwd come together or not at all";
        }
    }
}
