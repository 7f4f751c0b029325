using PoseBatch.Geometry;

namespace PoseBatch.Models;

/// <summary>The image input of a model.</summary>
public sealed record ModelInput
{
    /// <summary>Tensor name.</summary>
    public required string Name { get; init; }

    /// <summary>Axis order.</summary>
    public required TensorLayout Layout { get; init; }

    /// <summary>Element type.</summary>
    public required TensorType Type { get; init; }

    /// <summary>Input size in pixels.</summary>
    public required PixelSize Size { get; init; }

    /// <summary>True when channel 0 is red (RGB), false for blue (BGR).</summary>
    public required bool IsRgb { get; init; }

    /// <summary>How a frame is brought to <see cref="Size"/>.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>Colour of the padding, 0..255, in R, G, B order, before scaling.</summary>
    public required IReadOnlyList<byte> Pad { get; init; }

    /// <summary>Subtracted from each byte, R, G, B order, in units of 0..255.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Then divides, R, G, B order.</summary>
    public required IReadOnlyList<float> Std { get; init; }
}
