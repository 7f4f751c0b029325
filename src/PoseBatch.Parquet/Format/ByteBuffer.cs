using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace PoseBatch.Parquet.Format;

/// <summary>A growing run of bytes that keeps its memory; what every page and footer is built in.</summary>
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

    /// <summary>Adds values as they lie in memory. Parquet is little-endian, and so is every machine .NET 10 runs on but one.</summary>
    public void WriteValues<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian && Unsafe.SizeOf<T>() > 1)
        {
            throw new PlatformNotSupportedException("Tables are written on little-endian machines only.");
        }

        Write(MemoryMarshal.AsBytes(values));
    }

    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            Write((byte)(value | 0x80));
            value >>= 7;
        }

        Write((byte)value);
    }

    public void WriteZigZag(long value) => WriteVarint((ulong)((value << 1) ^ (value >> 63)));

    public void WriteUtf8(string text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Extend(count));
    }
}
