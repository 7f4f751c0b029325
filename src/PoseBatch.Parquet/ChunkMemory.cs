using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Format;

namespace PoseBatch.Parquet;

/// <summary>
/// Codec and scratch memory of everything that turns columns into bytes and back: the encoder, the decoder and the segments of
/// one result work one after the other and share it, so that hours of video take what minutes take. What lies in it is good
/// until the next call of any of them. Not thread-safe.
/// </summary>
internal sealed class ChunkMemory : IDisposable
{
    private int[] _codes = [];
    private int[] _levels = [];
    private byte[] _values = [];

    /// <summary>Compresses and restores pages.</summary>
    public PageCodec Codec { get; } = new();

    /// <summary>A page before compression, or after.</summary>
    public ByteBuffer Page { get; } = new();

    /// <summary>A page compressed.</summary>
    public ByteBuffer Packed { get; } = new();

    /// <summary>All pages of a column.</summary>
    public ByteBuffer Chunk { get; } = new();

    /// <summary>What goes to a file next; whoever writes leaves it empty.</summary>
    public ByteBuffer Output { get; } = new();

    /// <summary>One place in a dictionary per row.</summary>
    public Span<int> Codes(int count) => Room(ref _codes, count);

    /// <summary>One definition level per row.</summary>
    public Span<int> Levels(int count) => Room(ref _levels, count);

    /// <summary>Bytes of values, or of their validity.</summary>
    public Span<byte> Values(int size) => Room(ref _values, size);

    /// <summary>
    /// Takes now what row groups of that size need, down to the tables of the compressor, and touches it: what grows only when a
    /// row group is full would make a long video take more than a short one, and what grows by doubling is taken twice.
    /// </summary>
    /// <param name="rows">Rows of the largest row group.</param>
    public void Reserve(int rows)
    {
        const int WidestValue = sizeof(double), WidestThatDoesNotRepeat = sizeof(float);
        int pageRows = Math.Min(rows, ParquetFileWriter.MostRowsPerPage);
        Codes(rows).Clear();
        Levels(pageRows).Clear();
        Values(pageRows * WidestValue).Clear();
        Chunk.Room(rows * WidestThatDoesNotRepeat).Clear();
        Output.Room(rows * WidestThatDoesNotRepeat).Clear();
        Output.Clear();
        Page.Room((pageRows * WidestValue) + pageRows).Clear();
        Packed.Room(Page.Length).Clear();
        Packed.Clear();
        Codec.Compress(PageCodec.Smallest, Page.Written, Packed);
    }

    /// <summary>Gives back what the codec holds outside managed memory; it takes it anew when it is used again.</summary>
    public void Dispose() => Codec.Dispose();

    private static Span<T> Room<T>(ref T[] memory, int count)
    {
        if (memory.Length < count)
        {
            memory = new T[(int)Math.Max(count, Math.Min(Array.MaxLength, 2L * memory.Length))];
        }

        return memory.AsSpan(0, count);
    }
}
