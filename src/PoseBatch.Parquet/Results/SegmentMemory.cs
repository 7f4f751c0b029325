using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Format;

namespace PoseBatch.Parquet.Results;

/// <summary>
/// Memory and codec that the segments of one result are written and read with, one after the other: hours of video are hundreds
/// of segments, and buffers of their own would be left behind by each. Not thread-safe.
/// </summary>
internal sealed class SegmentMemory : IDisposable
{
    private byte[] _packed = [];
    private byte[] _values = [];
    private byte[] _validity = [];

    public PageCodec Codec { get; } = new();

    /// <summary>What is written next; a writer leaves it empty.</summary>
    public ByteBuffer Output { get; } = new();

    public Span<byte> Packed(int length) => Room(ref _packed, length);

    public Span<byte> Values(int length) => Room(ref _values, length);

    public Span<byte> Validity(int length) => Room(ref _validity, length);

    public void Dispose() => Codec.Dispose();

    private static Span<byte> Room(ref byte[] bytes, int length)
    {
        if (bytes.Length < length)
        {
            bytes = new byte[(int)Math.Max(length, Math.Min(Array.MaxLength, 2L * bytes.Length))];
        }

        return bytes.AsSpan(0, length);
    }
}
