using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Families;
using PoseBatch.Geometry;
using PoseBatch.Onnx.Packages;

namespace PoseBatch.Worker.Analysis.Evaluation;

/// <summary>
/// Other values for fields of a <c>model.json</c>, for one run: <c>decoder.mode=multi</c>, <c>input.width=641</c>, or with
/// <c>detector.</c> in front for the detector's. The description they give is checked as one read from a file.
/// </summary>
internal sealed class ModelOverrides
{
    private const string DetectorPrefix = "detector.";

    private readonly List<(string[] Path, JsonNode? Value)> _pose = [], _detector = [];

    /// <param name="assignments">Each <c>FIELD=VALUE</c>; a value that is not JSON is a word.</param>
    /// <exception cref="FormatException">One is no assignment.</exception>
    public ModelOverrides(IEnumerable<string> assignments)
    {
        foreach (string assignment in assignments)
        {
            (string field, string value) = assignment.Split('=', 2) is [{ Length: > 0 } left, var right]
                ? (left, right)
                : throw new FormatException($"'{assignment}' is not FIELD=VALUE, for example decoder.mode=multi.");
            bool isDetector = field.StartsWith(DetectorPrefix, StringComparison.Ordinal);
            (isDetector ? _detector : _pose).Add(((isDetector ? field[DetectorPrefix.Length..] : field).Split('.'), ValueOf(value)));
        }
    }

    /// <summary>The package with the pose network's fields changed.</summary>
    /// <param name="package">As found.</param>
    /// <param name="size">Another input size, stretched into; null leaves it.</param>
    /// <exception cref="PoseBatchException">model_mismatch: the fields that come out are wrong.</exception>
    public ModelPackage Pose(ModelPackage package, PixelSize? size = null) => Apply(package, size is { } pixels
        ? [.. _pose, (["input", "width"], pixels.Width), (["input", "height"], pixels.Height), (["input", "resize"], "stretch")]
        : _pose);

    /// <summary>The package with the detector's fields changed.</summary>
    /// <exception cref="PoseBatchException">model_mismatch: the fields that come out are wrong.</exception>
    public ModelPackage Detector(ModelPackage package) => Apply(package, _detector);

    private static JsonNode? ValueOf(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static ModelPackage Apply(ModelPackage package, List<(string[] Path, JsonNode? Value)> changes)
    {
        if (changes.Count == 0)
        {
            return package;
        }

        JsonObject root = JsonNode.Parse(ModelJson.Write(package.Description))!.AsObject();
        foreach ((string[] path, JsonNode? value) in changes)
        {
            JsonObject place = root;
            foreach (string step in path[..^1])
            {
                place = place[step] as JsonObject ?? throw new PoseBatchException(
                    ReasonCode.ModelMismatch,
                    $"Model '{package.Description.Name}' has no section '{step}' for '{string.Join('.', path)}'.",
                    "Name a field of model.json, for example decoder.mode or input.width (docs/models.md).");
            }

            place[path[^1]] = value?.DeepClone();
        }

        return package with { Description = ModelJson.Read(root.ToJsonString(), $"{package.DescriptionPath} with the fields given by --set") };
    }
}
