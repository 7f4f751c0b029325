using System.Buffers.Binary;
using System.Text;

namespace PoseBatch.Onnx;

/// <summary>
/// Writes small ONNX networks by hand (protobuf, field numbers of onnx.proto), so that the adapter can be tested where no
/// real network is at hand. Only what the tests need.
/// </summary>
internal static class TinyOnnx
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Bool = 9;
    public const int Float16 = 10;

    /// <summary>One tensor of the graph's face. A dimension is a length (<c>3</c>) or a name (<c>"N"</c>), which makes it free.</summary>
    public sealed record Face(string Name, int Type, params object[] Dimensions);

    /// <summary>One operator; attributes are whole numbers, lists of them, or graphs (their bytes).</summary>
    public sealed record Node(string Operator, string[] Inputs, string[] Outputs, params (string Name, object Value)[] Attributes);

    /// <summary>A network of opset 13.</summary>
    public static byte[] Model(Face[] inputs, Face[] outputs, Node[] nodes, params (string Name, long[] Values)[] constants)
    {
        List<byte> graph = Graph(inputs, outputs, nodes, constants);
        List<byte> opset = [];
        Number(opset, 2, 13);
        List<byte> model = [];
        Number(model, 1, 8);
        Message(model, 7, graph);
        Message(model, 8, opset);
        return [.. model];
    }

    /// <summary>A network with metadata behind its own.</summary>
    public static byte[] With(byte[] network, params (string Key, string Value)[] metadata)
    {
        List<byte> model = [.. network];
        foreach ((string key, string value) in metadata)
        {
            List<byte> entry = [];
            Text(entry, 1, key);
            Text(entry, 2, value);
            Message(model, 14, entry);
        }

        return [.. model];
    }

    /// <summary>"output0" = zeros of that shape (batch, rows, columns), whatever the picture of 32 x 32 shows.</summary>
    public static byte[] Blank(int rows, int columns) => Model(
        [new("images", Float, 1, 3, 32, 32)],
        [new("output0", Float, 1, rows, columns)],
        [
            new("ReduceMax", ["images"], ["largest"], ("keepdims", 0L)),
            new("Sub", ["largest", "largest"], ["zero"]),
            new("Expand", ["zero", "shape"], ["output0"]),
        ],
        ("shape", [1, rows, columns]));

    /// <summary>"peaks" and "peak_vals" = zeros for so many joints of one individual, in a picture of bytes, 32 x 32.</summary>
    public static byte[] BlankPeaks(int joints) => Model(
        [new("image", UInt8, "N", 3, 32, 32)],
        [new("peaks", Float, "N", joints, 2), new("peak_vals", Float, "N", joints)],
        [
            new("Cast", ["image"], ["float"], ("to", (long)Float)),
            new("ReduceMax", ["float"], ["largest"], ("axes", new long[] { 1, 2, 3 }), ("keepdims", 0L)),
            new("Sub", ["largest", "largest"], ["flat"]),
            new("Reshape", ["flat", "one"], ["zero"]),
            new("Expand", ["zero", "values"], ["peak_vals"]),
            new("Reshape", ["flat", "column"], ["deep"]),
            new("Expand", ["deep", "places"], ["peaks"]),
        ],
        ("one", [-1, 1]), ("values", [1, joints]), ("column", [-1, 1, 1]), ("places", [1, joints, 2]));

    /// <summary>
    /// "heatmap" = the picture as float, one channel per colour: Cast, then a Transpose for NHWC. With it the numbers that go in
    /// are the numbers that come out.
    /// </summary>
    public static byte[] Echo(int type, bool isNhwc, object batch, int side = 4) => Model(
        [new("image", type, isNhwc ? [batch, side, side, 3] : [batch, 3, side, side])],
        [new("map", Float, batch, 3, side, side)],
        isNhwc
            ? [new("Cast", ["image"], ["float"], ("to", (long)Float)), new("Transpose", ["float"], ["map"], ("perm", new long[] { 0, 3, 1, 2 }))]
            : [new("Cast", ["image"], ["map"], ("to", (long)Float))]);

    /// <summary>"dets" = as many rows of five pixels as the value of the largest pixel of all pictures, at most twelve.</summary>
    public static byte[] RowsByBrightness(bool isBatchLast = false) => Model(
        [new("image", Float, "N", 3, 4, 5)],
        [isBatchLast ? new("dets", Float, "n", 5, "N") : new("dets", Float, "N", "n", 5)],
        [
            new("ReduceMax", ["image"], ["largest"], ("keepdims", 0L)),
            new("Cast", ["largest"], ["whole"], ("to", (long)Int64)),
            new("Reshape", ["whole", "one"], ["count"]),
            new("Reshape", ["image", "shape"], ["rows"]),
            new("Slice", ["rows", "zero", "count", "one"], ["found"]),
            isBatchLast ? new("Transpose", ["found"], ["dets"], ("perm", new long[] { 1, 2, 0 })) : new("Identity", ["found"], ["dets"]),
        ],
        ("one", [1]), ("zero", [0]), ("shape", [0, 12, 5]));

    /// <summary>
    /// "map" = the picture (or its maximum over the batch) squeezed into a batch of 1, by a shape that is only known while it
    /// runs (plus the largest pixel, 0 in a warm-up), so that no shape inference can see it coming.
    /// </summary>
    public static byte[] SecretBatchOfOne(bool isReduced) => Model(
        [new("image", Float, "N", 3, 4, 4)],
        [new("map", Float, "N", 3, 4, 4)],
        [
            new("ReduceMax", ["image"], ["largest"], ("keepdims", 0L)),
            new("Cast", ["largest"], ["zero"], ("to", (long)Int64)),
            new("Add", ["one", "zero"], ["shape"]),
            isReduced
                ? new("ReduceMax", ["image"], ["picture"], ("axes", new long[] { 0 }), ("keepdims", 1L))
                : new("Identity", ["image"], ["picture"]),
            new("Reshape", ["picture", "shape"], ["map"]),
        ],
        ("one", [1, 3, 4, 4]));

    /// <summary>
    /// "map" = the largest pixel, by way of a tensor that is 1 x 1 in a warm-up and has (100,000 times that pixel) squared elements
    /// afterwards: no machine has so much address space.
    /// </summary>
    public static byte[] Glutton() => Model(
        [new("image", Float, "N", 3, 4, 4)],
        [new("map", Float, "N", 3, 4, 4)],
        [
            new("ReduceMax", ["image"], ["largest"], ("keepdims", 0L)),
            new("Cast", ["largest"], ["whole"], ("to", (long)Int64)),
            new("Mul", ["whole", "many"], ["more"]),
            new("Add", ["more", "one"], ["shape"]),
            new("Expand", ["largest", "shape"], ["huge"]),
            new("ReduceMax", ["huge"], ["again"], ("keepdims", 0L)),
            new("Sub", ["largest", "again"], ["nothing"]),
            new("Add", ["image", "nothing"], ["map"]),
        ],
        ("many", [100_000, 100_000]),
        ("one", [1, 1]));

    /// <summary>
    /// "map" = the picture, handed through a loop that turns 10^12 times as often as the value of its largest pixel: never in a warm-up
    /// or on a black picture, for years on any other.
    /// </summary>
    public static byte[] Treadmill() => Model(
        [new("image", Float, "N", 3, 4, 4)],
        [new("map", Float, "N", 3, 4, 4)],
        [
            new("ReduceMax", ["image"], ["largest"], ("keepdims", 0L)),
            new("Cast", ["largest"], ["whole"], ("to", (long)Int64)),
            new("Mul", ["whole", "many"], ["turns"]),
            new("Loop", ["turns", "", "image"], ["map"], ("body", Graph(
                [new("turn", Int64), new("goes", Bool), new("before", Float, "N", 3, 4, 4)],
                [new("on", Bool), new("after", Float, "N", 3, 4, 4)],
                [new("Identity", ["goes"], ["on"]), new("Identity", ["before"], ["after"])]))),
        ],
        ("many", [1_000_000_000_000]));

    /// <summary>"map" = the square root of minus the picture: 0 in a warm-up and where it is black, NaN everywhere else.</summary>
    public static byte[] SeesOnlyDark() => Model(
        [new("image", Float, "N", 3, 4, 4)],
        [new("map", Float, "N", 3, 4, 4)],
        [new("Neg", ["image"], ["minus"]), new("Sqrt", ["minus"], ["map"])]);

    private static List<byte> Graph(Face[] inputs, Face[] outputs, Node[] nodes, params (string Name, long[] Values)[] constants)
    {
        List<byte> graph = [];
        foreach (Node node in nodes)
        {
            Message(graph, 1, Encode(node));
        }

        Text(graph, 2, "tiny");
        foreach ((string name, long[] values) in constants)
        {
            Message(graph, 5, Encode(name, values));
        }

        foreach (Face face in inputs)
        {
            Message(graph, 11, Encode(face));
        }

        foreach (Face face in outputs)
        {
            Message(graph, 12, Encode(face));
        }

        return graph;
    }

    private static List<byte> Encode(Node node)
    {
        List<byte> bytes = [];
        foreach (string input in node.Inputs)
        {
            Text(bytes, 1, input);
        }

        foreach (string output in node.Outputs)
        {
            Text(bytes, 2, output);
        }

        Text(bytes, 4, node.Operator);
        foreach ((string name, object value) in node.Attributes)
        {
            List<byte> attribute = [];
            Text(attribute, 1, name);
            if (value is long number)
            {
                Number(attribute, 3, number);
                Number(attribute, 20, 2);
            }
            else if (value is List<byte> graph)
            {
                Message(attribute, 6, graph);
                Number(attribute, 20, 5);
            }
            else
            {
                foreach (long one in (long[])value)
                {
                    Number(attribute, 8, one);
                }

                Number(attribute, 20, 7);
            }

            Message(bytes, 5, attribute);
        }

        return bytes;
    }

    private static List<byte> Encode(Face face)
    {
        List<byte> shape = [];
        foreach (object dimension in face.Dimensions)
        {
            List<byte> one = [];
            if (dimension is string name)
            {
                Text(one, 2, name);
            }
            else
            {
                Number(one, 1, Convert.ToInt64(dimension, System.Globalization.CultureInfo.InvariantCulture));
            }

            Message(shape, 1, one);
        }

        List<byte> tensor = [];
        Number(tensor, 1, face.Type);
        Message(tensor, 2, shape);
        List<byte> type = [];
        Message(type, 1, tensor);
        List<byte> bytes = [];
        Text(bytes, 1, face.Name);
        Message(bytes, 2, type);
        return bytes;
    }

    private static List<byte> Encode(string name, long[] values)
    {
        byte[] raw = new byte[values.Length * sizeof(long)];
        for (int index = 0; index < values.Length; index++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(raw.AsSpan(index * sizeof(long)), values[index]);
        }

        List<byte> bytes = [];
        Number(bytes, 1, values.Length);
        Number(bytes, 2, Int64);
        Text(bytes, 8, name);
        Message(bytes, 9, [.. raw]);
        return bytes;
    }

    private static void Text(List<byte> target, int field, string text) => Message(target, field, [.. Encoding.UTF8.GetBytes(text)]);

    private static void Message(List<byte> target, int field, List<byte> content)
    {
        Varint(target, (ulong)((field << 3) | 2));
        Varint(target, (ulong)content.Count);
        target.AddRange(content);
    }

    private static void Number(List<byte> target, int field, long value)
    {
        Varint(target, (ulong)(field << 3));
        Varint(target, (ulong)value);
    }

    private static void Varint(List<byte> target, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target.Add((byte)(value | 0x80));
        }

        target.Add((byte)value);
    }
}
