using System.Buffers.Binary;

namespace PoseBatch.Parquet.Format;

/// <summary>The checksum of a page: CRC-32 as in gzip (polynomial 0x04C11DB7, reflected), eight bytes per step.</summary>
internal static class Crc32
{
    private const uint ReflectedPolynomial = 0xEDB88320;

    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes) => Continue(0, bytes);

    /// <summary>Goes on from the checksum of what came before.</summary>
    public static uint Continue(uint before, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> table = Table;
        uint crc = ~before;
        while (bytes.Length >= 8)
        {
            // Table k holds the effect of a byte that k further bytes follow.
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = table[(7 * 256) + (int)(eight & 0xFF)]
                ^ table[(6 * 256) + (int)((eight >> 8) & 0xFF)]
                ^ table[(5 * 256) + (int)((eight >> 16) & 0xFF)]
                ^ table[(4 * 256) + (int)((eight >> 24) & 0xFF)]
                ^ table[(3 * 256) + (int)((eight >> 32) & 0xFF)]
                ^ table[(2 * 256) + (int)((eight >> 40) & 0xFF)]
                ^ table[256 + (int)((eight >> 48) & 0xFF)]
                ^ table[(int)(eight >> 56)];
            bytes = bytes[8..];
        }

        foreach (byte value in bytes)
        {
            crc = (crc >> 8) ^ table[(int)((crc ^ value) & 0xFF)];
        }

        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * ReflectedPolynomial);
            }

            table[value] = crc;
        }

        for (int i = 256; i < table.Length; i++)
        {
            uint before = table[i - 256];
            table[i] = (before >> 8) ^ table[(int)(before & 0xFF)];
        }

        return table;
    }
}
