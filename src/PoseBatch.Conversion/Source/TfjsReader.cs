using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace PoseBatch.Conversion.Source;

/// <summary>
/// Reads graph models of TensorFlow.js: a JSON file with the operations and, beside it, files with the weights one after the other
/// (https://github.com/tensorflow/tfjs, tfjs-converter). Weights of 32 and 16 bit floats, 32 bit integers, truth values, and 8 or 16
/// bit numbers with scale and minimum become the float or whole numbers they stand for.
/// </summary>
public static class TfjsReader
{
    /// <summary>Reads the JSON file and the weights it names, which must lie in the same folder or below it.</summary>
    /// <exception cref="PoseBatchException">model_missing: a file is not there. model_mismatch: it is no graph model, or cut.</exception>
    public static SourceGraph Read(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            if (!root.TryGetProperty("modelTopology", out JsonElement topology) || !topology.TryGetProperty("node", out JsonElement nodes))
            {
                throw ConversionFault.Of(
                    $"{path} is not a graph model of TensorFlow.js: it has no modelTopology.node.",
                    "Layers models and other formats must be saved as a graph model first (tensorflowjs_converter --output_format tfjs_graph_model).");
            }

            Dictionary<string, SourceTensor> constants = ReadWeights(root, path);
            Dictionary<string, SourceNode> operations = new(StringComparer.Ordinal);
            Dictionary<string, IReadOnlyList<int>?> inputs = new(StringComparer.Ordinal);
            foreach (JsonElement node in nodes.EnumerateArray())
            {
                string name = node.GetProperty("name").GetString()!;
                string operation = node.GetProperty("op").GetString()!;
                if (operation == "Const")
                {
                    continue;
                }

                Dictionary<string, object> attributes = AttributesOf(node);
                if (operation == "Placeholder")
                {
                    inputs[name] = attributes.GetValueOrDefault("shape") is long[] shape ? [.. shape.Select(length => (int)length)] : null;
                    continue;
                }

                operations[name] = new(name, operation, InputsOf(node)) { Attributes = attributes };
            }

            return new(Path.GetFileName(path), operations, constants, inputs);
        }
        catch (FileNotFoundException missing)
        {
            throw new PoseBatchException(
                ReasonCode.ModelMissing, $"{missing.FileName ?? path} does not exist.", "The weights must lie beside the JSON file, under the names it gives.", missing);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PoseBatchException(ReasonCode.ModelMissing, $"{path} cannot be read: {fault.Message}", cause: fault);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw ConversionFault.Of($"{path} is not a graph model of TensorFlow.js: {fault.Message}", "Check that the file is whole.", fault);
        }
    }

    private static string[] InputsOf(JsonElement node) => !node.TryGetProperty("input", out JsonElement inputs)
        ? []
        : [.. inputs.EnumerateArray()
            .Select(input => input.GetString()!)
            .Where(input => !input.StartsWith('^'))   // control dependencies carry no numbers
            .Select(input => input.EndsWith(":0", StringComparison.Ordinal) ? input[..^2] : input)];

    private static Dictionary<string, object> AttributesOf(JsonElement node)
    {
        Dictionary<string, object> attributes = new(StringComparer.Ordinal);
        if (node.TryGetProperty("attr", out JsonElement given))
        {
            foreach (JsonProperty attribute in given.EnumerateObject())
            {
                if (ValueOf(attribute.Value) is { } value)
                {
                    attributes[attribute.Name] = value;
                }
            }
        }

        return attributes;
    }

    // AttrValue of TensorFlow as JSON: one member, whose name is the kind; 64-bit integers may be texts, texts are base64.
    private static object? ValueOf(JsonElement attribute)
    {
        foreach (JsonProperty member in attribute.EnumerateObject())
        {
            switch (member.Name)
            {
                case "s":
                    return Decoded(member.Value);
                case "i":
                    return Whole(member.Value);
                case "f":
                    return member.Value.GetDouble();
                case "b":
                    return member.Value.GetBoolean();
                case "shape":
                    return member.Value.TryGetProperty("dim", out JsonElement dimensions)
                        ? dimensions.EnumerateArray().Select(one => one.TryGetProperty("size", out JsonElement size) ? Whole(size) : 0).ToArray()
                        : null;
                case "list" when member.Value.TryGetProperty("i", out JsonElement wholes):
                    return wholes.EnumerateArray().Select(Whole).ToArray();
                case "list" when member.Value.TryGetProperty("s", out JsonElement texts):
                    return texts.EnumerateArray().Select(Decoded).ToArray();
            }
        }

        return null;
    }

    private static string Decoded(JsonElement text) => Encoding.UTF8.GetString(Convert.FromBase64String(text.GetString()!));

    private static long Whole(JsonElement number) => number.ValueKind == JsonValueKind.String
        ? long.Parse(number.GetString()!, System.Globalization.CultureInfo.InvariantCulture)
        : number.GetInt64();

    private static Dictionary<string, SourceTensor> ReadWeights(JsonElement root, string path)
    {
        Dictionary<string, SourceTensor> constants = new(StringComparer.Ordinal);
        if (!root.TryGetProperty("weightsManifest", out JsonElement manifest))
        {
            throw ConversionFault.Of($"{path} names no weights (weightsManifest).", "Take the model.json that lies beside the weights.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (JsonElement group in manifest.EnumerateArray())
        {
            using MemoryStream shards = new();
            foreach (JsonElement file in group.GetProperty("paths").EnumerateArray())
            {
                shards.Write(File.ReadAllBytes(Beside(folder, file.GetString()!)));
            }

            byte[] bytes = shards.ToArray();
            int at = 0;
            foreach (JsonElement weight in group.GetProperty("weights").EnumerateArray())
            {
                string name = weight.GetProperty("name").GetString()!;
                constants[name] = ReadWeight(weight, name, bytes, ref at);
            }

            if (at != bytes.Length)
            {
                throw ConversionFault.Of(
                    $"The weights of {path} have {bytes.Length} bytes, its list of weights describes {at}.", "Take JSON file and weights of the same export.");
            }
        }

        return constants;
    }

    private static string Beside(string folder, string file)
    {
        string path = Path.GetFullPath(Path.Combine(folder, file));
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw ConversionFault.Of($"The weights file '{file}' lies outside the folder of the model.", "Put the weights beside the JSON file.");
    }

    private static SourceTensor ReadWeight(JsonElement weight, string name, byte[] bytes, ref int at)
    {
        int[] shape = [.. weight.GetProperty("shape").EnumerateArray().Select(length => length.GetInt32())];
        string type = weight.GetProperty("dtype").GetString()!;
        JsonElement quantization = default;
        bool isPacked = weight.TryGetProperty("quantization", out quantization);
        string stored = isPacked ? quantization.GetProperty("dtype").GetString()! : type;
        int width = stored switch
        {
            "float32" or "int32" => 4,
            "float16" or "uint16" => 2,
            "uint8" or "bool" => 1,
            _ => throw ConversionFault.Of($"The weights '{name}' are stored as {stored}, which is not read here."),
        };
        int count = SourceTensor.CountOf(shape);
        if (shape.Any(length => length < 0) || (long)count * width > bytes.Length - at)
        {
            throw ConversionFault.Of($"The file of weights ends within '{name}'.", "It was cut: get it again.");
        }

        ReadOnlySpan<byte> own = bytes.AsSpan(at, count * width);
        at += own.Length;
        if (stored is "int32" or "bool" && !isPacked)
        {
            int[] wholes = new int[count];
            for (int index = 0; index < count; index++)
            {
                wholes[index] = width == 4 ? BinaryPrimitives.ReadInt32LittleEndian(own[(index * 4)..]) : own[index];
            }

            return new(shape, null, wholes);
        }

        double scale = isPacked && stored != "float16" ? quantization.GetProperty("scale").GetDouble() : 1;
        double least = isPacked && stored != "float16" ? quantization.GetProperty("min").GetDouble() : 0;
        float[] numbers = new float[count];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> one = own[(index * width)..];
            numbers[index] = stored switch
            {
                "float32" => BinaryPrimitives.ReadSingleLittleEndian(one),
                "float16" => (float)BinaryPrimitives.ReadHalfLittleEndian(one),
                "uint16" => (float)((BinaryPrimitives.ReadUInt16LittleEndian(one) * scale) + least),
                _ => (float)((one[0] * scale) + least),
            };
        }

        return type == "int32" ? new(shape, null, [.. numbers.Select(number => (int)number)]) : new(shape, numbers, null);
    }
}
