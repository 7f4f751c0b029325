using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PoseBatch.Imaging;

/// <summary>
/// Re-orders 16 interleaved pixels (48 bytes) in registers. Each output vector gathers its bytes from up to three input
/// vectors; index 255 means "not from this one" and gives 0, so the parts can be joined by OR.
/// </summary>
internal static class Pixels
{
    /// <summary>The 48 bytes as they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second, Vector128<byte> Third) Load(ReadOnlySpan<byte> rgb) =>
        (Vector128.Create(rgb), Vector128.Create(rgb[16..]), Vector128.Create(rgb[32..]));

    /// <summary>All red bytes, all green ones, all blue ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> Red, Vector128<byte> Green, Vector128<byte> Blue) Split(ReadOnlySpan<byte> rgb)
    {
        (Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) = Load(rgb);
        Vector128<byte> red = Vector128.Shuffle(a, Vector128.Create((byte)0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4, 7, 10, 13));
        Vector128<byte> green = Vector128.Shuffle(a, Vector128.Create((byte)1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14));
        Vector128<byte> blue = Vector128.Shuffle(a, Vector128.Create((byte)2, 5, 8, 11, 14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15));
        return (red, green, blue);
    }

    /// <summary>The 48 bytes with red and blue of every pixel exchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second, Vector128<byte> Third) SwapRedAndBlue(ReadOnlySpan<byte> rgb)
    {
        (Vector128<byte> a, Vector128<byte> b, Vector128<byte> c) = Load(rgb);
        Vector128<byte> first = Vector128.Shuffle(a, Vector128.Create((byte)2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1));
        Vector128<byte> second = Vector128.Shuffle(a, Vector128.Create((byte)255, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(b, Vector128.Create((byte)0, 255, 4, 3, 2, 7, 6, 5, 10, 9, 8, 13, 12, 11, 255, 15))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 255));
        Vector128<byte> third = Vector128.Shuffle(b, Vector128.Create((byte)14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255))
            | Vector128.Shuffle(c, Vector128.Create((byte)255, 3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10, 15, 14, 13));
        return (first, second, third);
    }
}
