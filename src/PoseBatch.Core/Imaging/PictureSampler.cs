using PoseBatch.Geometry;

namespace PoseBatch.Imaging;

/// <summary>
/// Bilinear sampling of an RGB picture to another RGB picture, for crops and letterboxes out of full-size frames. Without
/// rotation the two axes are independent, so each column's place and weight is worked out once per picture. Keeps scratch
/// memory: one per worker.
/// </summary>
/// <remarks>
/// The result is bytes, as the pictures are that the references feed their networks with (OpenCV on 8-bit pictures), and
/// <see cref="TensorPacker"/> does the rest for every layout and element type. Weights have 11 bits, as OpenCV's have; whole
/// numbers throughout, so every machine gives the same bytes. Like the references it does not smooth before shrinking.
/// </remarks>
/// <param name="maxWidth">Columns of the widest result.</param>
internal sealed class PictureSampler(int maxWidth)
{
    private const int WeightBits = 11;
    private const int One = 1 << WeightBits;
    private const int Half = 1 << ((2 * WeightBits) - 1);
    private const int Outside = -1;

    private readonly Tap[] _columns = new Tap[maxWidth];

    /// <summary>Scales a whole picture with half-pixel centres; its outermost pixels repeat beyond its edge.</summary>
    /// <param name="rgb">R, G, B bytes, rows without gaps.</param>
    /// <param name="picture">Size of that picture.</param>
    /// <param name="size">Size of the result.</param>
    /// <param name="result">Receives R, G, B bytes, rows without gaps.</param>
    public void Resize(ReadOnlySpan<byte> rgb, PixelSize picture, PixelSize size, Span<byte> result)
    {
        double scaleX = (double)picture.Width / size.Width, scaleY = (double)picture.Height / size.Height;
        AffineMap map = AffineMap.Scale(scaleX, scaleY, (0.5 * scaleX) - 0.5, (0.5 * scaleY) - 0.5);
        Sample(rgb, picture, map, size, [], result);
    }

    /// <summary>Cuts a rectangle out; what lies outside the picture has the border colour.</summary>
    /// <param name="rgb">R, G, B bytes, rows without gaps.</param>
    /// <param name="picture">Size of that picture.</param>
    /// <param name="resultToPicture">Pixel centres to pixel centres, finite, neither turned nor sheared.</param>
    /// <param name="size">Size of the result.</param>
    /// <param name="border">R, G, B.</param>
    /// <param name="result">Receives R, G, B bytes, rows without gaps.</param>
    public void Crop(
        ReadOnlySpan<byte> rgb, PixelSize picture, in AffineMap resultToPicture, PixelSize size, ReadOnlySpan<byte> border,
        Span<byte> result)
    {
        if (border.Length != 3 || resultToPicture.M12 != 0 || resultToPicture.M21 != 0)
        {
            throw new ArgumentException("A crop needs three numbers for its border and a map that does not turn.");
        }

        Sample(rgb, picture, resultToPicture, size, border, result);
    }

    // Without a border colour the edge repeats.
    private void Sample(
        ReadOnlySpan<byte> rgb, PixelSize picture, in AffineMap map, PixelSize size, ReadOnlySpan<byte> border, Span<byte> result)
    {
        if (rgb.Length < picture.Width * picture.Height * 3 || result.Length < size.Width * size.Height * 3)
        {
            throw new ArgumentException($"{rgb.Length} and {result.Length} bytes are no pictures of {picture} and {size}.");
        }

        Span<Tap> columns = _columns.AsSpan(0, size.Width);
        for (int x = 0; x < size.Width; x++)
        {
            columns[x] = TapAt((map.M11 * x) + map.M13, picture.Width, border.IsEmpty);
        }

        int stride = picture.Width * 3;
        for (int y = 0; y < size.Height; y++)
        {
            Tap row = TapAt((map.M22 * y) + map.M23, picture.Height, border.IsEmpty);
            ReadOnlySpan<byte> upper = row.First == Outside ? [] : rgb.Slice(row.First * stride, stride);
            ReadOnlySpan<byte> lower = row.Second == Outside ? [] : rgb.Slice(row.Second * stride, stride);
            Row(upper, lower, row.Weight, columns, border, result.Slice(y * size.Width * 3, size.Width * 3));
        }
    }

    private static void Row(
        ReadOnlySpan<byte> upper, ReadOnlySpan<byte> lower, int weight, ReadOnlySpan<Tap> columns, ReadOnlySpan<byte> border,
        Span<byte> result)
    {
        bool isInside = !upper.IsEmpty && !lower.IsEmpty;
        for (int x = 0; x < columns.Length; x++)
        {
            Tap column = columns[x];
            Span<byte> pixel = result.Slice(x * 3, 3);
            if (isInside && (column.First | column.Second) >= 0)
            {
                ReadOnlySpan<byte> a = upper.Slice(column.First * 3, 3), b = upper.Slice(column.Second * 3, 3);
                ReadOnlySpan<byte> c = lower.Slice(column.First * 3, 3), d = lower.Slice(column.Second * 3, 3);
                pixel[0] = Mix(a[0], b[0], c[0], d[0], column.Weight, weight);
                pixel[1] = Mix(a[1], b[1], c[1], d[1], column.Weight, weight);
                pixel[2] = Mix(a[2], b[2], c[2], d[2], column.Weight, weight);
                continue;
            }

            for (int colour = 0; colour < 3; colour++)
            {
                pixel[colour] = Mix(
                    At(upper, column.First, colour, border), At(upper, column.Second, colour, border),
                    At(lower, column.First, colour, border), At(lower, column.Second, colour, border), column.Weight, weight);
            }
        }
    }

    private static byte At(ReadOnlySpan<byte> row, int column, int colour, ReadOnlySpan<byte> border) =>
        row.IsEmpty || column == Outside ? border[colour] : row[(column * 3) + colour];

    // At most 255 * 2^22 before the shift, which an int holds; rounds half up.
    private static byte Mix(int a, int b, int c, int d, int right, int low) =>
        (byte)((((((a * (One - right)) + (b * right)) * (One - low)) + (((c * (One - right)) + (d * right)) * low)) + Half) >> (2 * WeightBits));

    private static Tap TapAt(double place, int length, bool repeatsEdge)
    {
        // Places far outside saturate: everything there is border anyway.
        double near = place > -2 ? Math.Min(place, length + 1) : -2;
        double floor = Math.Floor(near);
        int first = (int)floor, weight = (int)Math.Round((near - floor) * One);
        return repeatsEdge
            ? new(Math.Clamp(first, 0, length - 1), Math.Clamp(first + 1, 0, length - 1), weight)
            : new(Inside(first, length), Inside(first + 1, length), weight);
    }

    private static int Inside(int index, int length) => (uint)index < (uint)length ? index : Outside;

    /// <summary>Two neighbours and the share of the second, 0 to 2048.</summary>
    private readonly record struct Tap(int First, int Second, int Weight);
}
