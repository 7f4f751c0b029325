using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PoseBatch.Parquet.Encodings;

/// <summary>First bytes of all numbers, then all second bytes, and so on: signs and exponents lie together and compress.</summary>
internal static class ByteStreamSplit
{
    public static void Encode(ReadOnlySpan<float> values, Span<byte> destination)
    {
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(values);
        int count = values.Length;
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            // Four numbers become four bytes of each stream; four such vectors, transposed, are 16 bytes of each stream.
            Vector128<byte> gather = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            for (; i <= count - 16; i += 16)
            {
                Vector128<uint> a = Vector128.Shuffle(Vector128.Create(source.Slice(4 * i, 16)), gather).AsUInt32();
                Vector128<uint> b = Vector128.Shuffle(Vector128.Create(source.Slice((4 * i) + 16, 16)), gather).AsUInt32();
                Vector128<uint> c = Vector128.Shuffle(Vector128.Create(source.Slice((4 * i) + 32, 16)), gather).AsUInt32();
                Vector128<uint> d = Vector128.Shuffle(Vector128.Create(source.Slice((4 * i) + 48, 16)), gather).AsUInt32();
                (a, b, c, d) = Transpose(a, b, c, d);
                a.AsByte().CopyTo(destination[i..]);
                b.AsByte().CopyTo(destination[(count + i)..]);
                c.AsByte().CopyTo(destination[((2 * count) + i)..]);
                d.AsByte().CopyTo(destination[((3 * count) + i)..]);
            }
        }

        for (; i < count; i++)
        {
            for (int stream = 0; stream < 4; stream++)
            {
                destination[(stream * count) + i] = source[(4 * i) + stream];
            }
        }
    }

    public static void Encode(ReadOnlySpan<double> values, Span<byte> destination)
    {
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(values);
        int count = values.Length;
        for (int stream = 0; stream < 8; stream++)
        {
            Span<byte> one = destination.Slice(stream * count, count);
            for (int i = 0; i < one.Length; i++)
            {
                one[i] = source[(8 * i) + stream];
            }
        }
    }

    /// <summary>The way back, for numbers of <paramref name="width"/> bytes.</summary>
    public static void Decode(ReadOnlySpan<byte> source, int width, Span<byte> destination)
    {
        int count = destination.Length / width;
        int i = 0;
        if (Vector128.IsHardwareAccelerated && width == 4)
        {
            Vector128<byte> scatter = Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            for (; i <= count - 16; i += 16)
            {
                Vector128<uint> a = Vector128.Create(source.Slice(i, 16)).AsUInt32();
                Vector128<uint> b = Vector128.Create(source.Slice(count + i, 16)).AsUInt32();
                Vector128<uint> c = Vector128.Create(source.Slice((2 * count) + i, 16)).AsUInt32();
                Vector128<uint> d = Vector128.Create(source.Slice((3 * count) + i, 16)).AsUInt32();
                (a, b, c, d) = Transpose(a, b, c, d);
                Vector128.Shuffle(a.AsByte(), scatter).CopyTo(destination[(4 * i)..]);
                Vector128.Shuffle(b.AsByte(), scatter).CopyTo(destination[((4 * i) + 16)..]);
                Vector128.Shuffle(c.AsByte(), scatter).CopyTo(destination[((4 * i) + 32)..]);
                Vector128.Shuffle(d.AsByte(), scatter).CopyTo(destination[((4 * i) + 48)..]);
            }
        }

        for (int stream = 0; stream < width; stream++)
        {
            ReadOnlySpan<byte> one = source.Slice(stream * count, count);
            for (int k = i; k < one.Length; k++)
            {
                destination[(k * width) + stream] = one[k];
            }
        }
    }

    /// <summary>Rows of a 4 x 4 block become its columns.</summary>
    private static (Vector128<uint> A, Vector128<uint> B, Vector128<uint> C, Vector128<uint> D) Transpose(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        Vector128<uint> ac0 = Interleave(a, c, upper: false);
        Vector128<uint> ac1 = Interleave(a, c, upper: true);
        Vector128<uint> bd0 = Interleave(b, d, upper: false);
        Vector128<uint> bd1 = Interleave(b, d, upper: true);
        return (Interleave(ac0, bd0, upper: false), Interleave(ac0, bd0, upper: true),
            Interleave(ac1, bd1, upper: false), Interleave(ac1, bd1, upper: true));
    }

    private static Vector128<uint> Interleave(Vector128<uint> first, Vector128<uint> second, bool upper)
    {
        // (f0 s0 f1 s1) or (f2 s2 f3 s3): spread each half, then let every other place come from the second.
        Vector128<uint> odd = Vector128.Create(0u, uint.MaxValue, 0u, uint.MaxValue);
        return upper
            ? Vector128.ConditionalSelect(odd, Vector128.Shuffle(second, Vector128.Create(2u, 2, 3, 3)), Vector128.Shuffle(first, Vector128.Create(2u, 2, 3, 3)))
            : Vector128.ConditionalSelect(odd, Vector128.Shuffle(second, Vector128.Create(0u, 0, 1, 1)), Vector128.Shuffle(first, Vector128.Create(0u, 0, 1, 1)));
    }
}
