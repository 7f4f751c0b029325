namespace PoseBatch.Conversion.Source;

/// <summary>A constant of a graph in the source's own layout: float numbers, or whole numbers such as shapes and axes.</summary>
/// <param name="Shape">Lengths of the dimensions; none for a single number.</param>
/// <param name="Floats">The numbers, last dimension fastest; null for whole numbers.</param>
/// <param name="Integers">The whole numbers, last dimension fastest; null for float numbers.</param>
public sealed record SourceTensor(IReadOnlyList<int> Shape, float[]? Floats, int[]? Integers)
{
    /// <summary>How many numbers a shape holds.</summary>
    /// <exception cref="OverflowException">More than an array can hold.</exception>
    public static int CountOf(IEnumerable<int> shape) => shape.Aggregate(1, (count, length) => checked(count * length));
}
