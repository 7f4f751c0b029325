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

    /// <summary>What the channels are.</summary>
    public required ColourOrder ColourOrder { get; init; }

    /// <summary>Channels of a pixel: 1 for grey, else 3.</summary>
    public int ChannelCount => ColourOrder == ColourOrder.Grey ? 1 : 3;

    /// <summary>How a frame is brought to <see cref="Size"/>.</summary>
    public required ResizeRule Resize { get; init; }

    /// <summary>Colour of the padding, 0..255, in R, G, B order, before scaling.</summary>
    public required IReadOnlyList<byte> Pad { get; init; }

    /// <summary>Subtracted from each byte, R, G, B order, in units of 0..255; one number for grey.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Then divides, R, G, B order; one number for grey.</summary>
    public required IReadOnlyList<float> Std { get; init; }

    /// <summary>What the network takes beside the picture; the same for every picture.</summary>
    public IReadOnlyList<ModelConstant> Constants { get; init; } = [];
}
