using System.Globalization;
using System.Text;
using System.Text.Json;
using PoseBatch.Evaluation;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Analysis.Evaluation;

/// <summary>What an evaluation says (docs/cli.md).</summary>
internal sealed record EvaluationReport
{
    /// <summary>The reference as given.</summary>
    public required string Reference { get; init; }

    /// <summary>The results as given; null when a model was run.</summary>
    public string? Results { get; init; }

    /// <summary>The model that was run; null for results.</summary>
    public string? Model { get; init; }

    /// <summary>Its detector; null for none.</summary>
    public string? Detector { get; init; }

    /// <summary>Where people came from: <c>estimator</c> or <c>annotations</c>; null for results.</summary>
    public string? Boxes { get; init; }

    /// <summary>Pictures compared.</summary>
    public required int Images { get; init; }

    /// <summary>Poses compared.</summary>
    public required int Poses { get; init; }

    /// <summary>Joints that both sides have.</summary>
    public required IReadOnlyList<string> Joints { get; init; }

    /// <summary>Precision; null when one of the joints is none of COCO's.</summary>
    public KeypointPrecision? Precision { get; init; }

    /// <summary>Share of correct joints.</summary>
    public required KeypointShare Share { get; init; }

    /// <summary>What a distance was held against.</summary>
    public required (double Share, PckLength Length) Limit { get; init; }

    /// <summary>What the user should know of the figures.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Wall time.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Holds both sides against each other over the joints that both have.</summary>
    /// <param name="reference">The reference as given.</param>
    /// <param name="limit">What a distance is held against.</param>
    /// <param name="truth">The reference.</param>
    /// <param name="found">The poses.</param>
    /// <exception cref="PoseBatchException">model_mismatch: no joint, or no torso to measure by, is on both sides.</exception>
    public static EvaluationReport Compare(string reference, (double Share, PckLength Length) limit, AnnotationSet truth, PoseList found)
    {
        string[] joints = [.. truth.JointNames.Where(found.JointNames.Contains)];
        if (joints.Length == 0)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"The joints are {string.Join(", ", found.JointNames)}, the reference has {string.Join(", ", truth.JointNames)}: none of one name.",
                "Compare with annotations of the same skeleton, or write the joint names of model.json as the annotations do.");
        }

        if (limit.Length == PckLength.Torso && !PercentageOfCorrectKeypoints.TorsoJoints.All(joints.Contains))
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch, "There is no torso to measure by: both sides need left and right shoulders and hips.", "Measure by --pck-length box.");
        }

        AnnotationSet common = truth.WithJoints(joints);
        int[] places = JointOrder.Places(joints, found.JointNames);
        EstimatedPose[] poses = [.. found.Poses.Select(pose => pose with { Joints = JointOrder.Pick(pose.Joints, places) })];
        return new()
        {
            Reference = reference,
            Limit = limit,
            Images = common.Images.Count,
            Poses = poses.Length,
            Joints = joints,
            Precision = joints.All(joint => KeypointSigmas.Find(joint) is not null) ? CocoKeypointEvaluator.Evaluate(common, poses) : null,
            Share = PercentageOfCorrectKeypoints.Measure(common, poses, limit.Share, limit.Length),
        };
    }

    /// <summary>For people.</summary>
    public string Text()
    {
        StringBuilder text = new();
        string who = Results ?? (Detector is null ? $"{Model}{(Boxes == "annotations" ? ", true boxes" : string.Empty)}" : $"{Detector} + {Model}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{who} against {Reference}: {Images:N0} pictures, {Poses:N0} poses");
        if (Precision is { } precision)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  people to find {precision.PeopleToFind:N0}, at most {CocoKeypointEvaluator.MostPerImage} poses a picture");
            text.AppendLine("          all   at .50   at .75   medium    large");
            text.AppendLine($"  AP   {Cell(precision.Ap)} {Cell(precision.Ap50)} {Cell(precision.Ap75)} {Cell(precision.ApMedium)} {Cell(precision.ApLarge)}");
            text.AppendLine($"  AR   {Cell(precision.Ar)} {Cell(precision.Ar50)} {Cell(precision.Ar75)} {Cell(precision.ArMedium)} {Cell(precision.ArLarge)}");
        }
        else
        {
            text.AppendLine("  no AP: COCO's rules know only its own 17 joints");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"  PCK@{Limit.Share} {Limit.Length.ToString().ToLowerInvariant()}  {Cell(Share.Pck).Trim()}, median {Pixels(Share.MedianPixels)}: {Share.JointsCounted:N0} joints of {Share.PeopleCounted:N0} people{(Share.PeopleLeftOut > 0 ? string.Create(CultureInfo.InvariantCulture, $", {Share.PeopleLeftOut:N0} people without that length left out") : string.Empty)}");
        for (int joint = 0; joint < Joints.Count; joint++)
        {
            text.AppendLine($"    {Joints[joint],-16} {Cell(Share.PerJoint[joint])}");
        }

        foreach (string warning in Warnings)
        {
            text.AppendLine($"  warning: {Printable.Of(warning)}");
        }

        return text.ToString();
    }

    /// <summary>One JSON object on one line.</summary>
    public string Json() => JsonLine.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("reference", Reference);
        json.WriteString("results", Results);
        json.WriteString("model", Model);
        json.WriteString("detector", Detector);
        json.WriteString("boxes", Boxes);
        json.WriteNumber("images", Images);
        json.WriteNumber("poses", Poses);
        if (Precision is { } precision)
        {
            json.WriteStartObject("precision");
            json.WriteNumber("people_to_find", precision.PeopleToFind);
            foreach ((string name, double? value) in new (string, double?)[]
            {
                ("ap", precision.Ap), ("ap_50", precision.Ap50), ("ap_75", precision.Ap75), ("ap_medium", precision.ApMedium), ("ap_large", precision.ApLarge),
                ("ar", precision.Ar), ("ar_50", precision.Ar50), ("ar_75", precision.Ar75), ("ar_medium", precision.ArMedium), ("ar_large", precision.ArLarge),
            })
            {
                Number(json, name, value);
            }

            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("precision");
        }

        json.WriteStartObject("pck");
        json.WriteNumber("limit", Limit.Share);
        json.WriteString("length", Limit.Length.ToString().ToLowerInvariant());
        Number(json, "all", Share.Pck);
        Number(json, "median_px", Share.MedianPixels is { } median && double.IsFinite(median) ? median : null);
        json.WriteNumber("joints", Share.JointsCounted);
        json.WriteNumber("people", Share.PeopleCounted);
        json.WriteNumber("people_left_out", Share.PeopleLeftOut);
        json.WriteStartObject("per_joint");
        for (int joint = 0; joint < Joints.Count; joint++)
        {
            Number(json, Joints[joint], Share.PerJoint[joint]);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("warnings");
        foreach (string warning in Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
        json.WriteNumber("elapsed_s", Math.Round(Elapsed.TotalSeconds, 3));
        json.WriteEndObject();
    });

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, Math.Round(number, 6));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static string Cell(double? value) => value is { } number ? number.ToString("F3", CultureInfo.InvariantCulture).PadLeft(8) : "none".PadLeft(8);

    private static string Pixels(double? value) => value switch
    {
        null => "none",
        { } number when double.IsFinite(number) => number.ToString("F1", CultureInfo.InvariantCulture) + " px",
        _ => "not found",
    };
}
