namespace PoseBatch.Models;

/// <summary>One tensor as the model file declares it. Dimensions are in the model's own order; -1 is a free dimension.</summary>
/// <param name="Name">Name in the graph.</param>
/// <param name="Type">Element type.</param>
/// <param name="Dimensions">For example [-1, 3, 192, 192].</param>
public sealed record TensorDeclaration(string Name, TensorType Type, IReadOnlyList<int> Dimensions)
{
    /// <summary>The element type by its ONNX name, for example <c>float16</c>; needed where <see cref="Type"/> is <see cref="TensorType.Other"/>.</summary>
    public string TypeName { get; init; } = Type.ToString().ToLowerInvariant();

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {TypeName} [{string.Join(',', Dimensions.Select(d => d < 0 ? "N" : d.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]";
}
