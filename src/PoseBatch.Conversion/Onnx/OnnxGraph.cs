using System.Globalization;
using System.Runtime.InteropServices;

namespace PoseBatch.Conversion.Onnx;

/// <summary>
/// A network being put together for an ONNX file (field numbers of onnx.proto, https://github.com/onnx/onnx): operations in their
/// order of running, constants, one input and the outputs. Operator set 18, whose Resize may name its axes and so leave the batch free.
/// </summary>
internal sealed class OnnxGraph
{
    private const int IrVersion = 8;
    private const int OperatorSet = 18;
    private const int FloatType = 1;
    private const int Int64Type = 7;

    // AttributeProto.type
    private const int FloatAttribute = 1, IntAttribute = 2, TextAttribute = 3, IntsAttribute = 7;

    private readonly ProtobufWriter _nodes = new();
    private readonly ProtobufWriter _constants = new();
    private readonly ProtobufWriter _inputs = new();
    private readonly ProtobufWriter _outputs = new();
    private int _named;

    /// <summary>Adds an operation and gives the name of its only output.</summary>
    /// <param name="operation">Operator of ONNX.</param>
    /// <param name="inputs">Names of tensors; an empty one is an optional input left out.</param>
    /// <param name="output">Name of the output; null makes one up.</param>
    /// <param name="attributes">Values: <see cref="long"/>, <see cref="float"/>, <see cref="string"/> or an array of <see cref="long"/>.</param>
    public string Node(string operation, IEnumerable<string> inputs, string? output = null, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        output ??= NewName();
        ProtobufWriter node = new();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, output).Text(3, output).Text(4, operation);
        foreach ((string name, object value) in attributes)
        {
            node.Message(5, Attribute(name, value));
        }

        _nodes.Message(1, node);
        return output;
    }

    /// <summary>Adds float numbers and gives their name.</summary>
    public string Constant(IReadOnlyList<int> shape, ReadOnlySpan<float> values) => Constant(shape, FloatType, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a list of whole numbers and gives its name.</summary>
    public string Constant(ReadOnlySpan<long> values) => Constant([values.Length], Int64Type, MemoryMarshal.AsBytes(values));

    /// <summary>Declares the input: float32, first dimension free.</summary>
    public void Input(string name, IReadOnlyList<int> shape) => _inputs.Message(11, Declaration(name, shape));

    /// <summary>Declares an output: float32, first dimension free.</summary>
    public void Output(string name, IReadOnlyList<int> shape) => _outputs.Message(12, Declaration(name, shape));

    /// <summary>The bytes of the file.</summary>
    public byte[] ToFile(string producer)
    {
        ProtobufWriter graph = new();
        byte[] parts = [.. _nodes.Written, .. graph.Text(2, "network").Written, .. _constants.Written, .. _inputs.Written, .. _outputs.Written];
        ProtobufWriter model = new();
        return model
            .Whole(1, IrVersion)
            .Text(2, producer)
            .Bytes(7, parts)
            .Message(8, new ProtobufWriter().Text(1, string.Empty).Whole(2, OperatorSet))
            .Written
            .ToArray();
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"t{_named++}");

    // onnx.proto asks for little-endian numbers, which every machine .NET runs on here has.
    private string Constant(IReadOnlyList<int> shape, int type, ReadOnlySpan<byte> values)
    {
        string name = NewName();
        ProtobufWriter tensor = new();
        foreach (int length in shape)
        {
            tensor.Whole(1, length);
        }

        tensor.Whole(2, type).Text(8, name).Bytes(9, values);
        _constants.Message(5, tensor);
        return name;
    }

    private static ProtobufWriter Attribute(string name, object value)
    {
        ProtobufWriter attribute = new ProtobufWriter().Text(1, name);
        switch (value)
        {
            case long whole:
                return attribute.Whole(3, whole).Whole(20, IntAttribute);
            case float number:
                return attribute.Number(2, number).Whole(20, FloatAttribute);
            case string text:
                return attribute.Text(4, text).Whole(20, TextAttribute);
            case long[] wholes:
                foreach (long one in wholes)
                {
                    attribute.Whole(8, one);
                }

                return attribute.Whole(20, IntsAttribute);
            default:
                throw new ArgumentException($"No attribute of ONNX has the type {value.GetType()}.", nameof(value));
        }
    }

    private static ProtobufWriter Declaration(string name, IReadOnlyList<int> shape)
    {
        ProtobufWriter dimensions = new();
        for (int index = 0; index < shape.Count; index++)
        {
            dimensions.Message(1, index == 0 ? new ProtobufWriter().Text(2, "batch") : new ProtobufWriter().Whole(1, shape[index]));
        }

        ProtobufWriter type = new ProtobufWriter().Message(1, new ProtobufWriter().Whole(1, FloatType).Message(2, dimensions));
        return new ProtobufWriter().Text(1, name).Message(2, type);
    }
}
