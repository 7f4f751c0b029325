using PoseBatch.Conversion.Onnx;
using PoseBatch.Conversion.Source;

namespace PoseBatch.Conversion.Translation;

/// <summary>
/// Writes the operations that a head needs, each once, in their order. Two kinds of tensors are known: pictures, and whole numbers
/// that are worked out here (sizes for enlarging, axes, paddings).
/// </summary>
internal sealed class GraphTranslator
{
    private readonly SourceGraph _graph;
    private readonly OnnxGraph _onnx;
    private readonly Dictionary<string, Picture> _pictures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]> _wholes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<SourceNode, Picture>> _rules;

    /// <summary>Begins with the picture standing for one tensor of the graph.</summary>
    public GraphTranslator(SourceGraph graph, OnnxGraph onnx, string input, Picture image)
    {
        (_graph, _onnx) = (graph, onnx);
        _pictures[input] = image;
        _rules = new(StringComparer.Ordinal)
        {
            ["Conv2D"] = node => Convolution(node, isDepthwise: false),
            ["_FusedConv2D"] = node => Convolution(node, isDepthwise: false),
            ["DepthwiseConv2dNative"] = node => Convolution(node, isDepthwise: true),
            ["FusedDepthwiseConv2dNative"] = node => Convolution(node, isDepthwise: true),
            ["BiasAdd"] = node => Arithmetic(node, "Add"),
            ["Add"] = node => Arithmetic(node, "Add"),
            ["AddV2"] = node => Arithmetic(node, "Add"),
            ["Sub"] = node => Arithmetic(node, "Sub"),
            ["Mul"] = node => Arithmetic(node, "Mul"),
            ["RealDiv"] = node => Arithmetic(node, "Div"),
            ["Maximum"] = node => Arithmetic(node, "Max"),
            ["Minimum"] = node => Arithmetic(node, "Min"),
            ["ResizeBilinear"] = node => Resize(node, isLinear: true),
            ["ResizeNearestNeighbor"] = node => Resize(node, isLinear: false),
            ["MaxPool"] = node => Pool(node, "MaxPool"),
            ["AvgPool"] = node => Pool(node, "AveragePool"),
            ["Pad"] = Pad,
            ["PadV2"] = Pad,
            ["ConcatV2"] = Concatenate,
            ["DepthToSpace"] = DepthToSpace,
            ["Cast"] = Same,
            ["Identity"] = Same,
            ["StopGradient"] = Same,
        };
        foreach (string activation in new[] { "Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid", "Tanh" })
        {
            _rules[activation] = node => InputOf(node, 0) is var picture ? picture with { Name = Activated(picture.Name, node, activation) } : picture;
        }
    }

    /// <summary>Writes what the tensor needs and is not written yet.</summary>
    public Picture Translate(string tensor)
    {
        foreach (SourceNode node in Needed(tensor))
        {
            if (ShapeArithmetic.Of(node, _wholes, _pictures, _graph.Constants) is { } wholes)
            {
                _wholes[node.Name] = wholes;
            }
            else if (_rules.TryGetValue(node.Operator, out Func<SourceNode, Picture>? rule))
            {
                _pictures[node.Name] = rule(node);
            }
            else
            {
                throw ConversionFault.Of(
                    $"{_graph.Name} needs the operator {node.Operator} ('{node.Name}') on the way to '{tensor}', which is not known here.",
                    $"Cut the graph before it (--output) or behind it (--input). Known are {string.Join(", ", _rules.Keys.Order(StringComparer.Ordinal))}.");
            }
        }

        return PictureOf(tensor, tensor);
    }

    /// <summary>What is to be done before a tensor is there, in an order that works; without recursion, however deep the graph.</summary>
    private List<SourceNode> Needed(string tensor)
    {
        List<SourceNode> order = [];
        HashSet<string> begun = new(StringComparer.Ordinal), done = new(StringComparer.Ordinal);
        Stack<string> open = new([tensor]);
        while (open.TryPeek(out string? name))
        {
            if (done.Contains(name) || IsThere(name) || !_graph.Nodes.TryGetValue(name, out SourceNode? node))
            {
                open.Pop();
                continue;
            }

            if (begun.Add(name))
            {
                foreach (string input in node.Inputs.Where(input => !done.Contains(input)))
                {
                    open.Push(begun.Contains(input)
                        ? throw ConversionFault.Of($"{_graph.Name} runs in a circle at '{input}'.", "Networks with loops cannot be converted.")
                        : input);
                }

                continue;
            }

            open.Pop();
            done.Add(name);
            order.Add(node);
        }

        return order;
    }

    private bool IsThere(string tensor) => _pictures.ContainsKey(tensor) || _wholes.ContainsKey(tensor);

    private Picture InputOf(SourceNode node, int index) => index < node.Inputs.Count
        ? PictureOf(node.Inputs[index], node.Name)
        : throw ConversionFault.Of($"{node.Operator} '{node.Name}' has only {node.Inputs.Count} inputs.");

    private Picture PictureOf(string tensor, string asker) => _pictures.TryGetValue(tensor, out Picture? picture)
        ? picture
        : throw ConversionFault.Of(
            $"'{tensor}', which '{asker}' reads, is not a map made from the picture.",
            "Cut the graph where maps end (--output), and begin it where the picture is a batch of rows, columns and channels (--input).");

    private SourceTensor ConstantOf(SourceNode node, int index) => index < node.Inputs.Count && _graph.Constants.TryGetValue(node.Inputs[index], out SourceTensor? constant)
        ? constant
        : throw ConversionFault.Of($"Input {index} of {node.Operator} '{node.Name}' is not a constant, as it must be here.");

    private SourceTensor FloatsOf(SourceNode node, int index, int rank) => ConstantOf(node, index) is { Floats: not null } constant && constant.Shape.Count == rank
        ? constant
        : throw ConversionFault.Of($"Input {index} of {node.Operator} '{node.Name}' is not {rank} dimensions of float numbers.");

    private int[] WholesOf(SourceNode node, int index) => index >= node.Inputs.Count
        ? throw ConversionFault.Of($"{node.Operator} '{node.Name}' has only {node.Inputs.Count} inputs.")
        : _wholes.GetValueOrDefault(node.Inputs[index]) ?? ConstantOf(node, index).Integers
            ?? throw ConversionFault.Of($"Input {index} of {node.Operator} '{node.Name}' is not whole numbers.");

    private Picture Same(SourceNode node) => InputOf(node, 0);

    private Picture Convolution(SourceNode node, bool isDepthwise)
    {
        RefuseOtherLayouts(node);
        Picture picture = InputOf(node, 0);
        SourceTensor weights = FloatsOf(node, 1, 4);
        (int[] shape, float[] values) = isDepthwise ? Layouts.DepthwiseWeights(weights) : Layouts.Weights(weights);
        int inputs = isDepthwise ? weights.Shape[2] : shape[1];
        if (inputs != picture.Channels)
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' has weights for {inputs} channels and gets {picture}.");
        }

        int[] strides = RowsAndColumns(node, "strides"), dilations = RowsAndColumns(node, "dilations");
        WindowPadding rows = WindowPadding.Of(node, 1, picture.Rows, ((shape[2] - 1) * dilations[0]) + 1, strides[0]);
        WindowPadding columns = WindowPadding.Of(node, 2, picture.Columns, ((shape[3] - 1) * dilations[1]) + 1, strides[1]);
        List<string> parts = [picture.Name, _onnx.Constant(shape, values)];
        Queue<string> fused = new(node.Texts("fused_ops"));
        if (fused.TryPeek(out string? first) && first == "BiasAdd")
        {
            fused.Dequeue();
            SourceTensor bias = FloatsOf(node, 2, 1);
            if (bias.Shape[0] != shape[0])
            {
                throw ConversionFault.Of($"{node.Operator} '{node.Name}' has {shape[0]} outputs and a bias of {bias.Shape[0]} numbers.");
            }

            parts.Add(_onnx.Constant(bias.Shape, bias.Floats!));
        }

        string name = _onnx.Node(
            "Conv",
            parts,
            null,
            ("kernel_shape", new long[] { shape[2], shape[3] }),
            ("strides", new long[] { strides[0], strides[1] }),
            ("dilations", new long[] { dilations[0], dilations[1] }),
            ("pads", new long[] { rows.Before, columns.Before, rows.After, columns.After }),
            ("group", (long)(isDepthwise ? picture.Channels : 1)));
        foreach (string activation in fused)
        {
            name = Activated(name, node, activation);
        }

        return new(name, rows.Count, columns.Count, shape[0]);
    }

    private string Activated(string name, SourceNode node, string activation) => activation switch
    {
        "Relu" or "Sigmoid" or "Tanh" or "Elu" => _onnx.Node(activation, [name]),
        "Relu6" => _onnx.Node("Clip", [name, _onnx.Constant([], [0f]), _onnx.Constant([], [6f])]),
        "LeakyRelu" => _onnx.Node("LeakyRelu", [name], null, ("alpha", (float)node.Number("alpha", node.Number("leakyrelu_alpha", 0.2)))),
        _ => throw ConversionFault.Of($"{node.Operator} '{node.Name}' ends with {activation}, which is not known here.", "Cut the graph before it (--output)."),
    };

    private Picture Arithmetic(SourceNode node, string operation)
    {
        (string? left, int[] leftShape) = Operand(node, 0);
        (string? right, int[] rightShape) = Operand(node, 1);
        int[] shape = new int[4];
        for (int axis = 1; axis < 4; axis++)
        {
            shape[axis] = leftShape[axis] == 1 ? rightShape[axis] : leftShape[axis];
            if (rightShape[axis] != 1 && rightShape[axis] != shape[axis])
            {
                throw ConversionFault.Of($"{node.Operator} '{node.Name}' meets maps that differ in size: {node.Inputs[0]} and {node.Inputs[1]}.", "Choose another --size.");
            }
        }

        return new(_onnx.Node(operation, [left, right]), shape[2], shape[3], shape[1]);
    }

    private (string Name, int[] Shape) Operand(SourceNode node, int index)
    {
        if (index < node.Inputs.Count && _graph.Constants.TryGetValue(node.Inputs[index], out SourceTensor? constant))
        {
            if (constant.Floats is null || constant.Shape.Count > 4 || (constant.Shape.Count == 4 && constant.Shape[0] != 1))
            {
                throw ConversionFault.Of($"Input {index} of {node.Operator} '{node.Name}' is a constant that no map can meet.");
            }

            (int[] shape, float[] values) = Layouts.Broadcast(constant);
            return (_onnx.Constant(shape, values), shape);
        }

        Picture picture = InputOf(node, index);
        return (picture.Name, picture.Shape);
    }

    private Picture Resize(SourceNode node, bool isLinear)
    {
        Picture picture = InputOf(node, 0);
        int[] size = WholesOf(node, 1);
        if (size is not [> 0, > 0])
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' has no size of rows and columns.");
        }

        // A nearest neighbour of half pixels is floor((x + 0.5) scale); minus the half of ONNX, rounded up at a tie, that is the same.
        bool isHalf = node.Flag("half_pixel_centers"), isAligned = node.Flag("align_corners");
        string name = _onnx.Node(
            "Resize",
            [picture.Name, string.Empty, string.Empty, _onnx.Constant([size[0], size[1]])],
            null,
            ("axes", new long[] { 2, 3 }),
            ("mode", isLinear ? "linear" : "nearest"),
            ("coordinate_transformation_mode", isAligned ? "align_corners" : isHalf ? "half_pixel" : "asymmetric"),
            ("nearest_mode", isHalf || isAligned ? "round_prefer_ceil" : "floor"));
        return new(name, size[0], size[1], picture.Channels);
    }

    private Picture Pool(SourceNode node, string operation)
    {
        RefuseOtherLayouts(node);
        Picture picture = InputOf(node, 0);
        int[] window = RowsAndColumns(node, "ksize"), strides = RowsAndColumns(node, "strides");
        WindowPadding rows = WindowPadding.Of(node, 1, picture.Rows, window[0], strides[0]);
        WindowPadding columns = WindowPadding.Of(node, 2, picture.Columns, window[1], strides[1]);
        string name = _onnx.Node(
            operation,
            [picture.Name],
            null,
            ("kernel_shape", new long[] { window[0], window[1] }),
            ("strides", new long[] { strides[0], strides[1] }),
            ("pads", new long[] { rows.Before, columns.Before, rows.After, columns.After }));
        return new(name, rows.Count, columns.Count, picture.Channels);
    }

    private Picture Pad(SourceNode node)
    {
        Picture picture = InputOf(node, 0);
        int[] amounts = WholesOf(node, 1);
        if (amounts is not [0, 0, >= 0, >= 0, >= 0, >= 0, >= 0, >= 0])
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' does not pad rows, columns and channels alone.");
        }

        float value = node.Inputs.Count > 2 ? FloatsOf(node, 2, 0).Floats![0] : 0;
        string name = _onnx.Node(
            "Pad",
            [picture.Name, _onnx.Constant([0, amounts[6], amounts[2], amounts[4], 0, amounts[7], amounts[3], amounts[5]]), _onnx.Constant([], [value])]);
        return new(name, picture.Rows + amounts[2] + amounts[3], picture.Columns + amounts[4] + amounts[5], picture.Channels + amounts[6] + amounts[7]);
    }

    private Picture Concatenate(SourceNode node)
    {
        Picture[] parts = [.. Enumerable.Range(0, node.Inputs.Count - 1).Select(index => InputOf(node, index))];
        int axis = WholesOf(node, node.Inputs.Count - 1) is [int given] ? given < 0 ? given + 4 : given : -1;
        if (parts.Length == 0 || axis is < 1 or > 3)
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' does not join rows, columns or channels.");
        }

        int[] shape = parts[0].Shape;
        int along = Layouts.AxisInNchw(axis);
        if (parts.Any(part => part.Shape.Where((length, index) => index != along && length != shape[index]).Any()))
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' joins maps that differ in size: {string.Join(", ", parts.Select(part => part.ToString()))}.", "Choose another --size.");
        }

        shape[along] = parts.Sum(part => part.Shape[along]);
        return new(_onnx.Node("Concat", parts.Select(part => part.Name), null, ("axis", (long)along)), shape[2], shape[3], shape[1]);
    }

    private Picture DepthToSpace(SourceNode node)
    {
        RefuseOtherLayouts(node);
        Picture picture = InputOf(node, 0);
        int side = (int)node.Number("block_size", 0);
        if (side < 1 || picture.Channels % (side * side) != 0)
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' cannot lay out {picture} in blocks of {side}x{side}.");
        }

        string name = _onnx.Node("DepthToSpace", [picture.Name], null, ("blocksize", (long)side), ("mode", "DCR"));
        return new(name, picture.Rows * side, picture.Columns * side, picture.Channels / (side * side));
    }

    private static void RefuseOtherLayouts(SourceNode node)
    {
        if (node.Text("data_format") is not ("" or "NHWC"))
        {
            throw ConversionFault.Of($"{node.Operator} '{node.Name}' wants the layout {node.Text("data_format")}.", "Export the network with channels last (NHWC).");
        }
    }

    private static int[] RowsAndColumns(SourceNode node, string attribute) => node.Wholes(attribute) switch
    {
        [1, > 0 and <= ushort.MaxValue and var rows, > 0 and <= ushort.MaxValue and var columns, 1] => [(int)rows, (int)columns],
        [] when attribute == "dilations" => [1, 1],
        var other => throw ConversionFault.Of($"{node.Operator} '{node.Name}' has {attribute} [{string.Join(", ", other)}], which is not known here."),
    };
}
