using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Json;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>
/// Text of a <c>model.json</c> to <see cref="ModelDescription"/> and back (docs/models.md, docs/model.schema.json). Strict:
/// a misspelt field is an error. All problems of a text are found at once, each named by its JSON path.
/// </summary>
public static class ModelJson
{
    /// <summary>The value of <c>schema_version</c> this version reads and writes.</summary>
    public const int SchemaVersion = 1;

    private const float StandardMinPersonScore = 0.25f;

    // AlphaPose adds up to a box's score, the mean of the joints and the largest of them with a weight of 1.25.
    private const double MostPersonScore = 4;

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a description or throws.</summary>
    /// <param name="json">The text of a <c>model.json</c>.</param>
    /// <param name="source">What to call the text in messages, usually its file name.</param>
    /// <exception cref="PoseBatchException">model_mismatch; the message names every problem with its JSON path.</exception>
    public static ModelDescription Read(string json, string source)
    {
        IReadOnlyList<string> problems = TryRead(json, out ModelDescription? description);
        return description ?? throw new PoseBatchException(
            ReasonCode.ModelMismatch,
            $"{source} does not describe a model: {string.Join("; ", problems)}.",
            "docs/models.md explains every field; docs/model.schema.json lets an editor check them.");
    }

    /// <summary>Reads a description, or says everything that is wrong with it.</summary>
    /// <param name="json">The text of a <c>model.json</c>.</param>
    /// <param name="description">The description; null when there is a problem.</param>
    /// <returns>One sentence per problem, each starting with its JSON path; empty when all is well.</returns>
    public static IReadOnlyList<string> TryRead(string json, out ModelDescription? description)
    {
        description = null;
        List<string> problems = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            ModelDescription read = Read(document.RootElement, problems);
            if (problems.Count == 0)
            {
                problems.AddRange(ModelFamilies.Find(read.Family)!.Problems(read));
            }

            if (problems.Count == 0)
            {
                description = read;
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no Unicode, such as half a surrogate pair.
            problems.Add($"$: is not JSON: {fault.Message.TrimEnd('.')}");
        }

        return problems;
    }

    /// <summary>The text of a <c>model.json</c> that reads back as the same description, indented, with a final line end.</summary>
    public static string Write(ModelDescription model)
    {
        JsonObject root = new()
        {
            ["schema_version"] = SchemaVersion,
            ["name"] = model.Name,
            ["family"] = model.Family,
            ["file"] = model.File,
            ["sha256"] = model.Sha256,
            ["licence"] = model.Licence,
            ["origin"] = model.Origin,
            ["input"] = ModelInputJson.Write(model.Input),
            ["outputs"] = new JsonObject(model.Outputs.Select(output => KeyValuePair.Create<string, JsonNode?>(
                output.Role, new JsonObject { ["name"] = output.Name, ["layout"] = ModelWords.Of(ModelWords.Layouts, (output.Layout, output.IsBatchLast)) }))),
            ["decoder"] = new JsonObject(model.Decoder.Select(parameter => KeyValuePair.Create<string, JsonNode?>(
                parameter.Key, parameter.Value is double number ? number : (string)parameter.Value))),
        };
        if (model.Caution is not null)
        {
            root.Insert(root.IndexOf("input"), "caution", model.Caution);
        }

        if (model.Skeleton.KeypointCount > 0)
        {
            root["skeleton"] = SkeletonJson.Write(model.Skeleton);
        }

        if (model.Limbs.Count > 0)
        {
            root["limbs"] = LimbsJson.Write(model.Limbs);
        }

        root["thresholds"] = new JsonObject
        {
            ["min_person_score"] = model.MinPersonScore,
            ["min_keypoint_confidence"] = model.MinKeypointConfidence,
        };
        return root.ToJsonString(Indented) + "\n";
    }

    private static ModelDescription Read(JsonElement root, List<string> problems)
    {
        JsonFields fields = new(root, "$", problems);
        fields.Integer("schema_version", SchemaVersion, SchemaVersion);
        string name = fields.Text("name");
        ModelFamily? family = ReadFamily(fields);
        string file = ReadFileName(fields);
        string sha256 = ReadSha256(fields);
        string licence = fields.Text("licence");
        string origin = fields.Text("origin");
        string? caution = fields.Has("caution") ? fields.Text("caution") : null;
        ModelInput input = ModelInputJson.Read(fields.Object("input", required: true));
        IReadOnlyList<ModelOutput> outputs = ReadOutputs(fields.Object("outputs", required: true), family);
        IReadOnlyDictionary<string, object> decoder = ReadDecoder(fields, family);
        Skeleton skeleton = SkeletonJson.Read(fields, problems, required: family is not { IsDetector: true });
        IReadOnlyList<Limb> limbs = LimbsJson.Read(fields, skeleton.KeypointCount, family);
        float minPersonScore = StandardMinPersonScore;
        float minKeypointConfidence = 0;
        if (fields.Object("thresholds", required: false) is { } thresholds)
        {
            minPersonScore = (float)thresholds.Number("min_person_score", 0, MostPersonScore, StandardMinPersonScore);
            minKeypointConfidence = (float)thresholds.Number("min_keypoint_confidence", 0, 1, 0);
            thresholds.Finish();
        }

        fields.Finish();
        return new()
        {
            Name = name,
            Family = family?.Name ?? "",
            File = file,
            Sha256 = sha256,
            Licence = licence,
            Origin = origin,
            Caution = caution,
            Input = input,
            Outputs = outputs,
            Decoder = decoder,
            Skeleton = skeleton,
            Limbs = limbs,
            MinPersonScore = minPersonScore,
            MinKeypointConfidence = minKeypointConfidence,
        };
    }

    private static ModelFamily? ReadFamily(JsonFields fields)
    {
        string name = fields.Text("family");
        ModelFamily? family = ModelFamilies.Find(name);
        if (family is null && name.Length > 0)
        {
            string known = string.Join(", ", ModelFamilies.All.Select(one => one.Name));
            fields.Problem(fields.PathOf("family"), $"must be one of {known}, not \"{name}\"");
        }

        return family;
    }

    private static string ReadFileName(JsonFields fields)
    {
        string file = fields.Text("file", "model.onnx");
        if (file.AsSpan().ContainsAny("/\\\0:") || file is "." or "..")
        {
            fields.Problem(fields.PathOf("file"), $"must be the bare name of a file beside model.json, not \"{file}\"");
        }

        return file;
    }

    private static string ReadSha256(JsonFields fields)
    {
        string sha256 = fields.Text("sha256").ToLowerInvariant();
        if (sha256.Length > 0 && (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)))
        {
            fields.Problem(fields.PathOf("sha256"), $"must be 64 hexadecimal digits, not \"{sha256}\"");
        }

        return sha256;
    }

    private static List<ModelOutput> ReadOutputs(JsonFields? fields, ModelFamily? family)
    {
        List<ModelOutput> outputs = [];
        if (fields is null || family is null)
        {
            return outputs;
        }

        foreach (OutputRole role in family.Roles)
        {
            if (fields.Object(role.Name, role.IsRequired) is not { } output)
            {
                continue;
            }

            string name = output.Text("name");
            (TensorLayout layout, bool isBatchLast) = output.Choice("layout", ModelWords.Layouts);
            ModelOutput read = new(role.Name, name, layout, isBatchLast);
            if (role.IsMap == (layout == TensorLayout.Plain))
            {
                output.Problem(output.PathOf("layout"), $"must be {string.Join(" or ", ModelWords.LayoutsOf(role.IsMap))} for this role");
            }

            if (read.Name.Length > 0 && outputs.Any(other => other.Name == read.Name))
            {
                output.Problem(output.PathOf("name"), $"tensor \"{read.Name}\" already plays another role");
            }

            output.Finish();
            outputs.Add(read);
        }

        fields.Finish();
        return outputs;
    }

    private static Dictionary<string, object> ReadDecoder(JsonFields fields, ModelFamily? family)
    {
        Dictionary<string, object> decoder = new(StringComparer.Ordinal);
        JsonFields? section = fields.Object("decoder", required: family is not null && family.Parameters.Any(one => one.Default is null));
        if (family is null)
        {
            return decoder;
        }

        foreach (DecoderParameter parameter in family.Parameters)
        {
            // A stand-in keeps the table complete where the file has a problem; such a table never leaves this class.
            object standard = parameter.Default ?? (parameter.Words is null ? parameter.Minimum : (object)parameter.Words[0]);
            decoder[parameter.Name] = section is null ? standard : ReadParameter(section, parameter, standard);
        }

        section?.Finish();
        return decoder;
    }

    private static object ReadParameter(JsonFields section, DecoderParameter parameter, object standard)
    {
        if (section.Element(parameter.Name, required: parameter.Default is null) is not { } element)
        {
            return standard;
        }

        string path = section.PathOf(parameter.Name);
        if (parameter.Words is null)
        {
            return section.Number(element, path, parameter.Minimum, parameter.Maximum) ?? standard;
        }

        if (element.ValueKind == JsonValueKind.String && parameter.Words.Contains(element.GetString()))
        {
            return element.GetString()!;
        }

        section.Problem(path, $"must be one of {string.Join(", ", parameter.Words)}, not {JsonFields.Describe(element)}");
        return standard;
    }
}
