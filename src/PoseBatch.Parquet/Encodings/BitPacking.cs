using System.Buffers.Binary;

namespace PoseBatch.Parquet.Encodings;

/// <summary>Numbers of a fixed bit width laid end to end, least significant bit first.</summary>
internal static class BitPacking
{
    /// <summary>Bytes that hold <paramref name="count"/> numbers.</summary>
    public static int ByteCount(int count, int bitWidth) => checked((int)((((long)count * bitWidth) + 7) / 8));

    /// <summary>Bits needed for the largest of some numbers; 0 when all are 0.</summary>
    public static int WidthOf(ulong largest) => 64 - System.Numerics.BitOperations.LeadingZeroCount(largest);

    /// <summary>Packs numbers below 2^<paramref name="bitWidth"/>; width 0 to 32. The last byte is padded with zeros.</summary>
    public static void Pack(ReadOnlySpan<int> values, int bitWidth, Span<byte> destination)
    {
        ulong pending = 0;
        int bits = 0;
        int position = 0;
        foreach (int value in values)
        {
            pending |= (ulong)(uint)value << bits;
            bits += bitWidth;
            if (bits >= 32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(destination[position..], (uint)pending);
                position += 4;
                pending >>= 32;
                bits -= 32;
            }
        }

        WriteRest(pending, bits, destination[position..]);
    }

    /// <summary>Packs numbers below 2^<paramref name="bitWidth"/>; width 0 to 64.</summary>
    public static void Pack(ReadOnlySpan<ulong> values, int bitWidth, Span<byte> destination)
    {
        int lowWidth = Math.Min(bitWidth, 32);
        int highWidth = bitWidth - lowWidth;
        ulong pending = 0;
        int bits = 0;
        int position = 0;
        foreach (ulong value in values)
        {
            // In two halves, so that what is pending never outgrows 64 bits.
            pending |= (value & uint.MaxValue) << bits;
            bits += lowWidth;
            Flush(destination, ref pending, ref bits, ref position);
            if (highWidth > 0)
            {
                pending |= (value >> 32) << bits;
                bits += highWidth;
                Flush(destination, ref pending, ref bits, ref position);
            }
        }

        WriteRest(pending, bits, destination[position..]);
    }

    /// <summary>Unpacks numbers of width 0 to 32 from at least <see cref="ByteCount"/> bytes.</summary>
    public static void Unpack(ReadOnlySpan<byte> source, int bitWidth, Span<int> values)
    {
        Bits bits = new(source);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (int)bits.Take(bitWidth);
        }
    }

    /// <summary>Unpacks numbers of width 0 to 64 from at least <see cref="ByteCount"/> bytes.</summary>
    public static void Unpack(ReadOnlySpan<byte> source, int bitWidth, Span<ulong> values)
    {
        int lowWidth = Math.Min(bitWidth, 32);
        Bits bits = new(source);
        for (int i = 0; i < values.Length; i++)
        {
            ulong low = bits.Take(lowWidth);
            values[i] = bitWidth > 32 ? low | ((ulong)bits.Take(bitWidth - 32) << 32) : low;
        }
    }

    private static void Flush(Span<byte> destination, ref ulong pending, ref int bits, ref int position)
    {
        if (bits >= 32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[position..], (uint)pending);
            position += 4;
            pending >>= 32;
            bits -= 32;
        }
    }

    private static void WriteRest(ulong pending, int bits, Span<byte> destination)
    {
        for (int i = 0; bits > 0; i++)
        {
            destination[i] = (byte)pending;
            pending >>= 8;
            bits -= 8;
        }
    }

    private ref struct Bits(ReadOnlySpan<byte> source)
    {
        private readonly ReadOnlySpan<byte> _source = source;
        private int _position;
        private ulong _pending;
        private int _bits;

        public uint Take(int width)
        {
            if (_bits < width)
            {
                Refill();
            }

            uint value = (uint)(_pending & ((1UL << width) - 1));
            _pending >>= width;
            _bits -= width;
            return value;
        }

        private void Refill()
        {
            if (_source.Length - _position >= 4)
            {
                _pending |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(_source[_position..]) << _bits;
                _position += 4;
                _bits += 32;
                return;
            }

            while (_position < _source.Length)
            {
                _pending |= (ulong)_source[_position++] << _bits;
                _bits += 8;
            }
        }
    }
}
