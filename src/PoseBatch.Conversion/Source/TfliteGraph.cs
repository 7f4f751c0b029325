namespace PoseBatch.Conversion.Source;

/// <summary>
/// Puts the graph of a TF-Lite file (table <c>SubGraph</c>) into the words of TensorFlow. An operator that has no such words keeps its own
/// name, and is refused by it when a head needs it.
/// </summary>
internal sealed class TfliteGraph
{
    private readonly string _name;
    private readonly FlatTable _graph;
    private readonly TfliteOperator[] _operators;
    private readonly (TfliteTensor Tensor, SourceTensor? Constant)[] _tensors;
    private readonly Dictionary<string, SourceNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceTensor> _constants = new(StringComparer.Ordinal);

    /// <summary>Takes the parts of a file.</summary>
    public TfliteGraph(string name, FlatTable graph, TfliteOperator[] operators, (TfliteTensor Tensor, SourceTensor? Constant)[] tensors)
    {
        (_name, _graph, _operators, _tensors) = (name, graph, operators, tensors);
        foreach ((TfliteTensor tensor, SourceTensor? constant) in tensors)
        {
            if (constant is not null)
            {
                _constants[tensor.Name] = constant;
            }
        }
    }

    /// <summary>The graph.</summary>
    public SourceGraph ToSource()
    {
        Dictionary<string, IReadOnlyList<int>?> inputs = new(StringComparer.Ordinal);
        Dictionary<string, string> real = new(StringComparer.Ordinal);
        foreach (TfliteTensor input in _graph.Int32s(1).Select(TensorAt))
        {
            inputs[input.Name] = input.DeclaredShape;
            if (input.Quantization is { } quantization)
            {
                real[input.Name] = Dequantized(input.Name, quantization.Scale, quantization.Zero);
            }
        }

        foreach (FlatTable operation in _graph.Tables(3))
        {
            Read(operation, real);
        }

        return new(_name, _nodes, _constants, inputs);
    }

    /// <summary>The numbers that a picture's whole numbers stand for.</summary>
    private string Dequantized(string input, float scale, float zero)
    {
        string centred = $"{input}/minus_zero_point", scaled = $"{input}/times_scale";
        _constants[$"{input}/zero_point"] = new([], [zero], null);
        _constants[$"{input}/scale"] = new([], [scale], null);
        _nodes[centred] = new(centred, "Sub", [input, $"{input}/zero_point"]);
        _nodes[scaled] = new(scaled, "Mul", [centred, $"{input}/scale"]);
        return scaled;
    }

    private TfliteTensor TensorAt(int index) => index >= 0 && index < _tensors.Length
        ? _tensors[index].Tensor
        : throw new InvalidDataException($"An operation names tensor {index} of {_tensors.Length}.");

    private void Read(FlatTable operation, Dictionary<string, string> real)
    {
        int code = operation.Int32(0);
        TfliteTensor[] inputs = [.. operation.Int32s(1).Where(index => index != -1).Select(TensorAt)];   // -1 is an optional one left out
        TfliteTensor[] outputs = [.. operation.Int32s(2).Select(TensorAt)];
        string name = code >= 0 && code < _operators.Length ? _operators[code].Name : throw new InvalidDataException($"It has no operator {code}.");
        string[] names = [.. inputs.Select(input => real.GetValueOrDefault(input.Name, input.Name))];
        if (outputs is [var only] && inputs.Length > 0)
        {
            if (name is "DEQUANTIZE" && _constants.TryGetValue(inputs[0].Name, out SourceTensor? constant))
            {
                _constants[only.Name] = constant;
                return;
            }

            Add(only.Name, new(name, inputs, names, operation.Table(4) ?? default));
            return;
        }

        foreach (TfliteTensor output in outputs)
        {
            _nodes[output.Name] = new(output.Name, name, names);
        }
    }

    private void Add(string output, TfliteOperation operation)
    {
        int activation = operation.Activation;
        string before = activation == 0 ? output : $"{output}/before_activation";
        _nodes[before] = operation.ToNode(before, _constants);
        if (activation != 0)
        {
            _nodes[output] = new(output, TfliteOperation.NameOfActivation(activation), [before]);
        }
    }
}
