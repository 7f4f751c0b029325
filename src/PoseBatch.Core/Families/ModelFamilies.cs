using PoseBatch.Models;
using PoseBatch.Poses;
using static PoseBatch.Families.ModelFamilyParts;

namespace PoseBatch.Families;

/// <summary>
/// The families of networks that a <c>model.json</c> can name, and the one register of their roles, parameter names, defaults,
/// ranges and words. A new family is an entry here and one parser file; a new model of a known family is neither, only a JSON
/// file.
/// </summary>
public static class ModelFamilies
{
    /// <summary>PoseNet: heat maps of logits with offsets and, for several people, displacements along a tree (docs/spec, 3, 4).</summary>
    public static ModelFamily PoseNet { get; } = new()
    {
        Name = "posenet",
        Summary = "heat maps of logits with y-first offsets in input pixels; one person, several people with displacements",
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
            Whole("stride", null, 1, 64, "input pixels per cell"),
            Whole("max_detections", 5, 1, 1000, "people at most, mode multi"),
            Number("score_threshold", 0.5, 0, 1, "least score of a joint that starts a person, mode multi"),
            Number("nms_radius", 20, 0, 10000, "input pixels within which the same joint belongs to the same person, mode multi"),
            Word("variant", "tfjs", ["tfjs", "python"], "which reference's rules, mode multi"),
        ],
        OwnRules = PoseNetRules,
    };

    /// <summary>MoveNet cut before its decoder: centre, heat map, regression and offset heads (docs/spec, 9.1, 9.2).</summary>
    public static ModelFamily MoveNetHeads { get; } = new()
    {
        Name = "movenet-heads",
        Summary = "centre, heat map, regression and offset maps of MoveNet, decoded by PoseBatch; one person",
        Roles =
        [
            Map("heatmap", true, Joints, MapRows, MapColumns, "0 to 1, one channel per joint"),
            Map("center", true, One, MapRows, MapColumns, "0 to 1, where a person's centre is"),
            Map("regression", true, PerJoint(2), MapRows, MapColumns, "cells from the centre, one pair per joint"),
            Map("offset", true, PerJoint(2), MapRows, MapColumns, "cells from the joint's cell, one pair per joint"),
        ],
        Parameters =
        [
            Whole("stride", 4, 1, 64, "input pixels per cell"),
            Word("channel_order", null, ["xy", "yx"], "which of a pair of channels comes first"),
            Word("regression_rounding", "none", ["none", "trunc"], "trunc: truncate(v + 0.5), as one re-implementation does"),
            Number("heatmap_threshold", 0, 0, 1, "heat values below it count as 0"),
            Number("distance_bias", 1.8, 0.001, 1000, "cells added to the distance that divides the heat"),
            Number("regression_scale", 1, 0.001, 10000, "multiplies the regression; 48 where it was stored as a fraction"),
            Word("pixel_origin", "centre", ["centre", "corner"], "what coordinate 0 of the input means: by how the training labels were scaled"),
        ],
        OwnRules = SizeIsMultiple,
    };

    /// <summary>Networks that return finished points: y, x and score as fractions of the input (docs/spec, 9.3).</summary>
    public static ModelFamily MoveNetPoints { get; } = new()
    {
        Name = "movenet-points",
        Summary = "finished points: y, x, score, positions as fractions of the model input; one person",
        Roles = [Plain("keypoints", true, [One, Joints, Exactly(3)], "y, x, score; y and x as fractions of the padded input")],
        Parameters = [Number("min_score", 0.2, 0, 1, "score a joint must exceed to count for the pose score")],
    };

    /// <summary>MoveNet's graph for several people (docs/spec, 9.3).</summary>
    public static ModelFamily MoveNetMulti { get; } = new()
    {
        Name = "movenet-multi",
        Summary = "finished people: joints, box and score, positions as fractions of the model input; several people",
        Roles =
        [
            Plain(
                "instances", true, [Any, InstanceNumbers],
                "y, x, score of each joint, then ymin, xmin, ymax, xmax, score; fractions of the padded input"),
        ],
        Parameters = [Number("min_score", 0.25, 0, 1, "score a person needs")],
    };

    /// <summary>MoveNet's graph for several people, cut before its decoder.</summary>
    public static ModelFamily MoveNetMultiHeads { get; } = new()
    {
        Name = "movenet-multi-heads",
        Summary = "centre, box, heat map, regression and offset maps of MoveNet MultiPose, decoded by PoseBatch; several people",
        Roles =
        [
            Map("heatmap", true, Joints, MapRows, MapColumns, "0 to 1, one channel per joint"),
            Map("center", true, One, MapRows, MapColumns, "0 to 1, where people's centres are"),
            Map("regression", true, PerJoint(2), MapRows, MapColumns, "cells from the centre, y then x per joint"),
            Map("offset", true, PerJoint(2), MapRows, MapColumns, "cells from the joint's cell, y then x per joint"),
            Map("box_scale", true, Exactly(2), MapRows, MapColumns, "height and width of the box, cells"),
            Map("box_offset", true, Exactly(2), MapRows, MapColumns, "cells from the centre's cell to the middle of the box, y then x"),
        ],
        Parameters =
        [
            Whole("stride", 4, 1, 64, "input pixels per cell"),
            Whole("max_detections", 6, 1, 1000, "people at most"),
            Number("min_score", 0.25, 0, 1, "score a person needs"),
            Number("joint_threshold", 0.126953125, 0, 1, "score a joint must exceed to count for the person's score"),
            Number("spread", 0.300048828125, 0.001, 1000, "by how much of the grid's shorter side squared distances in cells are divided before they weigh the heat"),
        ],
        OwnRules = SizeIsMultiple,
    };

    /// <summary>YOLO-pose, before or after its own suppression (docs/spec, 13.1).</summary>
    public static ModelFamily YoloPose { get; } = new()
    {
        Name = "yolo-pose",
        Summary = "boxes with joints, all people of a picture in one output",
        Roles =
        [
            Plain(
                "output", true, [Any, YoloPoseColumns],
                "raw: rows cx, cy, w, h, class scores, then x, y, confidence per joint; end_to_end: x1, y1, x2, y2, score, class, joints"),
        ],
        Parameters =
        [
            Word("format", "raw", ["raw", "end_to_end"], "end_to_end: an export that has suppressed already"),
            Number("confidence", 0.25, 0, 1, "score a box must exceed"),
            Number("overlap_threshold", 0.45, 0, 1, "overlap above which the weaker box goes, format raw"),
            Whole("max_detections", 300, 1, 10000, "people at most, format raw"),
        ],
    };

    /// <summary>Part heat maps and part affinity fields, put together by OpenPose's rules (docs/spec, 10.1).</summary>
    public static ModelFamily OpenPosePaf { get; } = new()
    {
        Name = "openpose-paf",
        Summary = "part heat maps with background and part affinity fields by OpenPose's rules, 18 or 25 joints; several people",
        Roles = PafRoles,
        Parameters =
        [
            Whole("stride", 8, 1, 64, "input pixels per cell"),
            Whole("upsample", 0, 0, 64, "how many times the maps are enlarged before peaks are looked for; 0: the stride"),
            Number("nms_threshold", 0.05, 0, 1, "value a peak must exceed"),
            Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            Number("min_share_above", 0.95, 0, 1, "share of the samples that must exceed it"),
            Whole("min_count", 3, 1, 25, "joints a person needs"),
            Number("min_score", 0.4, 0, 2, "score per joint that a person needs"),
            Word("feet", "ignored", ["ignored", "counted"], "25 joints: whether feet count like other joints"),
        ],
        OwnRules = OpenPoseRules,
    };

    /// <summary>Part heat maps and part affinity fields, put together by tf-pose's rules (docs/spec, 10.2).</summary>
    public static ModelFamily TfPosePaf { get; } = new()
    {
        Name = "tfpose-paf",
        Summary = "part heat maps with background and part affinity fields by tf-pose's rules, 18 joints; several people",
        Roles = PafRoles,
        Parameters =
        [
            Whole("stride", 8, 1, 64, "input pixels per cell"),
            Whole("upsample", 4, 1, 64, "how many times the maps are enlarged before they are smoothed"),
            Number("peak_threshold", 0.05, 0, 1, "smoothed value a peak must exceed"),
            Number("inter_threshold", 0.05, 0, 1, "agreement with the field that a sample along a limb must exceed"),
            Whole("min_count", 4, 1, 18, "joints a person needs"),
            Number("min_score", 0.3, 0, 2, "score per joint that a person needs"),
        ],
        OwnRules = TfPoseRules,
    };

    /// <summary>CenterNet with joints (docs/spec, 13.4).</summary>
    public static ModelFamily CenterNet { get; } = new()
    {
        Name = "centernet-pose",
        Summary = "people as centres with boxes and joints that snap to heat maps; several people",
        Roles =
        [
            Map("hm", true, One, MapRows, MapColumns, "0 to 1, where a person's centre is"),
            Map("wh", true, Exactly(2), MapRows, MapColumns, "width and height of the box, cells"),
            Map("hps", true, PerJoint(2), MapRows, MapColumns, "cells from the centre, x then y per joint"),
            Map("reg", false, Exactly(2), MapRows, MapColumns, "cells from the cell to the centre"),
            Map("hm_hp", false, Joints, MapRows, MapColumns, "0 to 1, one channel per joint"),
            Map("hp_offset", false, Exactly(2), MapRows, MapColumns, "cells from the cell to the joint"),
        ],
        Parameters =
        [
            Whole("stride", 4, 1, 64, "input pixels per cell"),
            Whole("top_k", 100, 1, 1000, "people, and candidates per joint, at most"),
            Number("joint_threshold", 0.1, 0, 1, "score a joint candidate must exceed"),
            Number("center_threshold", 0.1, 0, 1, "score a centre must exceed"),
        ],
        OwnRules = CenterNetRules,
    };

    /// <summary>Top-down heat maps on a person crop (docs/spec, 12.2).</summary>
    public static ModelFamily TopDownHeatmap { get; } = new()
    {
        Name = "topdown-heatmap",
        Summary = "one heat map per joint on a person crop",
        IsTopDown = true,
        Roles = [Map("heatmap", true, Joints, MapRows, MapColumns, "one channel per joint, about 0 to 1")],
        Parameters =
        [
            Whole("stride", 4, 1, 64, "input pixels per cell"),
            Word("refinement", "quarter", ["none", "quarter", "dark", "udp-dark"], "how a peak is placed between cells"),
            Number("box_scale", 1.25, 1, 4, "by how much a person box is enlarged before cropping"),
        ],
        OwnRules = SizeIsMultiple,
    };

    /// <summary>SimCC: one vector per joint and axis on a person crop (docs/spec, 12.3).</summary>
    public static ModelFamily SimCc { get; } = new()
    {
        Name = "simcc",
        Summary = "one vector of bins per joint and axis on a person crop",
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

    /// <summary>AlphaPose's FastPose with its crops, its merging of poses and its scores (docs/spec, 6 to 8).</summary>
    public static ModelFamily AlphaPose { get; } = new()
    {
        Name = "alphapose",
        Summary = "one heat map per joint on a person crop by AlphaPose's rules; poses of one person are merged",
        IsTopDown = true,
        Roles = [Map("heatmap", true, AlphaPoseMaps, MapRows, MapColumns, "one channel per joint, further ones are ignored; not probabilities")],
        Parameters =
        [
            Whole("stride", 4, 1, 64, "input pixels per cell"),
            Whole("map_count", 0, 0, 1000, "channels of the output; 0: one per joint. FastPose has 33, the first 17 are COCO's"),
            Word("branch", "pytorch", ["pytorch", "master"], "which branch's crop and shifts: that which the weights were trained with"),
            Number("similarity_threshold", 22.48, 0, 1000, "similarity above which two poses are one person"),
            Whole("match_threshold", 5, 1, 1000, "so many joints near each other make one person, too"),
            Number("joint_threshold", 0.3, 0, 1, "score that the best joint of a person needs"),
        ],
        OwnRules = AlphaPoseRules,
    };

    /// <summary>YOLOX: one row per cell of three grids, not yet decoded (docs/spec, 13.2).</summary>
    public static ModelFamily YoloX { get; } = new()
    {
        Name = "yolox",
        Summary = "person detector: raw x, y, w, h, objectness and class scores per cell of three grids",
        IsDetector = true,
        Roles = [Plain("detections", true, [YoloXCells, Any], "raw rows")],
        Parameters = DetectorParameters(score: 0.3, overlap: 0.45, rounding: "down"),
    };

    /// <summary>YOLOv3-type detectors whose graph already decodes the anchors (docs/spec, 5).</summary>
    public static ModelFamily YoloV3 { get; } = new()
    {
        Name = "yolov3",
        Summary = "person detector: decoded cx, cy, w, h in input pixels, objectness and class scores",
        IsDetector = true,
        Roles = [Plain("detections", true, [Any, Any], "decoded rows")],
        Parameters =
        [
            .. DetectorParameters(score: 0.05, overlap: 0.6, rounding: "nearest"),
            Word("rules", "plain", ["plain", "alphapose"], "alphapose: its letterbox, objectness as the score, more suppression above 100 people"),
        ],
        OwnRules = Yolov3Rules,
    };

    /// <summary>All of them, those with a parser first.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        PoseNet, MoveNetHeads, MoveNetPoints, MoveNetMulti, MoveNetMultiHeads, YoloPose, OpenPosePaf, TfPosePaf, CenterNet,
        TopDownHeatmap, SimCc, AlphaPose, YoloX, YoloV3,
    ];

    /// <summary>The skeleton of a detector: no joints.</summary>
    internal static Skeleton NoSkeleton { get; } = new("none", [], [], []);

    private static OutputRole[] PafRoles =>
    [
        Map("heatmap", true, JointsAndBackground, MapRows, MapColumns, "0 to 1, background last"),
        Map("paf", true, PafChannels, MapRows, MapColumns, "unit vectors along limbs, x and y in OpenPose's channel order"),
    ];

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
}
