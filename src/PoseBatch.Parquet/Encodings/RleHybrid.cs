using PoseBatch.Parquet.Format;

namespace PoseBatch.Parquet.Encodings;

/// <summary>Parquet's RLE/bit-packed hybrid: runs of one number, and groups of eight packed numbers.</summary>
internal static class RleHybrid
{
    // More groups would need a second header byte; some readers expect one.
    private const int MostGroupsPerRun = 63;

    /// <summary>Writes numbers of <paramref name="bitWidth"/> 1 to 32 bits, without a length.</summary>
    public static void Encode(ReadOnlySpan<int> values, int bitWidth, ByteBuffer output)
    {
        int literalStart = 0;
        int position = 0;
        while (values.Length - position >= 8)
        {
            int run = RunLength(values[position..]);
            if (run < 8)
            {
                // A literal group holds exactly eight, so a run may only begin behind a whole group.
                position += 8;
                continue;
            }

            WriteLiterals(values[literalStart..position], bitWidth, output);
            WriteRun(values[position], run, bitWidth, output);
            position += run;
            literalStart = position;
        }

        WriteLiterals(values[literalStart..], bitWidth, output);
    }

    /// <summary>Reads exactly as many numbers as <paramref name="values"/> takes.</summary>
    /// <returns>Bytes consumed.</returns>
    /// <exception cref="InvalidDataException">The bytes end early or a run is impossible.</exception>
    public static int Decode(ReadOnlySpan<byte> source, int bitWidth, Span<int> values)
    {
        int position = 0;
        int runBytes = (bitWidth + 7) / 8;
        while (!values.IsEmpty)
        {
            uint header = Varint.Read(source, ref position);
            int count = (int)(header >> 1);
            if ((header & 1) == 0)
            {
                if (count == 0 || runBytes > source.Length - position)
                {
                    throw new InvalidDataException("a run is empty or cut");
                }

                int value = ReadRunValue(source.Slice(position, runBytes));
                position += runBytes;
                int taken = Math.Min(count, values.Length);
                values[..taken].Fill(value);
                values = values[taken..];
            }
            else
            {
                long bytes = (long)count * bitWidth;
                int taken = (int)Math.Min(count * 8L, values.Length);
                // The last group may be cut by writers that do not pad it.
                long needed = Math.Min(bytes, BitPacking.ByteCount(taken, bitWidth));
                if (count == 0 || needed > source.Length - position)
                {
                    throw new InvalidDataException("packed numbers are cut");
                }

                BitPacking.Unpack(source.Slice(position, (int)needed), bitWidth, values[..taken]);
                position += (int)Math.Min(bytes, source.Length - position);
                values = values[taken..];
            }
        }

        return position;
    }

    private static int RunLength(ReadOnlySpan<int> values)
    {
        int first = values[0];

        // Most runs end at once where numbers change often; the search over the rest is vectorised.
        if (values[1] != first || values[7] != first)
        {
            return 1;
        }

        int end = values.IndexOfAnyExcept(first);
        return end < 0 ? values.Length : end;
    }

    private static void WriteRun(int value, int count, int bitWidth, ByteBuffer output)
    {
        output.WriteVarint((ulong)count << 1);
        for (int shift = 0; shift < bitWidth; shift += 8)
        {
            output.Write((byte)(value >> shift));
        }
    }

    private static void WriteLiterals(ReadOnlySpan<int> values, int bitWidth, ByteBuffer output)
    {
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, MostGroupsPerRun * 8);
            int groups = (count + 7) / 8;
            output.Write((byte)((groups << 1) | 1));
            Span<byte> packed = output.Extend(groups * bitWidth);

            // Only the very last group of a page can be short; its tail is padding.
            packed[BitPacking.ByteCount(count, bitWidth)..].Clear();
            BitPacking.Pack(values[..count], bitWidth, packed);
            values = values[count..];
        }
    }

    private static int ReadRunValue(ReadOnlySpan<byte> bytes)
    {
        int value = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            value |= bytes[i] << (8 * i);
        }

        return value;
    }
}
