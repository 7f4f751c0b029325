namespace PoseBatch.Conversion.Source;

/// <summary>One operation of a graph, in the words of TensorFlow.</summary>
/// <param name="Name">Name of the operation and of its first output.</param>
/// <param name="Operator">For example <c>Conv2D</c>.</param>
/// <param name="Inputs">Names of tensors in the operator's order; a further output of an operation is <c>NAME:1</c>.</param>
public sealed record SourceNode(string Name, string Operator, IReadOnlyList<string> Inputs)
{
    /// <summary>
    /// Attributes by name: <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, or an array of
    /// <see cref="long"/> or <see cref="string"/>.
    /// </summary>
    public IReadOnlyDictionary<string, object> Attributes { get; init; } = new Dictionary<string, object>();

    /// <summary>A text; empty where there is none.</summary>
    public string Text(string attribute) => Attributes.GetValueOrDefault(attribute) as string ?? string.Empty;

    /// <summary>A yes or no; no where there is none.</summary>
    public bool Flag(string attribute) => Attributes.GetValueOrDefault(attribute) is true;

    /// <summary>A whole number, or what stands in for it where there is none.</summary>
    public long Whole(string attribute, long otherwise) => Attributes.GetValueOrDefault(attribute) is long value ? value : otherwise;

    /// <summary>A number, or what stands in for it where there is none.</summary>
    public double Number(string attribute, double otherwise) => Attributes.GetValueOrDefault(attribute) switch
    {
        double value => value,
        long value => value,
        _ => otherwise,
    };

    /// <summary>Whole numbers; none where there are none.</summary>
    public IReadOnlyList<long> Wholes(string attribute) => Attributes.GetValueOrDefault(attribute) as long[] ?? [];

    /// <summary>Texts; none where there are none.</summary>
    public IReadOnlyList<string> Texts(string attribute) => Attributes.GetValueOrDefault(attribute) as string[] ?? [];
}
