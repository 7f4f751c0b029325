using PoseBatch.Geometry;

namespace PoseBatch.Models;

/// <summary>An input that is the same for every picture: the size a network scales its boxes to, or which data set it is to answer for.</summary>
/// <param name="Name">Tensor name.</param>
/// <param name="Type">Float32, Int64, Int32 or Bool.</param>
/// <param name="Shape">Lengths; -1, only as the first, is the batch, over which the values are repeated. Empty for a single number.</param>
/// <param name="Values">
/// Of one image, in the tensor's order: a <see cref="double"/> each (0 or 1 for Bool), or <see cref="InputWidth"/> or <see cref="InputHeight"/>.
/// </param>
public sealed record ModelConstant(string Name, TensorType Type, IReadOnlyList<int> Shape, IReadOnlyList<object> Values)
{
    /// <summary>The value that means the input's width in pixels.</summary>
    public const string InputWidth = "input_width";

    /// <summary>The value that means the input's height in pixels.</summary>
    public const string InputHeight = "input_height";

    /// <summary>The values as numbers.</summary>
    /// <param name="input">Size of the input, pixels.</param>
    public IReadOnlyList<double> Numbers(PixelSize input) =>
        [.. Values.Select(value => value is double number ? number : (string)value == InputWidth ? input.Width : input.Height)];
}
