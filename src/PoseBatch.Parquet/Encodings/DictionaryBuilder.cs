using System.Runtime.CompilerServices;

namespace PoseBatch.Parquet.Encodings;

/// <summary>
/// Finds the distinct values of a column in the order of their first appearance. Values are told apart by their bits, so
/// -0 and +0, and every kind of NaN, come back exactly as they went in.
/// </summary>
internal sealed class DictionaryBuilder<T>
    where T : unmanaged
{
    // Noise shows early: what is mostly distinct among the first values will not become a short list.
    private const int SampleSize = 2048;
    private const int MostDistinctInSample = SampleSize * 3 / 4;

    private int[] _slots = new int[1024];
    private T[] _values = new T[256];
    private int _mostDistinct;
    private long _seen;

    /// <summary>The distinct values.</summary>
    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>Distinct values found.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all values; keeps the memory.</summary>
    /// <param name="mostDistinct">With more distinct values than this, <see cref="TryAdd"/> gives up.</param>
    /// <param name="isSampled">Whether it also gives up when the beginning is mostly distinct.</param>
    public void Begin(int mostDistinct, bool isSampled)
    {
        (Count, _seen, _mostDistinct) = (0, isSampled ? 0 : SampleSize, mostDistinct);
        _slots.AsSpan().Clear();
    }

    /// <summary>Takes in further values of the column.</summary>
    /// <param name="values">The values.</param>
    /// <param name="codes">Receives for each its place in <see cref="Values"/>; as long as <paramref name="values"/>.</param>
    /// <returns>False as soon as there are too many distinct values; nothing but <see cref="Begin"/> makes sense then.</returns>
    public bool TryAdd(ReadOnlySpan<T> values, Span<int> codes)
    {
        ulong last = 0;
        int lastCode = -1;
        for (int i = 0; i < values.Length; i++)
        {
            ulong bits = Bits(values[i]);

            // Joints of one frame share its number and time: most values repeat the one before.
            if (bits != last || lastCode < 0)
            {
                lastCode = CodeOf(values[i], bits);
                last = bits;
                if (Count > _mostDistinct || (Count > MostDistinctInSample && _seen + i < SampleSize))
                {
                    return false;
                }
            }

            codes[i] = lastCode;
        }

        _seen += values.Length;
        return true;
    }

    private int CodeOf(T value, ulong bits)
    {
        // A slot holds a code + 1; 0 is free. Never more than half full, so the search ends.
        int mask = _slots.Length - 1;
        int slot = (int)(Hash(bits) >> 32) & mask;
        while (_slots[slot] != 0)
        {
            int code = _slots[slot] - 1;
            if (Bits(_values[code]) == bits)
            {
                return code;
            }

            slot = (slot + 1) & mask;
        }

        if (Count == _values.Length)
        {
            Array.Resize(ref _values, 2 * Count);
        }

        _values[Count] = value;
        _slots[slot] = ++Count;
        if (2 * Count > _slots.Length)
        {
            Spread();
        }

        return Count - 1;
    }

    private void Spread()
    {
        _slots = new int[2 * _slots.Length];
        int mask = _slots.Length - 1;
        for (int code = 0; code < Count; code++)
        {
            int slot = (int)(Hash(Bits(_values[code])) >> 32) & mask;
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _slots[slot] = code + 1;
        }
    }

    // The low bits of a float are the ones that differ, the high bits of the product are the ones that are mixed.
    private static ulong Hash(ulong bits) => (bits ^ (bits >> 29)) * 0x9E3779B97F4A7C15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(T value) => Unsafe.SizeOf<T>() switch
    {
        4 => Unsafe.BitCast<T, uint>(value),
        8 => Unsafe.BitCast<T, ulong>(value),
        _ => throw new NotSupportedException("Only 4 and 8 byte values have dictionaries."),
    };
}
