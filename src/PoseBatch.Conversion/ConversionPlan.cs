namespace PoseBatch.Conversion;

/// <summary>Which part of a graph becomes the network: what lies between one tensor and some others. The rest is cut away.</summary>
public sealed record ConversionPlan
{
    /// <summary>Name of the tensor that the picture is put in for, batches of rows, columns and channels; null takes the graph's own input.</summary>
    public string? Input { get; init; }

    /// <summary>Width of the input in pixels; null takes what the graph declares.</summary>
    public int? Width { get; init; }

    /// <summary>Height of the input in pixels; null takes what the graph declares.</summary>
    public int? Height { get; init; }

    /// <summary>Tensors that become outputs, and the names they get. At least one.</summary>
    public required IReadOnlyList<(string Tensor, string Name)> Outputs { get; init; }

    /// <summary>Name of the input in the ONNX file.</summary>
    public const string InputName = "image";
}
