using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PoseBatch.Imaging;

/// <summary>
/// How bytes become tensor elements of type <typeparamref name="T"/>; one at a time and sixteen at a time, to the same bits.
/// </summary>
internal interface IElement<T>
{
    /// <summary>One byte.</summary>
    static abstract T Convert(byte value, float mean, float factor);

    /// <summary>Sixteen bytes; <paramref name="means"/> and <paramref name="factors"/> give each lane its own.</summary>
    static abstract void Write(Vector128<byte> values, ReadOnlySpan<float> means, ReadOnlySpan<float> factors,
        Span<T> destination);
}

/// <summary>Normalised float32.</summary>
internal readonly struct FloatElement : IElement<float>
{
    /// <inheritdoc/>
    public static float Convert(byte value, float mean, float factor) => (value - mean) * factor;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Vector128<byte> values, ReadOnlySpan<float> means, ReadOnlySpan<float> factors,
        Span<float> destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> floats = Vector512.ConvertToSingle(Lanes.Widen512(values));
            ((floats - Vector512.Create(means)) * Vector512.Create(factors)).CopyTo(destination);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            (Vector256<int> low, Vector256<int> high) = Lanes.Widen256(values);
            ((Vector256.ConvertToSingle(low) - Vector256.Create(means)) * Vector256.Create(factors)).CopyTo(destination);
            ((Vector256.ConvertToSingle(high) - Vector256.Create(means[8..])) * Vector256.Create(factors[8..])).CopyTo(destination[8..]);
        }
        else
        {
            for (int quarter = 0; quarter < 16; quarter += 4)
            {
                Vector128<float> floats = Vector128.ConvertToSingle(Lanes.WidenQuarter(values, quarter));
                ((floats - Vector128.Create(means[quarter..])) * Vector128.Create(factors[quarter..])).CopyTo(destination[quarter..]);
            }
        }
    }
}

/// <summary>Normalised float16: the float32, rounded to nearest.</summary>
internal readonly struct HalfElement : IElement<Half>
{
    /// <inheritdoc/>
    public static Half Convert(byte value, float mean, float factor) => (Half)FloatElement.Convert(value, mean, factor);

    /// <inheritdoc/>
    public static void Write(Vector128<byte> values, ReadOnlySpan<float> means, ReadOnlySpan<float> factors, Span<Half> destination)
    {
        Span<float> floats = stackalloc float[16];
        FloatElement.Write(values, means, factors, floats);
        for (int lane = 0; lane < floats.Length; lane++)
        {
            destination[lane] = (Half)floats[lane];
        }
    }
}

/// <summary>The byte itself.</summary>
internal readonly struct ByteElement : IElement<byte>
{
    /// <inheritdoc/>
    public static byte Convert(byte value, float mean, float factor) => value;

    /// <inheritdoc/>
    public static void Write(Vector128<byte> values, ReadOnlySpan<float> means, ReadOnlySpan<float> factors,
        Span<byte> destination) =>
        values.CopyTo(destination);
}

/// <summary>The byte as an int32.</summary>
internal readonly struct IntElement : IElement<int>
{
    /// <inheritdoc/>
    public static int Convert(byte value, float mean, float factor) => value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Vector128<byte> values, ReadOnlySpan<float> means, ReadOnlySpan<float> factors,
        Span<int> destination)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Lanes.Widen512(values).CopyTo(destination);
        }
        else
        {
            for (int quarter = 0; quarter < 16; quarter += 4)
            {
                Lanes.WidenQuarter(values, quarter).CopyTo(destination[quarter..]);
            }
        }
    }
}

/// <summary>Bytes to 32-bit integers at each vector width.</summary>
internal static class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Widen512(Vector128<byte> bytes) =>
        Vector512.WidenLower(Vector256.WidenLower(bytes.ToVector256()).ToVector512()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<int> Low, Vector256<int> High) Widen256(Vector128<byte> bytes)
    {
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.WidenLower(bytes.ToVector256()));
        return (low.AsInt32(), high.AsInt32());
    }

    /// <summary>Four of the sixteen bytes, from lane 0, 4, 8 or 12 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> WidenQuarter(Vector128<byte> bytes, int firstLane)
    {
        Vector128<ushort> words = firstLane < 8 ? Vector128.WidenLower(bytes) : Vector128.WidenUpper(bytes);
        return (firstLane % 8 == 0 ? Vector128.WidenLower(words) : Vector128.WidenUpper(words)).AsInt32();
    }
}
