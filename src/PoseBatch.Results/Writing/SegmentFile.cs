using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using PoseBatch.Parquet.Format;
using PoseBatch.Results.Format;
using PoseBatch.Results.Interop;
using PoseBatch.Tables;

namespace PoseBatch.Results.Writing;

/// <summary>
/// Some consecutive frames of a result that is still being made, safe on disk: the rows of its tables as they lie in memory,
/// compressed, and the state that the next frame starts from. Written to a hidden name, flushed, renamed; its last 32 bytes are
/// a SHA-256 over all before them, so a file is whole or is not taken for one. Read only by the version that wrote it.
/// </summary>
/// <remarks>
/// Layout, little-endian: magic, header (key, segment, first frame, attempt), chunks of rows of all tables (row counts, then per
/// column validity and values, each as length, compressed length, bytes), a zero byte, last frame, state, hash.
/// </remarks>
internal static class SegmentFile
{
    private const string Suffix = ".segment";
    private const byte Chunk = 1;
    private const byte End = 0;
    private const int HashBytes = 32;
    private const int LongestPart = 1 << 30;

    // The quickest that still packs; segments are gone when the result is there. A window larger than the parts finds nothing more.
    private const int BrotliQuality = 1;
    private const int BrotliWindow = 18;

    private static ReadOnlySpan<byte> Magic => "PoseBatch segment 2\n"u8;

    /// <summary>Name of a segment's file.</summary>
    public static string NameOf(int segment) => segment.ToString("D6", System.Globalization.CultureInfo.InvariantCulture) + Suffix;

    /// <summary>Writes one segment.</summary>
    public sealed class Writer : IDisposable
    {
        private readonly string _folder;
        private readonly string _part;
        private readonly SegmentHeader _header;
        private readonly FileStream _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly ByteBuffer _buffer;
        private bool _isOver;

        /// <exception cref="IOException">The disk is full or not writable.</exception>
        public Writer(string folder, SegmentHeader header, ChunkMemory memory)
        {
            (_folder, _header, _buffer) = (folder, header, memory.Output);
            _buffer.Clear();
            _part = System.IO.Path.Combine(folder, $".{NameOf(header.Segment)}.{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}.part");
            _file = new(_part, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            _buffer.Write(Magic);
            WriteText(header.Key);
            _buffer.WriteInt32(header.Segment);
            WriteInt64(header.FirstFrame);
            _buffer.WriteInt32(header.Attempt);
            Emit();
        }

        /// <summary>Adds all rows of the blocks; they are not cleared.</summary>
        public void Add(IReadOnlyList<TableBlock> blocks)
        {
            _buffer.Write(Chunk);
            foreach (TableBlock block in blocks)
            {
                _buffer.WriteInt32(block.RowCount);
                foreach (ColumnBuffer column in block.Columns)
                {
                    Pack(column.Validity);
                    Pack(column.ValueBytes);
                }
            }

            Emit();
        }

        /// <summary>Makes the segment durable under its name.</summary>
        /// <param name="endFrame">Index behind its last frame.</param>
        /// <param name="state">What the next frame starts from.</param>
        /// <param name="beforeNaming">Called when all is on disk, last moment to refuse.</param>
        public async Task CommitAsync(long endFrame, ReadOnlyMemory<byte> state, Func<Task> beforeNaming)
        {
            _buffer.Write(End);
            WriteInt64(endFrame);
            _buffer.WriteInt32(state.Length);
            _buffer.Write(state.Span);
            Emit();
            _file.Write(_hash.GetHashAndReset());
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            await beforeNaming();
            File.Move(_part, System.IO.Path.Combine(_folder, NameOf(_header.Segment)), overwrite: true);
            Libc.FlushFolder(_folder);
            _isOver = true;
        }

        public void Dispose()
        {
            _hash.Dispose();
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            _file.Dispose();
            try
            {
                File.Delete(_part);
            }
            catch (Exception fault) when (OutputFault.IsOutputFault(fault))
            {
                // The disk is gone; the hidden name is passed over by whoever reads the folder.
            }
        }

        private void Pack(ReadOnlySpan<byte> bytes)
        {
            _buffer.WriteInt32(bytes.Length);
            int place = _buffer.Length;
            _buffer.WriteInt32(0);
            if (bytes.Length > 0)
            {
                Compress(bytes, _buffer);
            }

            _buffer.WriteAt(place, _buffer.Length - place - 4);
        }

        private void WriteText(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            _buffer.WriteInt32(bytes.Length);
            _buffer.Write(bytes);
        }

        private void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(_buffer.Extend(8), value);

        private void Emit()
        {
            _hash.AppendData(_buffer.Written);
            _file.Write(_buffer.Written);
            _buffer.Clear();
        }
    }

    /// <summary>Reads one segment that was verified.</summary>
    public sealed class Reader : IDisposable
    {
        private readonly FileStream _file;
        private readonly ChunkMemory _memory;

        /// <exception cref="InvalidDataException">Not a segment.</exception>
        public Reader(string path, ChunkMemory memory)
        {
            _memory = memory;
            _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            try
            {
                Span<byte> magic = stackalloc byte[Magic.Length];
                _file.ReadExactly(magic);
                if (!magic.SequenceEqual(Magic))
                {
                    throw new InvalidDataException("it is not a segment of this version");
                }

                string key = Encoding.UTF8.GetString(Take(Length(ReadInt32(), 1024)));
                Header = new(key, ReadInt32(), ReadInt64(), ReadInt32());
            }
            catch
            {
                _file.Dispose();
                throw;
            }
        }

        public SegmentHeader Header { get; }

        /// <summary>Index behind its last frame; known after the last chunk.</summary>
        public long EndFrame { get; private set; }

        /// <summary>What the next frame starts from; known after the last chunk.</summary>
        public byte[] State { get; private set; } = [];

        /// <summary>Replaces the rows of the blocks by those of the next chunk.</summary>
        /// <returns>False after the last one; the blocks are then empty.</returns>
        public bool TryRead(IReadOnlyList<TableBlock> blocks)
        {
            foreach (TableBlock block in blocks)
            {
                block.Clear();
            }

            if (_file.ReadByte() != Chunk)
            {
                ReadEnd();
                return false;
            }

            foreach (TableBlock block in blocks)
            {
                int rows = ReadInt32();
                foreach (ColumnBuffer column in block.Columns)
                {
                    ReadOnlySpan<byte> validity = Unpack(_memory.Values<byte>(Length(ReadInt32(), LongestPart)).Span);
                    column.AppendBytes(Unpack(_memory.Plain.Room(Length(ReadInt32(), LongestPart))), validity);
                    if (column.Count != rows)
                    {
                        throw new InvalidDataException($"column '{column.Column.Name}' has {column.Count} instead of {rows} rows");
                    }
                }
            }

            return true;
        }

        /// <summary>Passes over all chunks.</summary>
        /// <param name="blocks">Of the kind that was written; their rows stay as they are.</param>
        public (long EndFrame, byte[] State) Skip(IReadOnlyList<TableBlock> blocks)
        {
            while (_file.ReadByte() == Chunk)
            {
                foreach (TableBlock block in blocks)
                {
                    ReadInt32();
                    for (int i = 0; i < 2 * block.Columns.Count; i++)
                    {
                        ReadInt32();
                        _file.Seek(Length(ReadInt32(), LongestPart), SeekOrigin.Current);
                    }
                }
            }

            ReadEnd();
            return (EndFrame, State);
        }

        public void Dispose() => _file.Dispose();

        private void ReadEnd()
        {
            EndFrame = ReadInt64();
            State = Take(Length(ReadInt32(), LongestPart)).ToArray();
        }

        private ReadOnlySpan<byte> Unpack(Span<byte> plain)
        {
            ReadOnlySpan<byte> packed = Take(Length(ReadInt32(), LongestPart));
            if (plain.Length > 0 && !(BrotliDecoder.TryDecompress(packed, plain, out int written) && written == plain.Length))
            {
                throw new InvalidDataException($"a part does not unpack to its {plain.Length} bytes");
            }

            return plain;
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            Span<byte> bytes = _memory.Packed.Room(count);
            _file.ReadExactly(bytes);
            return bytes;
        }

        private static int Length(int value, int most) =>
            value >= 0 && value <= most ? value : throw new InvalidDataException($"a part of {value} bytes");

        private int ReadInt32()
        {
            Span<byte> bytes = stackalloc byte[4];
            _file.ReadExactly(bytes);
            return BinaryPrimitives.ReadInt32LittleEndian(bytes);
        }

        private long ReadInt64()
        {
            Span<byte> bytes = stackalloc byte[8];
            _file.ReadExactly(bytes);
            return BinaryPrimitives.ReadInt64LittleEndian(bytes);
        }
    }

    private static void Compress(ReadOnlySpan<byte> bytes, ByteBuffer output)
    {
        Span<byte> room = output.Reserve(BrotliEncoder.GetMaxCompressedLength(bytes.Length));
        if (!BrotliEncoder.TryCompress(bytes, room, out int written, BrotliQuality, BrotliWindow))
        {
            throw new InvalidOperationException("Brotli did not compress a part into its stated bound.");
        }

        output.Advance(written);
    }

    /// <summary>Whether the file is whole: its last 32 bytes are the hash of all before them.</summary>
    public static bool IsWhole(string path, ChunkMemory memory)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long left = file.Length - HashBytes;
        if (left < Magic.Length)
        {
            return false;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = memory.Packed.Room(1 << 16);
        while (left > 0)
        {
            int read = file.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
            if (read == 0)
            {
                return false;
            }

            hash.AppendData(buffer[..read]);
            left -= read;
        }

        Span<byte> stated = stackalloc byte[HashBytes];
        file.ReadExactly(stated);
        return stated.SequenceEqual(hash.GetHashAndReset());
    }
}
