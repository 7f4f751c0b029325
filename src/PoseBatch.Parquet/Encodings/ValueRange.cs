using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PoseBatch.Parquet.Encodings;

/// <summary>
/// Smallest and largest of the values it was shown, NaN left out; a zero counts as -0 below and +0 above, or readers prune rows
/// wrongly.
/// </summary>
internal struct ValueRange<T>
    where T : unmanaged, INumber<T>
{
    private bool _hasAny;
    private T _min;
    private T _max;

    /// <summary>The smallest value as plain bytes; null while there is none that can be compared.</summary>
    public readonly byte[]? Min => _hasAny ? PlainBytes(T.IsZero(_min) ? -T.Zero : _min) : null;

    /// <summary>The largest value as plain bytes; null while there is none that can be compared.</summary>
    public readonly byte[]? Max => _hasAny ? PlainBytes(T.IsZero(_max) ? T.Zero : _max) : null;

    /// <summary>Takes in further values.</summary>
    public void Include(ReadOnlySpan<T> values)
    {
        int i = 0;
        if (!_hasAny)
        {
            while (i < values.Length && T.IsNaN(values[i]))
            {
                i++;
            }

            if (i == values.Length)
            {
                return;
            }

            (_hasAny, _min, _max) = (true, values[i], values[i]);
        }

        T min = _min, max = _max;
        if (Vector.IsHardwareAccelerated && values.Length - i >= Vector<T>.Count)
        {
            // A comparison with NaN is false, so NaN never becomes the smallest or the largest.
            Vector<T> mins = new(min);
            Vector<T> maxs = new(max);
            for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> some = new(values[i..]);
                mins = Vector.ConditionalSelect(Vector.LessThan(some, mins), some, mins);
                maxs = Vector.ConditionalSelect(Vector.GreaterThan(some, maxs), some, maxs);
            }

            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                min = mins[lane] < min ? mins[lane] : min;
                max = maxs[lane] > max ? maxs[lane] : max;
            }
        }

        for (; i < values.Length; i++)
        {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
        }

        (_min, _max) = (min, max);
    }

    private static byte[] PlainBytes(T value)
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }
}
