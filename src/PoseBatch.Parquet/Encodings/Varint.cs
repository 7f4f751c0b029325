namespace PoseBatch.Parquet.Encodings;

/// <summary>Numbers in groups of seven bits, as pages hold them.</summary>
internal static class Varint
{
    /// <summary>Reads a number below 2^32 and steps over it.</summary>
    /// <exception cref="InvalidDataException">The bytes end early or the number is too large.</exception>
    public static uint Read(ReadOnlySpan<byte> source, ref int position)
    {
        ulong value = ReadLong(source, ref position);
        return value <= uint.MaxValue ? (uint)value : throw new InvalidDataException("a number is too large");
    }

    /// <summary>Reads a number below 2^64 and steps over it.</summary>
    /// <exception cref="InvalidDataException">The bytes end early or the number never ends.</exception>
    public static ulong ReadLong(ReadOnlySpan<byte> source, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (position >= source.Length)
            {
                throw new InvalidDataException("a number is cut");
            }

            byte part = source[position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number never ends");
    }

    /// <summary>Reads a signed number and steps over it.</summary>
    public static long ReadZigZag(ReadOnlySpan<byte> source, ref int position)
    {
        ulong value = ReadLong(source, ref position);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }
}
