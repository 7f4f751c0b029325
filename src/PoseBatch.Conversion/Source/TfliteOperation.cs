using System.Globalization;

namespace PoseBatch.Conversion.Source;

/// <summary>One operation of a TF-Lite file with one output, and how it is said in the words of TensorFlow.</summary>
/// <param name="Operator">As TF-Lite spells it.</param>
/// <param name="Inputs">The tensors it reads, those left out left out.</param>
/// <param name="Names">What those are called in the graph.</param>
/// <param name="Options">Its table of options; which fields that has depends on the operator.</param>
internal sealed record TfliteOperation(string Operator, TfliteTensor[] Inputs, string[] Names, FlatTable Options)
{
    /// <summary>Number of the activation that ends it (enumeration <c>ActivationFunctionType</c>); 0 for none.</summary>
    public int Activation => Operator switch
    {
        "CONV_2D" => Options.Byte(3),
        "DEPTHWISE_CONV_2D" => Options.Byte(4),
        "AVERAGE_POOL_2D" or "MAX_POOL_2D" => Options.Byte(5),
        "CONCATENATION" => Options.Byte(1),
        "ADD" or "SUB" or "MUL" or "DIV" => Options.Byte(0),
        _ => 0,
    };

    /// <summary>What an activation is called; one that TensorFlow has no word for keeps its own.</summary>
    public static string NameOfActivation(int activation) => activation switch
    {
        1 => "Relu",
        2 => "RELU_N1_TO_1",
        3 => "Relu6",
        4 => "Tanh",
        5 => "SIGN_BIT",
        _ => string.Create(CultureInfo.InvariantCulture, $"activation {activation} of TF-Lite"),
    };

    /// <summary>The operation without its activation.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="constants">Weights so far; those that only TensorFlow has are added.</param>
    public SourceNode ToNode(string name, Dictionary<string, SourceTensor> constants) => Operator switch
    {
        "CONV_2D" => Convolution(name, constants, isDepthwise: false),
        "DEPTHWISE_CONV_2D" => Convolution(name, constants, isDepthwise: true),
        "AVERAGE_POOL_2D" => Pool(name, "AvgPool"),
        "MAX_POOL_2D" => Pool(name, "MaxPool"),
        "CONCATENATION" => Concatenation(name, constants),
        "RESIZE_BILINEAR" => Resize(name, "ResizeBilinear", Options.Byte(2), Options.Byte(3)),
        "RESIZE_NEAREST_NEIGHBOR" => Resize(name, "ResizeNearestNeighbor", Options.Byte(0), Options.Byte(1)),
        "LEAKY_RELU" => new(name, "LeakyRelu", Names) { Attributes = new Dictionary<string, object> { ["alpha"] = (double)Options.Single(0) } },
        "STRIDED_SLICE" => Slice(name),
        _ => new(name, SameMeaning(), Names),
    };

    private string SameMeaning() => Operator switch
    {
        "ADD" => "AddV2",
        "SUB" => "Sub",
        "MUL" => "Mul",
        "DIV" => "RealDiv",
        "MAXIMUM" => "Maximum",
        "MINIMUM" => "Minimum",
        "PAD" => "Pad",
        "PADV2" => "PadV2",
        "RELU" => "Relu",
        "RELU6" => "Relu6",
        "ELU" => "Elu",
        "LOGISTIC" => "Sigmoid",
        "TANH" => "Tanh",
        "CAST" => "Cast",
        "QUANTIZE" or "DEQUANTIZE" => "Identity",
        "SHAPE" => "Shape",
        "PACK" => "Pack",
        _ => Operator,
    };

    private SourceNode Convolution(string name, Dictionary<string, SourceTensor> constants, bool isDepthwise)
    {
        int dilations = isDepthwise ? 5 : 4;
        string[] names = [.. Names];
        if (names.Length > 1 && constants.TryGetValue(names[1], out SourceTensor? weights) && weights is { Floats: not null, Shape.Count: 4 })
        {
            names[1] = $"{name}/weights";
            constants[names[1]] = isDepthwise ? DepthwiseWeights(weights) : Weights(weights);
        }

        return new(name, isDepthwise ? "FusedDepthwiseConv2dNative" : "_FusedConv2D", names)
        {
            Attributes = new Dictionary<string, object>
            {
                ["padding"] = Padding(),
                ["strides"] = new long[] { 1, Options.Int32(2), Options.Int32(1), 1 },
                ["dilations"] = new long[] { 1, Options.Int32(dilations + 1, 1), Options.Int32(dilations, 1), 1 },
                ["fused_ops"] = names.Length > 2 ? new[] { "BiasAdd" } : [],
            },
        };
    }

    /// <summary>From outputs, rows, columns, inputs to rows, columns, inputs, outputs.</summary>
    private static SourceTensor Weights(SourceTensor weights)
    {
        (int outputs, int others) = (weights.Shape[0], SourceTensor.CountOf(weights.Shape.Skip(1)));
        float[] moved = new float[weights.Floats!.Length];
        for (int output = 0; output < outputs; output++)
        {
            for (int other = 0; other < others; other++)
            {
                moved[(other * outputs) + output] = weights.Floats[(output * others) + other];
            }
        }

        return new([.. weights.Shape.Skip(1), outputs], moved, null);
    }

    /// <summary>From 1, rows, columns, outputs to rows, columns, inputs, multiples: the numbers lie in the same order.</summary>
    private SourceTensor DepthwiseWeights(SourceTensor weights)
    {
        int outputs = weights.Shape[3];
        int inputs = Inputs[0].Shape is [_, _, _, > 0 and var channels] ? channels : outputs;
        return weights.Shape[0] == 1 && outputs % inputs == 0
            ? weights with { Shape = [weights.Shape[1], weights.Shape[2], inputs, outputs / inputs] }
            : throw new InvalidDataException($"{Operator} '{Inputs[0].Name}' has weights of shape [{string.Join(", ", weights.Shape)}] for {inputs} channels.");
    }

    private SourceNode Pool(string name, string word) => new(name, word, Names)
    {
        Attributes = new Dictionary<string, object>
        {
            ["padding"] = Padding(),
            ["strides"] = new long[] { 1, Options.Int32(2), Options.Int32(1), 1 },
            ["ksize"] = new long[] { 1, Options.Int32(4), Options.Int32(3), 1 },
        },
    };

    private SourceNode Concatenation(string name, Dictionary<string, SourceTensor> constants)
    {
        constants[$"{name}/axis"] = new([], null, [Options.Int32(0)]);
        return new(name, "ConcatV2", [.. Names, $"{name}/axis"]);
    }

    private SourceNode Resize(string name, string word, int isAligned, int isHalf) => new(name, word, Names)
    {
        Attributes = new Dictionary<string, object> { ["align_corners"] = isAligned != 0, ["half_pixel_centers"] = isHalf != 0 },
    };

    private SourceNode Slice(string name) => new(name, "StridedSlice", Names)
    {
        Attributes = new Dictionary<string, object>
        {
            ["begin_mask"] = (long)Options.Int32(0),
            ["end_mask"] = (long)Options.Int32(1),
            ["shrink_axis_mask"] = (long)Options.Int32(4),
        },
    };

    private string Padding() => Options.Byte(0) switch
    {
        0 => "SAME",
        1 => "VALID",
        int other => string.Create(CultureInfo.InvariantCulture, $"number {other} of TF-Lite"),
    };
}
