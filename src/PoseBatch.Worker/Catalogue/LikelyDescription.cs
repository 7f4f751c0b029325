using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Families;
using PoseBatch.Models;

namespace PoseBatch.Worker.Catalogue;

/// <summary>A description that was worked out for a network that came without one.</summary>
/// <param name="Like">The shape it has.</param>
/// <param name="Description">The description.</param>
/// <param name="Read">What the file says of itself, one line each.</param>
/// <param name="Assumptions">What no file says and was taken for granted, one line each.</param>
internal sealed record LikelyDescription(NetworkShape Like, ModelDescription Description, IReadOnlyList<string> Read, IReadOnlyList<string> Assumptions)
{
    private const string NoLicence = "none stated";
    private static readonly string[] InputFields = ["colour_order", "resize", "pad", "mean", "std"];

    /// <summary>Finds the one known shape that a network's tensors have, or that its exporter names, and describes it so.</summary>
    /// <param name="network">The network.</param>
    /// <param name="shapes">Known ones.</param>
    /// <param name="like">The name of the shape to take; null for the one that fits.</param>
    /// <param name="settings">Fields of <c>model.json</c> with dots and their values, which go over all else: <c>input.colour_order</c>, <c>bgr</c>.</param>
    /// <exception cref="PoseBatchException">model_mismatch: no shape fits, several do, or a value cannot be.</exception>
    public static LikelyDescription Of(
        UndescribedNetwork network, IReadOnlyList<NetworkShape> shapes, string? like, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        if ((like ?? network.Said?.Shape) is { } name)
        {
            NetworkShape named = shapes.FirstOrDefault(shape => shape.Name == name) ?? throw new PoseBatchException(
                ReasonCode.ModelMismatch, $"No network is known as '{name}'.", $"Known are {string.Join(", ", shapes.Select(shape => shape.Name))}.");
            return Whole(named, Draft(named, network, settings), network, settings);
        }

        List<(NetworkShape Shape, JsonObject Draft)> fitting = [];
        foreach (NetworkShape shape in shapes)
        {
            JsonObject draft = Draft(shape, network, settings);
            if (HasOutputs(shape, network.Tensors) && ProblemsOf(draft, network.Tensors).Count == 0 && !fitting.Exists(other => JsonNode.DeepEquals(other.Draft, draft)))
            {
                fitting.Add((shape, draft));
            }
        }

        return fitting.Count switch
        {
            1 => Whole(fitting[0].Shape, fitting[0].Draft, network, settings),
            0 => throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{network.File} looks like no network that is known here. It declares {network.Tensors}.{network.Remarks}",
                "Write a model.json beside it (docs/models.md has an example for each family), or name one that it is like with --like and change what differs with --set."),
            _ => throw new PoseBatchException(
                ReasonCode.ModelMismatch,
                $"{network.File} may be any of {string.Join("; ", fitting.Select(one => $"{one.Shape.Name} ({one.Shape.Use})"))}: its tensors do not tell.{network.Remarks}",
                $"Say which one it is like: --like {fitting[0].Shape.Name}."),
        };
    }

    /// <summary>A description with other values in some of its fields.</summary>
    /// <param name="description">As its file says.</param>
    /// <param name="settings">Fields of <c>model.json</c> with dots, and their values.</param>
    /// <exception cref="PoseBatchException">model_mismatch: a value cannot be.</exception>
    public static ModelDescription Changed(ModelDescription description, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        JsonObject draft = JsonNode.Parse(ModelJson.Write(description))!.AsObject();
        Put(draft, settings);
        return ModelJson.Read(draft.ToJsonString(), $"The description of {description.Name} with what --set says");
    }

    private static bool HasOutputs(NetworkShape shape, ModelTensors tensors) => shape.Outputs.All(wanted => tensors.Outputs.Any(output =>
        output.Name == wanted.Key && output.Dimensions.Count == wanted.Value.Length
        && output.Dimensions.Zip(wanted.Value).All(pair => pair.Second < 0 || pair.First < 0 || pair.First == pair.Second)
        && (wanted.Value.All(length => length < 0) || output.Dimensions.Zip(wanted.Value).Any(pair => pair.Second >= 0 && pair.First == pair.Second))));

    private static LikelyDescription Whole(NetworkShape shape, JsonObject draft, UndescribedNetwork network, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        IReadOnlyList<string> problems = ProblemsOf(draft, network.Tensors);
        if (problems.Count > 0)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMismatch, $"{network.File} is not like {shape.Name}: {string.Join("; ", problems)}.{network.Remarks}", "Name another one with --like, or change what differs with --set FIELD=VALUE.");
        }

        ModelDescription description = ModelJson.Read(draft.ToJsonString(), shape.Name);
        string[] read = [.. (network.Said?.Fields ?? []).Select(field => field.Key).Except(settings.Select(setting => setting.Key))];
        return new(shape, description, [.. read.Select(path => $"{path} {Place(draft, path.Split('.'))[path.Split('.')[^1]]?.ToJsonString()}")], Assume(draft, read));
    }

    private static IReadOnlyList<string> ProblemsOf(JsonObject draft, ModelTensors tensors)
    {
        IReadOnlyList<string> problems = ModelJson.TryRead(draft.ToJsonString(), out ModelDescription? description);
        return description is null ? problems : ModelContract.Check(description, tensors);
    }

    private static JsonObject Draft(NetworkShape shape, UndescribedNetwork network, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        JsonObject draft = new()
        {
            ["schema_version"] = ModelJson.SchemaVersion,
            ["name"] = network.Name,
            ["sha256"] = network.Sha256,
            ["licence"] = NoLicence,
            ["origin"] = $"added from {Path.GetFileName(network.File)}",
        };
        foreach ((string key, JsonNode? value) in shape.Model)
        {
            draft[key] = value?.DeepClone();
        }

        if (draft["input"] is JsonObject input && network.Tensors.Inputs is [TensorDeclaration tensor, ..])
        {
            FillInput(input, tensor);
        }

        foreach ((string path, JsonNode value) in network.Said?.Fields ?? [])
        {
            Put(draft, path, value.DeepClone());
        }

        Put(draft, settings);
        return draft;
    }

    // What the file says itself goes over what networks of the kind usually have.
    private static void FillInput(JsonObject input, TensorDeclaration tensor)
    {
        input["name"] = tensor.Name;
        input["type"] = tensor.TypeName;
        if (tensor.Dimensions is not [_, int second, int third, int fourth])
        {
            return;
        }

        bool isNhwc = fourth is 1 or 3 && second is not (1 or 3);
        input["layout"] = isNhwc ? "NHWC" : "NCHW";
        if ((isNhwc ? fourth : second) == 1)
        {
            BeGrey(input);
        }

        (int height, int width) = isNhwc ? (second, third) : (third, fourth);
        if (height > 0 && width > 0)
        {
            (input["width"], input["height"]) = (width, height);
        }
    }

    // One channel, whose mean and std are those of all three where these are alike; else the description is refused, and --set has to say them.
    private static void BeGrey(JsonObject input)
    {
        input["colour_order"] = "grey";
        foreach (string field in (string[])["mean", "std"])
        {
            if (input[field] is JsonArray { Count: 3 } numbers && numbers.All(number => JsonNode.DeepEquals(number, numbers[0])))
            {
                input[field] = new JsonArray(numbers[0]!.DeepClone());
            }
        }
    }

    private static void Put(JsonObject draft, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        foreach ((string path, string value) in settings)
        {
            Put(draft, path, ValueOf(value));
        }
    }

    private static void Put(JsonObject draft, string path, JsonNode? value)
    {
        string[] names = path.Split('.');
        Place(draft, names)[names[^1]] = value;
    }

    // The object that a path of fields ends in, made where there is none.
    private static JsonObject Place(JsonObject draft, string[] names)
    {
        JsonObject place = draft;
        foreach (string name in names[..^1])
        {
            if (place[name] is not JsonObject inner)
            {
                place[name] = inner = [];
            }

            place = inner;
        }

        return place;
    }

    private static JsonNode? ValueOf(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;   // a word without quotes
        }
    }

    private static List<string> Assume(JsonObject draft, string[] read)
    {
        JsonObject input = draft["input"]!.AsObject();
        List<string> lines = [$"family {draft["family"]}", $"picture {input["width"]}x{input["height"]}"];
        lines.AddRange(InputFields.Select(name => $"input.{name} {input[name]?.ToJsonString()}"));
        lines.AddRange((draft["decoder"] as JsonObject ?? [])
            .Where(parameter => !read.Contains("decoder." + parameter.Key)).Select(parameter => $"decoder.{parameter.Key} {parameter.Value?.ToJsonString()}"));
        if (draft["skeleton"] is { } skeleton && !read.Contains("skeleton"))
        {
            lines.Add($"skeleton {skeleton.ToJsonString()}");
        }

        if (draft["licence"]?.ToString() == NoLicence)
        {
            lines.Add("licence: no file says it; give --set licence=ID once you know it");
        }

        return lines;
    }
}
