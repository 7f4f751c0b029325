using System.Buffers;
using System.Text;
using System.Text.Json;
using PoseBatch.Geometry;
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

    private const int MaxSide = 8192;
    private const int MaxJoints = 1024;
    private const float StandardMinPersonScore = 0.25f;

    private static readonly Dictionary<string, TensorLayout> Layouts = new(StringComparer.Ordinal)
    {
        ["NCHW"] = TensorLayout.Nchw,
        ["NHWC"] = TensorLayout.Nhwc,
        ["plain"] = TensorLayout.Plain,
    };

    private static readonly Dictionary<string, TensorLayout> InputLayouts = new(StringComparer.Ordinal)
    {
        ["NCHW"] = TensorLayout.Nchw,
        ["NHWC"] = TensorLayout.Nhwc,
    };

    private static readonly Dictionary<string, TensorType> Types = new(StringComparer.Ordinal)
    {
        ["float32"] = TensorType.Float32,
        ["uint8"] = TensorType.UInt8,
        ["int32"] = TensorType.Int32,
    };

    private static readonly Dictionary<string, bool> ColourOrders = new(StringComparer.Ordinal) { ["rgb"] = true, ["bgr"] = false };

    private static readonly Dictionary<string, ResizeRule> ResizeRules = new(StringComparer.Ordinal)
    {
        ["stretch"] = ResizeRule.Stretch,
        ["letterbox"] = ResizeRule.Letterbox,
        ["letterbox-top-left"] = ResizeRule.LetterboxTopLeft,
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
        ArrayBufferWriter<byte> buffer = new();
        JsonWriterOptions indented = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(buffer, indented))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", SchemaVersion);
            json.WriteString("name", model.Name);
            json.WriteString("family", model.Family);
            json.WriteString("file", model.File);
            json.WriteString("sha256", model.Sha256);
            json.WriteString("licence", model.Licence);
            json.WriteString("origin", model.Origin);
            WriteInput(json, model.Input);
            json.WriteStartObject("outputs");
            foreach (ModelOutput output in model.Outputs)
            {
                json.WriteStartObject(output.Role);
                json.WriteString("name", output.Name);
                json.WriteString("layout", KeyOf(Layouts, output.Layout));
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartObject("decoder");
            foreach ((string parameter, object value) in model.Decoder)
            {
                if (value is double number)
                {
                    json.WriteNumber(parameter, number);
                }
                else
                {
                    json.WriteString(parameter, (string)value);
                }
            }

            json.WriteEndObject();
            WriteSkeleton(json, model.Skeleton);
            json.WriteStartObject("thresholds");
            json.WriteNumber("min_person_score", model.MinPersonScore);
            json.WriteNumber("min_keypoint_confidence", model.MinKeypointConfidence);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
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
        ModelInput input = ReadInput(fields.Object("input", required: true));
        IReadOnlyList<ModelOutput> outputs = ReadOutputs(fields.Object("outputs", required: true), family);
        IReadOnlyDictionary<string, object> decoder = ReadDecoder(fields, family);
        Skeleton skeleton = ReadSkeleton(fields, problems, required: family is not { IsDetector: true });
        float minPersonScore = StandardMinPersonScore;
        float minKeypointConfidence = 0;
        if (fields.Object("thresholds", required: false) is { } thresholds)
        {
            minPersonScore = (float)thresholds.Number("min_person_score", 0, 1, StandardMinPersonScore);
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
            Input = input,
            Outputs = outputs,
            Decoder = decoder,
            Skeleton = skeleton,
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

    private static ModelInput ReadInput(JsonFields? fields)
    {
        if (fields is null)
        {
            return new()
            {
                Name = "",
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = new(1, 1),
                IsRgb = true,
                Resize = ResizeRule.Stretch,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            };
        }

        ModelInput input = new()
        {
            Name = fields.Text("name"),
            Layout = fields.Choice("layout", InputLayouts),
            Type = fields.Choice("type", Types),
            Size = new(fields.Integer("width", 1, MaxSide), fields.Integer("height", 1, MaxSide)),
            IsRgb = fields.Choice("colour_order", ColourOrders),
            Resize = fields.Choice("resize", ResizeRules),
            Pad = [.. ReadColour(fields, "pad", 0, 255, 0).Select(value => (byte)value)],
            Mean = [.. ReadColour(fields, "mean", -255, 255, 0).Select(value => (float)value)],
            Std = [.. ReadColour(fields, "std", 1e-6, 1e6, 1).Select(value => (float)value)],
        };
        if (input.Type != TensorType.Float32 && (input.Mean.Any(value => value != 0) || input.Std.Any(value => value != 1)))
        {
            fields.Problem(fields.Path, "an integer input takes the bytes as they are: mean must be [0,0,0] and std [1,1,1]");
        }

        fields.Finish();
        return input;
    }

    private static double[] ReadColour(JsonFields fields, string name, double minimum, double maximum, double standard)
    {
        double[] colour = [standard, standard, standard];
        if (!fields.Has(name))
        {
            return colour;
        }

        IReadOnlyList<(JsonElement Element, string Path)> elements = fields.Array(name, required: false);
        if (elements.Count != 3)
        {
            fields.Problem(fields.PathOf(name), "must be three numbers in the order red, green, blue");
            return colour;
        }

        for (int channel = 0; channel < 3; channel++)
        {
            (JsonElement element, string path) = elements[channel];
            colour[channel] = name == "pad"
                ? fields.Integer(element, path, 0, 255) ?? standard
                : fields.Number(element, path, minimum, maximum) ?? standard;
        }

        return colour;
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

            ModelOutput read = new(role.Name, output.Text("name"), output.Choice("layout", Layouts));
            if (role.IsMap == (read.Layout == TensorLayout.Plain))
            {
                output.Problem(output.PathOf("layout"), role.IsMap ? "must be NCHW or NHWC for this role" : "must be plain for this role");
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

    private static Skeleton ReadSkeleton(JsonFields fields, List<string> problems, bool required)
    {
        if (fields.Element("skeleton", required) is not { } element)
        {
            return ModelFamilies.NoSkeleton;
        }

        string path = fields.PathOf("skeleton");
        if (element.ValueKind == JsonValueKind.String)
        {
            if (Skeletons.Find(element.GetString()!) is { } known)
            {
                return known;
            }

            string names = string.Join(", ", Skeletons.Names);
            fields.Problem(
                path, $"must be one of {names}, or an object with name, keypoints, edges and swap, not {JsonFields.Describe(element)}");
            return ModelFamilies.NoSkeleton;
        }

        JsonFields section = new(element, path, problems);
        string name = section.Text("name");
        List<string> keypoints = ReadKeypoints(section);
        List<(int From, int To)> edges = ReadPairs(section, "edges", keypoints.Count);
        List<(int Left, int Right)> swap = ReadPairs(section, "swap", keypoints.Count);
        if (swap.SelectMany(pair => new[] { pair.Left, pair.Right }).GroupBy(joint => joint).Any(group => group.Count() > 1))
        {
            section.Problem(section.PathOf("swap"), "names a joint in more than one pair");
        }

        section.Finish();
        return new(name, keypoints, edges, swap);
    }

    private static List<string> ReadKeypoints(JsonFields section)
    {
        List<string> keypoints = [];
        foreach ((JsonElement element, string path) in section.Array("keypoints", required: true))
        {
            string? keypoint = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
            if (keypoint is not { Length: > 0 } || !keypoint.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            {
                section.Problem(path, $"must be a name of small letters, digits and underscores, not {JsonFields.Describe(element)}");
            }
            else if (keypoints.Contains(keypoint))
            {
                section.Problem(path, $"\"{keypoint}\" stands there twice");
            }

            keypoints.Add(keypoint ?? "");
        }

        if (section.Has("keypoints") && keypoints.Count is 0 or > MaxJoints)
        {
            section.Problem(section.PathOf("keypoints"), $"must name 1 to {MaxJoints} joints, not {keypoints.Count}");
        }

        return keypoints;
    }

    private static List<(int, int)> ReadPairs(JsonFields section, string name, int jointCount)
    {
        List<(int, int)> pairs = [];
        foreach ((JsonElement element, string path) in section.Array(name, required: true))
        {
            int[] pair = element.ValueKind == JsonValueKind.Array
                ? [.. element.EnumerateArray().Select(JointOf)]
                : [];
            if (pair is not [int first, int second] || first == second || !IsJoint(first) || !IsJoint(second))
            {
                section.Problem(
                    path, $"must be a pair of two different joint numbers from 0 to {jointCount - 1}, not {JsonFields.Describe(element)}");
                continue;
            }

            pairs.Add((first, second));
        }

        return pairs;

        bool IsJoint(int joint) => joint >= 0 && joint < jointCount;

        static int JointOf(JsonElement one) => one.ValueKind == JsonValueKind.Number && one.TryGetInt32(out int joint) ? joint : -1;
    }

    private static void WriteInput(Utf8JsonWriter json, ModelInput input)
    {
        json.WriteStartObject("input");
        json.WriteString("name", input.Name);
        json.WriteString("layout", KeyOf(InputLayouts, input.Layout));
        json.WriteString("type", KeyOf(Types, input.Type));
        json.WriteNumber("width", input.Size.Width);
        json.WriteNumber("height", input.Size.Height);
        json.WriteString("colour_order", KeyOf(ColourOrders, input.IsRgb));
        json.WriteString("resize", KeyOf(ResizeRules, input.Resize));
        WriteNumbers(json, "pad", input.Pad.Select(value => (float)value));
        WriteNumbers(json, "mean", input.Mean);
        WriteNumbers(json, "std", input.Std);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static void WriteSkeleton(Utf8JsonWriter json, Skeleton skeleton)
    {
        if (skeleton.KeypointCount == 0)
        {
            return;
        }

        if (ReferenceEquals(Skeletons.Find(skeleton.Name), skeleton))
        {
            json.WriteString("skeleton", skeleton.Name);
            return;
        }

        json.WriteStartObject("skeleton");
        json.WriteString("name", skeleton.Name);
        json.WriteStartArray("keypoints");
        foreach (string keypoint in skeleton.Keypoints)
        {
            json.WriteStringValue(keypoint);
        }

        json.WriteEndArray();
        WritePairs(json, "edges", skeleton.Edges);
        WritePairs(json, "swap", skeleton.SwapPairs);
        json.WriteEndObject();
    }

    private static void WritePairs(Utf8JsonWriter json, string name, IEnumerable<(int First, int Second)> pairs)
    {
        json.WriteStartArray(name);
        foreach ((int first, int second) in pairs)
        {
            json.WriteStartArray();
            json.WriteNumberValue(first);
            json.WriteNumberValue(second);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static string KeyOf<T>(Dictionary<string, T> names, T value) =>
        names.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Key;
}
