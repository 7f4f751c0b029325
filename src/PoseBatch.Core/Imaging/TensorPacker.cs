using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PoseBatch.Geometry;
using PoseBatch.Models;

namespace PoseBatch.Imaging;

/// <summary>
/// Writes one decoded picture into one image's part of a model input: element type, axis order, channel order, normalising
/// and padding in one walk over the pixels. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Rounding: float32 elements are <c>(v - mean) * (1f / std)</c>, the subtraction and the multiplication each rounded to
/// nearest on its own and never fused, so every instruction set gives the same bits; float16 elements are those, rounded. Integer elements are the bytes.
/// </remarks>
public sealed class TensorPacker
{
    /// <summary>Pixels one vector step takes: 48 bytes in, one 16-lane vector per channel out.</summary>
    private const int Block = 16;

    private readonly ModelInput _input;
    private readonly Normalisation _normalisation;

    /// <summary>Prepares the packing for one model.</summary>
    /// <param name="input">Layout Nchw or Nhwc; element type Float32, Float16, UInt8 or Int32.</param>
    /// <exception cref="PoseBatchException">
    /// model_mismatch: another layout or element type, Pad without three numbers, Mean or Std without one per channel, a Std of zero or not finite, or
    /// an integer input with a Mean other than 0 or a Std other than 1.
    /// </exception>
    public TensorPacker(ModelInput input)
    {
        Require(input.Layout is TensorLayout.Nchw or TensorLayout.Nhwc, input, "needs the layout Nchw or Nhwc");
        Require(
            input.Type is TensorType.Float32 or TensorType.Float16 or TensorType.UInt8 or TensorType.Int32, input,
            "needs float32, float16, uint8 or int32 elements");
        Require(
            input.Pad.Count == 3 && input.Mean.Count == input.ChannelCount && input.Std.Count == input.ChannelCount, input,
            "needs three numbers for pad, and one per channel for mean and std");
        Require(
            input.Mean.All(float.IsFinite) && input.Std.All(std => float.IsFinite(std) && std != 0), input,
            "needs finite numbers for mean and std, and no std of 0");
        Require(
            input.Type.IsReal() || (input.Mean.All(mean => mean == 0) && input.Std.All(std => std == 1)), input,
            "takes whole numbers and so cannot have a mean or a std");
        _input = input;
        _normalisation = new Normalisation(input);
    }

    /// <summary>Bytes of one image's part of the input tensor.</summary>
    public int ByteCount => checked(_input.Size.Width * _input.Size.Height * _input.ChannelCount * _input.Type.ByteCount());

    /// <summary>Packs one picture, and the pad colour around it: the memory may hold anything before.</summary>
    /// <param name="rgb">R, G, B bytes of the size <see cref="FrameFit.Fit"/>, rows without gaps.</param>
    /// <param name="fit">Where the picture sits; made for this model's size.</param>
    /// <param name="tensor">Exactly <see cref="ByteCount"/> bytes, aligned to the element.</param>
    /// <exception cref="ArgumentException">A length or a size does not fit.</exception>
    public void Pack(ReadOnlySpan<byte> rgb, in FrameFit fit, Span<byte> tensor) =>
        Pack(rgb, fit, tensor, isWide: Vector128.IsHardwareAccelerated);

    /// <summary>The same, one byte at a time: the reference every vector path is held to.</summary>
    internal void PackScalar(ReadOnlySpan<byte> rgb, in FrameFit fit, Span<byte> tensor) => Pack(rgb, fit, tensor, isWide: false);

    private void Pack(ReadOnlySpan<byte> rgb, in FrameFit fit, Span<byte> tensor, bool isWide)
    {
        if (fit.Model != _input.Size)
        {
            throw new ArgumentException($"The fit is for an input of {fit.Model}, the model takes {_input.Size}.", nameof(fit));
        }

        if (rgb.Length < fit.Fit.Width * fit.Fit.Height * 3)
        {
            throw new ArgumentException($"{rgb.Length} bytes are no rgb24 picture of {fit.Fit}.", nameof(rgb));
        }

        if (tensor.Length != ByteCount)
        {
            throw new ArgumentException($"The tensor has {tensor.Length} bytes, the model takes {ByteCount}.", nameof(tensor));
        }

        switch (_input.Type)
        {
            case TensorType.Float32:
                Pack<float, FloatElement>(rgb, fit, MemoryMarshal.Cast<byte, float>(tensor), isWide);
                break;
            case TensorType.Float16:
                Pack<Half, HalfElement>(rgb, fit, MemoryMarshal.Cast<byte, Half>(tensor), isWide);
                break;
            case TensorType.UInt8:
                Pack<byte, ByteElement>(rgb, fit, tensor, isWide);
                break;
            default:
                Pack<int, IntElement>(rgb, fit, MemoryMarshal.Cast<byte, int>(tensor), isWide);
                break;
        }
    }

    private void Pack<T, TElement>(ReadOnlySpan<byte> rgb, in FrameFit fit, Span<T> tensor, bool isWide)
        where T : unmanaged
        where TElement : IElement<T>
    {
        int rowCount = fit.Fit.Height, rowLength = fit.Fit.Width, modelWidth = _input.Size.Width;
        if (rowLength == modelWidth)
        {
            // Rows without padding between them are one long row.
            rowLength *= rowCount;
            rowCount = 1;
        }

        if (fit.HasPadding)
        {
            Pad<T, TElement>(fit, tensor);
        }

        for (int row = 0; row < rowCount; row++)
        {
            ReadOnlySpan<byte> source = rgb.Slice(row * rowLength * 3, rowLength * 3);
            int pixel = ((row + fit.Top) * modelWidth) + fit.Left;
            if (_input.ColourOrder == ColourOrder.Grey)
            {
                PackGrey<T, TElement>(source, tensor.Slice(pixel, rowLength), isWide);
            }
            else if (_input.Layout == TensorLayout.Nhwc)
            {
                PackInterleaved<T, TElement>(source, tensor.Slice(pixel * 3, rowLength * 3), isWide);
            }
            else
            {
                PackPlanar<T, TElement>(source, tensor, pixel, isWide);
            }
        }
    }

    private void PackGrey<T, TElement>(ReadOnlySpan<byte> rgb, Span<T> tensor, bool isWide)
        where T : unmanaged
        where TElement : IElement<T>
    {
        int done = 0;
        if (isWide && tensor.Length >= Block)
        {
            Span<byte> lumas = stackalloc byte[Block];
            for (; done < tensor.Length; done += Block)
            {
                int i = Math.Min(done, tensor.Length - Block);
                for (int pixel = 0; pixel < Block; pixel++)
                {
                    lumas[pixel] = Luma(rgb.Slice((i + pixel) * 3, 3));
                }

                TElement.Write(Vector128.Create<byte>(lumas), _normalisation.PlanarMeans, _normalisation.PlanarFactors, tensor[i..]);
            }
        }

        for (; done < tensor.Length; done++)
        {
            tensor[done] = TElement.Convert(Luma(rgb.Slice(done * 3, 3)), _normalisation.Mean(0), _normalisation.Factor(0));
        }
    }

    // ITU-R BT.601 of gamma-coded values, to the nearest whole number, the larger one where two are equally near.
    private static byte Luma(ReadOnlySpan<byte> rgb) => (byte)(((299 * rgb[0]) + (587 * rgb[1]) + (114 * rgb[2]) + 500) / 1000);

    private void PackPlanar<T, TElement>(ReadOnlySpan<byte> rgb, Span<T> tensor, int pixel, bool isWide)
        where T : unmanaged
        where TElement : IElement<T>
    {
        int planeSize = _input.Size.Width * _input.Size.Height;
        int count = rgb.Length / 3;
        Span<T> red = tensor.Slice((PlaneOf(0) * planeSize) + pixel, count);
        Span<T> green = tensor.Slice((PlaneOf(1) * planeSize) + pixel, count);
        Span<T> blue = tensor.Slice((PlaneOf(2) * planeSize) + pixel, count);
        int done = 0;
        if (isWide && count >= Block)
        {
            ReadOnlySpan<float> means = _normalisation.PlanarMeans, factors = _normalisation.PlanarFactors;
            for (; done < count; done += Block)
            {
                // The last block overlaps the one before when the row is no multiple: written twice, the same both times.
                int i = Math.Min(done, count - Block);
                (Vector128<byte> r, Vector128<byte> g, Vector128<byte> b) = Pixels.Split(rgb.Slice(i * 3, 3 * Block));
                TElement.Write(r, means, factors, red[i..]);
                TElement.Write(g, means[Block..], factors[Block..], green[i..]);
                TElement.Write(b, means[(2 * Block)..], factors[(2 * Block)..], blue[i..]);
            }
        }

        for (; done < count; done++)
        {
            red[done] = TElement.Convert(rgb[done * 3], _normalisation.Mean(0), _normalisation.Factor(0));
            green[done] = TElement.Convert(rgb[(done * 3) + 1], _normalisation.Mean(1), _normalisation.Factor(1));
            blue[done] = TElement.Convert(rgb[(done * 3) + 2], _normalisation.Mean(2), _normalisation.Factor(2));
        }
    }

    private void PackInterleaved<T, TElement>(ReadOnlySpan<byte> rgb, Span<T> tensor, bool isWide)
        where T : unmanaged
        where TElement : IElement<T>
    {
        int count = rgb.Length / 3;
        int done = 0;
        if (isWide && count >= Block)
        {
            ReadOnlySpan<float> means = _normalisation.InterleavedMeans, factors = _normalisation.InterleavedFactors;
            for (; done < count; done += Block)
            {
                int i = Math.Min(done, count - Block) * 3;
                ReadOnlySpan<byte> block = rgb.Slice(i, 3 * Block);
                (Vector128<byte> first, Vector128<byte> second, Vector128<byte> third) = _input.ColourOrder == ColourOrder.Rgb
                    ? Pixels.Load(block)
                    : Pixels.SwapRedAndBlue(block);
                TElement.Write(first, means, factors, tensor[i..]);
                TElement.Write(second, means[Block..], factors[Block..], tensor[(i + Block)..]);
                TElement.Write(third, means[(2 * Block)..], factors[(2 * Block)..], tensor[(i + (2 * Block))..]);
            }
        }

        for (; done < count; done++)
        {
            for (int colour = 0; colour < 3; colour++)
            {
                tensor[(done * 3) + PlaneOf(colour)] =
                    TElement.Convert(rgb[(done * 3) + colour], _normalisation.Mean(colour), _normalisation.Factor(colour));
            }
        }
    }

    private void Pad<T, TElement>(in FrameFit fit, Span<T> tensor)
        where T : unmanaged
        where TElement : IElement<T>
    {
        // Everything is filled, then the picture written over it: fewer words than four borders, and a fill is nearly free.
        if (_input.ColourOrder == ColourOrder.Grey)
        {
            tensor.Fill(TElement.Convert(Luma([_input.Pad[0], _input.Pad[1], _input.Pad[2]]), _normalisation.Mean(0), _normalisation.Factor(0)));
            return;
        }

        int planeSize = _input.Size.Width * _input.Size.Height;
        Span<T> colours = stackalloc T[3];
        for (int colour = 0; colour < 3; colour++)
        {
            colours[PlaneOf(colour)] = TElement.Convert(_input.Pad[colour], _normalisation.Mean(colour),
                _normalisation.Factor(colour));
        }

        if (_input.Layout == TensorLayout.Nchw)
        {
            for (int plane = 0; plane < 3; plane++)
            {
                tensor.Slice(plane * planeSize, planeSize).Fill(colours[plane]);
            }

            return;
        }

        // Doubling: each copy fills as much again as is there.
        colours.CopyTo(tensor);
        for (int filled = 3; filled < tensor.Length; filled *= 2)
        {
            tensor[..Math.Min(filled, tensor.Length - filled)].CopyTo(tensor[filled..]);
        }
    }

    /// <summary>Place of a colour (0 red, 1 green, 2 blue) among the tensor's channels.</summary>
    private int PlaneOf(int colour) => _input.ColourOrder == ColourOrder.Rgb ? colour : 2 - colour;

    private static void Require(bool holds, ModelInput input, string need)
    {
        if (!holds)
        {
            throw new PoseBatchException(ReasonCode.ModelMismatch, $"Input '{input.Name}' {need}.",
                "Correct the input section of model.json.");
        }
    }
}
