using System.Text.Json.Nodes;
using PoseBatch.Models;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Catalogue;

/// <summary>
/// The metadata of networks that were exported by sleap-nn: one JSON object under <c>sleap_nn_metadata</c> with <c>model_type</c>,
/// <c>node_names</c>, <c>edge_inds</c>, <c>crop_size</c>, <c>input_scale</c> and others. The graph scales the picture by the last itself, and its peaks
/// back; a bottom-up one leaves its peaks on the scaled picture.
/// </summary>
internal static class SleapExport
{
    private const string Exporter = "sleap-nn", Key = "sleap_nn_metadata", BottomUp = "sleap-bottomup";

    private static readonly Dictionary<string, string> Shapes = new(StringComparer.Ordinal)
    {
        ["single_instance"] = "sleap-single",
        ["centered_instance"] = "sleap-centered",
        ["topdown"] = "sleap-topdown",
        ["bottomup"] = BottomUp,
    };

    /// <summary>What it wrote; null when the file is none of its.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: as <see cref="ExportFacts.Of"/>.</exception>
    public static ExportFacts? Read(string name, IReadOnlyDictionary<string, string> metadata, ModelTensors tensors)
    {
        ExportTexts texts = new(metadata);
        if (!texts.Has(Key))
        {
            return null;
        }

        if (texts.Value(Key, node => node as JsonObject ?? throw new FormatException("it must be an object")) is not { } said)
        {
            return new(Exporter, null, [], texts.Notes);
        }

        List<KeyValuePair<string, JsonNode>> fields = [];
        if (texts.Try("node_names", () => Skeleton(name, said)) is { } skeleton)
        {
            fields.Add(KeyValuePair.Create<string, JsonNode>("skeleton", skeleton));
        }

        if (ExportFacts.HasFreeSize(tensors) && said["crop_size"] is { } crop && texts.Try("crop_size", () => ExportTexts.Whole(crop)) is [int height, int width])
        {
            fields.Add(KeyValuePair.Create<string, JsonNode>("input.width", width));
            fields.Add(KeyValuePair.Create<string, JsonNode>("input.height", height));
        }

        string shape = ShapeOf(name, said);
        if (shape == BottomUp)
        {
            RefuseScaledPeaks(name, said);
            if (texts.Try("edge_inds", () => Limbs(said)) is { } limbs)
            {
                fields.Add(KeyValuePair.Create<string, JsonNode>("limbs", limbs));
            }
        }

        return new(Exporter, shape, fields, texts.Notes);
    }

    private static string ShapeOf(string name, JsonObject said)
    {
        string type = said["model_type"] is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        return Shapes.TryGetValue(type, out string? shape) ? shape : throw new PoseBatchException(
            ReasonCode.ModelMismatch,
            $"{name} says of itself that it is a model of sleap-nn of the type '{Printable.Of(type.Length > 40 ? type[..40] : type)}'.",
            $"Exports of the types {string.Join(", ", Shapes.Keys)} are run here.");
    }

    private static void RefuseScaledPeaks(string name, JsonObject said)
    {
        if (said["input_scale"] is JsonValue value && value.TryGetValue(out double scale) && scale != 1)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} says of itself that it is a bottom-up model with input_scale {scale:0.###}: its peaks are those of the scaled picture and would lie wrong."),
                "Export it with --input-scale 1, and with --input-height and --input-width of the scaled picture.");
        }
    }

    private static JsonArray Limbs(JsonObject said) => new([.. Edges(said).Select(edge => new JsonObject { ["joints"] = new JsonArray(edge[0], edge[1]) })]);

    private static int[][] Edges(JsonObject said) => [.. ExportTexts.ArrayOf(said["edge_inds"] ?? new JsonArray()).Select(ExportTexts.Whole)];

    private static JsonObject Skeleton(string name, JsonObject said)
    {
        string[] joints = ExportTexts.Joints(said["node_names"]);
        int[][] edges = Edges(said);
        if (edges.Any(edge => edge.Length != 2 || edge.Any(joint => joint >= joints.Length) || edge[0] == edge[1]))
        {
            throw new FormatException("its edges must be pairs of two of its nodes");
        }

        return new()
        {
            ["name"] = name,
            ["keypoints"] = new JsonArray([.. joints.Select(joint => JsonValue.Create(joint))]),
            ["edges"] = new JsonArray([.. edges.Select(edge => new JsonArray(edge[0], edge[1]))]),
            ["swap"] = new JsonArray(),
        };
    }
}
