using PoseBatch.Parquet.Format;

namespace PoseBatch.Parquet.Encodings;

/// <summary>
/// Differences of neighbours, less the smallest of their block, packed with as few bits as each quarter block needs.
/// 32-bit columns wrap around in 32 bits, as readers expect.
/// </summary>
internal static class DeltaBinaryPacked
{
    private const int BlockSize = 128;
    private const int MiniblockCount = 4;
    private const int MiniblockSize = BlockSize / MiniblockCount;

    public static void Encode(ReadOnlySpan<int> values, ByteBuffer output)
    {
        WriteHeader(values.Length, values.IsEmpty ? 0 : values[0], output);
        Span<long> deltas = stackalloc long[BlockSize];
        for (int start = 1; start < values.Length; start += BlockSize)
        {
            int count = Math.Min(BlockSize, values.Length - start);
            for (int i = 0; i < count; i++)
            {
                deltas[i] = unchecked(values[start + i] - values[start + i - 1]);
            }

            WriteBlock(deltas[..count], output);
        }
    }

    public static void Encode(ReadOnlySpan<long> values, ByteBuffer output)
    {
        WriteHeader(values.Length, values.IsEmpty ? 0 : values[0], output);
        Span<long> deltas = stackalloc long[BlockSize];
        for (int start = 1; start < values.Length; start += BlockSize)
        {
            int count = Math.Min(BlockSize, values.Length - start);
            for (int i = 0; i < count; i++)
            {
                deltas[i] = unchecked(values[start + i] - values[start + i - 1]);
            }

            WriteBlock(deltas[..count], output);
        }
    }

    public static void Decode(ReadOnlySpan<byte> source, Span<int> values)
    {
        Blocks blocks = new(source, values.Length);
        int last = unchecked((int)blocks.First);
        Span<ulong> deltas = stackalloc ulong[MostMiniblockValues];
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                last = unchecked(last + (int)blocks.Next(deltas));
            }

            values[i] = last;
        }
    }

    public static void Decode(ReadOnlySpan<byte> source, Span<long> values)
    {
        Blocks blocks = new(source, values.Length);
        long last = blocks.First;
        Span<ulong> deltas = stackalloc ulong[MostMiniblockValues];
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                last = unchecked(last + blocks.Next(deltas));
            }

            values[i] = last;
        }
    }

    private const int MostMiniblockValues = 1024;

    private static void WriteHeader(int count, long first, ByteBuffer output)
    {
        output.WriteVarint(BlockSize);
        output.WriteVarint(MiniblockCount);
        output.WriteVarint((ulong)count);
        output.WriteZigZag(first);
    }

    private static void WriteBlock(ReadOnlySpan<long> deltas, ByteBuffer output)
    {
        long smallest = long.MaxValue;
        foreach (long delta in deltas)
        {
            smallest = Math.Min(smallest, delta);
        }

        output.WriteZigZag(smallest);

        // Places behind the last value count as 0 above the smallest.
        Span<ulong> above = stackalloc ulong[BlockSize];
        above[deltas.Length..].Clear();
        for (int i = 0; i < deltas.Length; i++)
        {
            above[i] = unchecked((ulong)(deltas[i] - smallest));
        }

        Span<byte> widths = stackalloc byte[MiniblockCount];
        for (int miniblock = 0; miniblock < MiniblockCount; miniblock++)
        {
            ulong any = 0;
            foreach (ulong value in above.Slice(miniblock * MiniblockSize, MiniblockSize))
            {
                any |= value;
            }

            widths[miniblock] = (byte)BitPacking.WidthOf(any);
        }

        output.Write(widths);
        for (int miniblock = 0; miniblock * MiniblockSize < deltas.Length; miniblock++)
        {
            int width = widths[miniblock];
            BitPacking.Pack(above.Slice(miniblock * MiniblockSize, MiniblockSize), width, output.Extend(MiniblockSize / 8 * width));
        }
    }

    private ref struct Blocks
    {
        private readonly ReadOnlySpan<byte> _source;
        private readonly int _miniblockCount;
        private readonly int _miniblockSize;
        private int _position;
        private ReadOnlySpan<byte> _widths;
        private long _smallest;
        private int _miniblock;
        private int _next;

        public Blocks(ReadOnlySpan<byte> source, int count)
        {
            _source = source;
            uint blockSize = Varint.Read(source, ref _position);
            uint miniblockCount = Varint.Read(source, ref _position);
            uint total = Varint.Read(source, ref _position);
            First = Varint.ReadZigZag(source, ref _position);
            bool isSane = blockSize is > 0 and <= 1 << 16 && miniblockCount > 0 && blockSize % miniblockCount == 0
                && blockSize / miniblockCount is var size && size % 32 == 0 && size <= MostMiniblockValues;
            if (!isSane || total != count)
            {
                throw new InvalidDataException("the head of the differences is impossible");
            }

            _miniblockCount = (int)miniblockCount;
            _miniblockSize = (int)(blockSize / miniblockCount);
            _miniblock = _miniblockCount;
            _next = _miniblockSize;
        }

        public long First { get; }

        public long Next(scoped Span<ulong> unpacked)
        {
            if (_next == _miniblockSize)
            {
                ReadMiniblock(unpacked[.._miniblockSize]);
            }

            return unchecked(_smallest + (long)unpacked[_next++]);
        }

        private void ReadMiniblock(scoped Span<ulong> unpacked)
        {
            if (_miniblock == _miniblockCount)
            {
                _smallest = Varint.ReadZigZag(_source, ref _position);
                _widths = Take(_miniblockCount);
                _miniblock = 0;
            }

            int width = _widths[_miniblock++];
            if (width > 64)
            {
                throw new InvalidDataException("differences are wider than 64 bits");
            }

            BitPacking.Unpack(Take(BitPacking.ByteCount(_miniblockSize, width)), width, unpacked);
            _next = 0;
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _source.Length - _position)
            {
                throw new InvalidDataException("differences are cut");
            }

            ReadOnlySpan<byte> taken = _source.Slice(_position, count);
            _position += count;
            return taken;
        }
    }
}
