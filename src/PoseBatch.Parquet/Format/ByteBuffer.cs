using System.Buffers.Binary;

namespace PoseBatch.Parquet.Format;

/// <summary>A growing run of bytes that keeps its memory; what segments are built in.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes = new byte[1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Forgets everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Forgets everything and gives <paramref name="count"/> bytes of undefined content.</summary>
    public Span<byte> Room(int count)
    {
        Clear();
        return Extend(count);
    }

    /// <summary>Adds <paramref name="count"/> bytes of undefined content and returns them.</summary>
    public Span<byte> Extend(int count)
    {
        int start = Length;
        Reserve(count);
        Length += count;
        return _bytes.AsSpan(start, count);
    }

    /// <summary>Room for at least <paramref name="count"/> bytes behind the end, not yet counted.</summary>
    public Span<byte> Reserve(int count)
    {
        int needed = checked(Length + count);
        if (needed > _bytes.Length)
        {
            int capacity = (int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _bytes.Length));
            byte[] bytes = GC.AllocateUninitializedArray<byte>(capacity);
            Written.CopyTo(bytes);
            _bytes = bytes;
        }

        return _bytes.AsSpan(Length);
    }

    /// <summary>Counts bytes that were written into <see cref="Reserve"/>'s room.</summary>
    public void Advance(int count) => Length += count;

    public void Write(byte value) => Extend(1)[0] = value;

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Extend(bytes.Length));

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Extend(4), value);

    public void WriteAt(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(position, 4), value);
}
