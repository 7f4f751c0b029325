using System.Buffers.Binary;

namespace PoseBatch.Ffmpeg;

/// <summary>
/// Writes NUT streams of raw frames from the text of the format's specification, with whatever frame code table it is
/// given: the other side of the reader, made without it. Checksums are zero, as the reader does not look at them.
/// </summary>
internal sealed class NutWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public NutWriter FileId()
    {
        _bytes.AddRange("nut/multimedia container\0"u8);
        return this;
    }

    /// <summary>A frame code entry covers <c>Count</c> codes that share its fields; sizes count up from <c>Size</c>.</summary>
    public sealed record Codes(int Flags, long Pts, int Multiplier, int Size, int Count, int Reserved = 0);

    public NutWriter MainHeader(IReadOnlyList<(long Numerator, long Denominator)> timeBases, IReadOnlyList<Codes> table)
    {
        NutWriter body = new();
        body.Unsigned(3).Unsigned(1).Unsigned(65536).Unsigned((ulong)timeBases.Count);
        foreach ((long numerator, long denominator) in timeBases)
        {
            body.Unsigned((ulong)numerator).Unsigned((ulong)denominator);
        }

        foreach (Codes codes in table)
        {
            body.Unsigned((ulong)codes.Flags).Unsigned(6).Signed(codes.Pts).Unsigned((ulong)codes.Multiplier).Unsigned(0)
                .Unsigned((ulong)codes.Size).Unsigned((ulong)codes.Reserved).Unsigned((ulong)codes.Count);
        }

        return Packet(0x4E4D7A561F5F04AD, body.Unsigned(0));
    }

    public NutWriter StreamHeader(int timeBase, int msbShift)
    {
        NutWriter body = new();
        body.Unsigned(0).Unsigned(0).Text("RGB\x18").Unsigned((ulong)timeBase).Unsigned((ulong)msbShift).Unsigned(1000).Unsigned(0)
            .Unsigned(0).Text("").Unsigned(8).Unsigned(8).Unsigned(1).Unsigned(1).Unsigned(0);
        return Packet(0x4E5311405BF2F9DB, body);
    }

    public NutWriter SyncPoint(long stamp, int timeBase, int timeBaseCount) =>
        Packet(0x4E4BE4ADEECA4569, new NutWriter().Unsigned((ulong)((stamp * timeBaseCount) + timeBase)).Unsigned(0));

    public NutWriter Info(int length) => Packet(0x4E49AB68B596BA78, new NutWriter().Bytes(new byte[length]));

    public NutWriter Packet(ulong startCode, NutWriter body)
    {
        byte[] start = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(start, startCode);
        int length = body._bytes.Count + 4;
        Bytes(start).Unsigned((ulong)length);
        return (length > 4096 ? Bytes(new byte[4]) : this).Bytes([.. body._bytes]).Bytes(new byte[4]);
    }

    public NutWriter Unsigned(ulong value)
    {
        int groups = 1;
        for (ulong rest = value >> 7; rest != 0; rest >>= 7)
        {
            groups++;
        }

        for (int group = groups - 1; group >= 0; group--)
        {
            _bytes.Add((byte)((int)((value >> (7 * group)) & 0x7F) | (group > 0 ? 0x80 : 0)));
        }

        return this;
    }

    /// <summary>0, 1, -1, 2, -2 ... become 0, 1, 2, 3, 4 ...</summary>
    public NutWriter Signed(long value) => Unsigned(value > 0 ? (ulong)((2 * value) - 1) : (ulong)(-2 * value));

    public NutWriter Text(string text) => Unsigned((ulong)text.Length).Bytes([.. text.Select(letter => (byte)letter)]);

    public NutWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
