using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace PoseBatch.Conversion;

/// <summary>Writes small graph models of TensorFlow.js, so that the converter can be tested where no real one is at hand.</summary>
internal sealed class TinyGraph
{
    private readonly JsonArray _nodes = [];
    private readonly JsonArray _weights = [];
    private readonly List<byte> _bytes = [];

    /// <summary>A graph whose picture is called <c>image</c>.</summary>
    public TinyGraph(int rows, int columns, int channels) => _nodes.Add(new JsonObject
    {
        ["op"] = "Placeholder",
        ["name"] = "image",
        ["attr"] = new JsonObject
        {
            ["shape"] = new JsonObject { ["shape"] = new JsonObject { ["dim"] = Dimensions(1, rows, columns, channels) } },
        },
    });

    /// <summary>An operation; attributes are texts, truth values, whole numbers, or lists of whole numbers or texts.</summary>
    public TinyGraph Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes)
    {
        JsonObject given = [];
        foreach ((string attribute, object value) in attributes)
        {
            given[attribute] = value switch
            {
                string text => new JsonObject { ["s"] = Base64(text) },
                bool flag => new JsonObject { ["b"] = flag },
                int whole => new JsonObject { ["i"] = $"{whole}" },
                int[] wholes => new JsonObject { ["list"] = new JsonObject { ["i"] = new JsonArray([.. wholes.Select(one => (JsonNode)$"{one}")]) } },
                string[] texts => new JsonObject { ["list"] = new JsonObject { ["s"] = new JsonArray([.. texts.Select(one => (JsonNode)Base64(one))]) } },
                _ => throw new ArgumentException("no such attribute", nameof(attributes)),
            };
        }

        _nodes.Add(new JsonObject { ["op"] = operation, ["name"] = name, ["input"] = new JsonArray([.. inputs.Select(input => (JsonNode)input)]), ["attr"] = given });
        return this;
    }

    /// <summary>Weights stored as 32 bit floats.</summary>
    public TinyGraph Floats(string name, int[] shape, params float[] values) => Weight(name, shape, "float32", null, values, 4, BinaryPrimitives.WriteSingleLittleEndian);

    /// <summary>Weights stored as 16 bit floats.</summary>
    public TinyGraph Halves(string name, int[] shape, params float[] values) => Weight(
        name, shape, "float32", new() { ["dtype"] = "float16", ["original_dtype"] = "float32" }, values, 2,
        (target, value) => BinaryPrimitives.WriteHalfLittleEndian(target, (Half)value));

    /// <summary>Weights stored as bytes: each stands for <c>byte * scale + least</c>.</summary>
    public TinyGraph Bytes(string name, int[] shape, double scale, double least, params float[] bytes) => Weight(
        name, shape, "float32", new() { ["dtype"] = "uint8", ["original_dtype"] = "float32", ["scale"] = scale, ["min"] = least }, bytes, 1,
        (target, value) => target[0] = (byte)value);

    /// <summary>Whole numbers.</summary>
    public TinyGraph Wholes(string name, int[] shape, params int[] values) => Weight(
        name, shape, "int32", null, [.. values.Select(value => (float)value)], 4,
        (target, value) => BinaryPrimitives.WriteInt32LittleEndian(target, (int)value));

    /// <summary>Writes <c>graph.json</c> and <c>graph.bin</c>; gives the path of the first.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="missing">How many bytes of the weights are left out.</param>
    public string Write(string folder, int missing = 0)
    {
        JsonObject model = new()
        {
            ["format"] = "graph-model",
            ["modelTopology"] = new JsonObject { ["node"] = _nodes.DeepClone() },
            ["weightsManifest"] = new JsonArray(new JsonObject { ["paths"] = new JsonArray("graph.bin"), ["weights"] = _weights.DeepClone() }),
        };
        File.WriteAllBytes(Path.Combine(folder, "graph.bin"), [.. _bytes.SkipLast(missing)]);
        string path = Path.Combine(folder, "graph.json");
        File.WriteAllText(path, model.ToJsonString());
        return path;
    }

    /// <summary>
    /// A network that gives each colour of the picture as a map of one joint, by a convolution of one cell, and behind it an operation
    /// that belongs to no head.
    /// </summary>
    public static TinyGraph Colours(int side) => new TinyGraph(side, side, 3)
        .Halves("same", [1, 1, 3, 3], 1, 0, 0, 0, 1, 0, 0, 0, 1)
        .Wholes("axis", [], 1)
        .Node("Conv2D", "maps", ["image", "same"], ("strides", new[] { 1, 1, 1, 1 }), ("padding", "VALID"))
        .Node("ArgMax", "decoder", ["maps", "axis"]);

    private TinyGraph Weight(string name, int[] shape, string type, JsonObject? quantization, float[] values, int width, Encode encode)
    {
        JsonObject weight = new() { ["name"] = name, ["shape"] = new JsonArray([.. shape.Select(length => (JsonNode)length)]), ["dtype"] = type };
        if (quantization is not null)
        {
            weight["quantization"] = quantization;
        }

        _weights.Add(weight);
        _nodes.Add(new JsonObject { ["op"] = "Const", ["name"] = name });
        foreach (float value in values)
        {
            byte[] one = new byte[width];
            encode(one, value);
            _bytes.AddRange(one);
        }

        return this;
    }

    private delegate void Encode(Span<byte> target, float value);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static JsonArray Dimensions(params int[] lengths) => [.. lengths.Select(length => new JsonObject { ["size"] = $"{length}" })];
}
