using System.Buffers.Binary;
using System.Numerics;

namespace PoseBatch.Parquet.Compression;

/// <summary>
/// Writes Snappy's raw format: a length, then literals and copies of what came before. Works in pieces of 64 KiB so that
/// a place fits 16 bits.
/// </summary>
internal sealed class SnappyCompressor
{
    private const int PieceSize = 1 << 16;
    private const int HashBits = 14;
    private const int LongestCopy = 64;

    // A copy looks four bytes ahead and a literal copy eight: the last bytes of a piece are always literals.
    private const int Margin = 15;

    private readonly ushort[] _places = new ushort[1 << HashBits];

    /// <summary>The most bytes a page can take.</summary>
    public static int Bound(int length) => checked(32 + length + (length / 6));

    /// <summary>Compresses <paramref name="source"/>; <paramref name="destination"/> holds at least <see cref="Bound"/> bytes.</summary>
    /// <returns>Bytes written.</returns>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int written = WriteLength((uint)source.Length, destination);
        while (!source.IsEmpty)
        {
            int size = Math.Min(source.Length, PieceSize);
            written += CompressPiece(source[..size], destination[written..]);
            source = source[size..];
        }

        return written;
    }

    private int CompressPiece(ReadOnlySpan<byte> piece, Span<byte> destination)
    {
        Span<ushort> places = _places;
        places.Clear();
        int written = 0;
        int literalStart = 0;
        int position = 1;
        int misses = 32;
        while (position < piece.Length - Margin)
        {
            uint four = BinaryPrimitives.ReadUInt32LittleEndian(piece[position..]);
            ref ushort place = ref places[(int)((four * 0x1E35A7BD) >> (32 - HashBits))];
            int candidate = place;
            place = (ushort)position;
            if (candidate >= position || BinaryPrimitives.ReadUInt32LittleEndian(piece[candidate..]) != four)
            {
                // Noise does not compress: the longer nothing was found, the larger the steps.
                position += misses++ >> 5;
                continue;
            }

            written += WriteLiteral(piece[literalStart..position], destination[written..]);
            int length = 4 + MatchLength(piece[(candidate + 4)..], piece[(position + 4)..]);
            written += WriteCopy(position - candidate, length, destination[written..]);
            position += length;
            literalStart = position;
            misses = 32;
        }

        return written + WriteLiteral(piece[literalStart..], destination[written..]);
    }

    private static int MatchLength(ReadOnlySpan<byte> earlier, ReadOnlySpan<byte> here)
    {
        int length = 0;
        while (here.Length - length >= 8)
        {
            ulong difference = BinaryPrimitives.ReadUInt64LittleEndian(earlier[length..])
                ^ BinaryPrimitives.ReadUInt64LittleEndian(here[length..]);
            if (difference != 0)
            {
                return length + (BitOperations.TrailingZeroCount(difference) / 8);
            }

            length += 8;
        }

        while (length < here.Length && earlier[length] == here[length])
        {
            length++;
        }

        return length;
    }

    private static int WriteLength(uint length, Span<byte> destination)
    {
        int written = 0;
        for (; length >= 0x80; length >>= 7)
        {
            destination[written++] = (byte)(length | 0x80);
        }

        destination[written++] = (byte)length;
        return written;
    }

    private static int WriteLiteral(ReadOnlySpan<byte> literal, Span<byte> destination)
    {
        if (literal.IsEmpty)
        {
            return 0;
        }

        int last = literal.Length - 1;
        int head = 1;
        if (last < 60)
        {
            destination[0] = (byte)(last << 2);
        }
        else if (last < 256)
        {
            destination[0] = 60 << 2;
            destination[1] = (byte)last;
            head = 2;
        }
        else
        {
            destination[0] = 61 << 2;
            BinaryPrimitives.WriteUInt16LittleEndian(destination[1..], (ushort)last);
            head = 3;
        }

        literal.CopyTo(destination[head..]);
        return head + literal.Length;
    }

    private static int WriteCopy(int distance, int length, Span<byte> destination)
    {
        int written = 0;
        while (length > 0)
        {
            // A copy of 4 to 11 bytes from less than 2 KiB back takes two bytes, any other three.
            int part = length > LongestCopy ? Math.Min(LongestCopy, length - 4) : length;
            if (part is >= 4 and <= 11 && distance < 2048)
            {
                destination[written] = (byte)(((distance >> 8) << 5) | ((part - 4) << 2) | 1);
                destination[written + 1] = (byte)distance;
                written += 2;
            }
            else
            {
                destination[written] = (byte)(((part - 1) << 2) | 2);
                BinaryPrimitives.WriteUInt16LittleEndian(destination[(written + 1)..], (ushort)distance);
                written += 3;
            }

            length -= part;
        }

        return written;
    }
}

/// <summary>Reads Snappy's raw format from bytes that may be damaged.</summary>
internal static class Snappy
{
    /// <summary>Restores a page.</summary>
    /// <returns>Bytes written; -1 when the bytes are damaged or do not fit.</returns>
    public static int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int position = 0;
        if (!TryReadLength(source, ref position, out uint length) || length != destination.Length)
        {
            return -1;
        }

        int written = 0;
        while (position < source.Length)
        {
            int tag = source[position++];
            int kind = tag & 3;
            int extra = kind == 0 ? Math.Max(0, (tag >> 2) - 59) : kind == 3 ? 4 : kind;
            if (extra > source.Length - position)
            {
                return -1;
            }

            uint number = ReadNumber(source.Slice(position, extra));
            position += extra;
            int count = kind == 0 ? LiteralLength(tag, extra, number) : kind == 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
            if (count <= 0 || count > destination.Length - written)
            {
                return -1;
            }

            if (kind == 0)
            {
                if (count > source.Length - position)
                {
                    return -1;
                }

                source.Slice(position, count).CopyTo(destination[written..]);
                position += count;
            }
            else if (!TryCopyBack(destination, written, kind == 1 ? ((uint)(tag >> 5) << 8) | number : number, count))
            {
                return -1;
            }

            written += count;
        }

        return written;
    }

    private static int LiteralLength(int tag, int extra, uint number) =>
        extra == 0 ? (tag >> 2) + 1 : number < int.MaxValue ? (int)number + 1 : -1;

    private static bool TryCopyBack(Span<byte> destination, int written, uint distance, int count)
    {
        if (distance == 0 || distance > written)
        {
            return false;
        }

        int from = written - (int)distance;
        if (distance >= count)
        {
            destination.Slice(from, count).CopyTo(destination[written..]);
            return true;
        }

        // The copy overlaps what it writes: that is how a run is stored.
        for (int i = 0; i < count; i++)
        {
            destination[written + i] = destination[from + i];
        }

        return true;
    }

    private static uint ReadNumber(ReadOnlySpan<byte> bytes)
    {
        uint number = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            number |= (uint)bytes[i] << (8 * i);
        }

        return number;
    }

    private static bool TryReadLength(ReadOnlySpan<byte> source, ref int position, out uint length)
    {
        length = 0;
        for (int shift = 0; shift < 35 && position < source.Length; shift += 7)
        {
            byte part = source[position++];
            length |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
