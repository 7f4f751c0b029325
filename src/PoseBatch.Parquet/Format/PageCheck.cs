using System.Buffers.Binary;
using Parquet.Meta;

namespace PoseBatch.Parquet.Format;

/// <summary>
/// Looks at the pages of a column before Parquet.Net unpacks them, which reserves whatever memory their headers and their
/// compressor's headers ask for, and reads on behind the column when rows are missing.
/// </summary>
internal static class PageCheck
{
    // Numbers need at most 8 bytes per row and a little; text is bounded by this.
    private const int LargestTextPage = 1 << 26;
    private const int BytesPerRowAtMost = 16;
    private const int PageOverhead = 4096;
    private const int SmallestWord = 4;

    private const uint ZstdMagic = 0xFD2FB528;

    /// <summary>Passes when the pages lie within the column and hold its rows.</summary>
    /// <param name="pages">All bytes of the column.</param>
    /// <param name="codec">How they are compressed.</param>
    /// <param name="rows">Rows of the row group.</param>
    /// <param name="isText">Whether values have no size of their own.</param>
    /// <exception cref="InvalidDataException">They do not.</exception>
    public static void Check(ReadOnlySpan<byte> pages, CompressionCodec codec, int rows, bool isText)
    {
        long largest = isText ? LargestTextPage : ((long)rows * BytesPerRowAtMost) + PageOverhead;
        Span<int> numbers = stackalloc int[PageNumber.Count];
        bool isFirst = true;
        int left = rows;
        while (!pages.IsEmpty)
        {
            numbers.Fill(-1);
            ThriftWalk header = new(pages);
            header.Struct(ThriftShape.PageHeader, numbers);
            pages = pages[header.Position..];
            int packed = numbers[PageNumber.PackedSize], plain = numbers[PageNumber.PlainSize];
            if (packed < 0 || packed > pages.Length)
            {
                throw new InvalidDataException("a page is longer than its column");
            }

            if (plain < 0 || plain > largest)
            {
                throw new InvalidDataException("a page has an impossible size");
            }

            if ((packed == 0 ? 0 : UnpackedSize(pages[..packed], codec)) is { } stated && stated != plain)
            {
                throw new InvalidDataException("a page unpacks to another size than its header says");
            }

            CheckKind(numbers, isFirst, ref left);
            pages = pages[packed..];
            isFirst = false;
        }

        if (left != 0)
        {
            throw new InvalidDataException($"its pages lack {left} of {rows} rows");
        }
    }

    private static void CheckKind(ReadOnlySpan<int> numbers, bool isFirst, ref int left)
    {
        int count = numbers[PageNumber.RowCount];
        switch ((PageType)numbers[PageNumber.Kind])
        {
            case PageType.DICTIONARY_PAGE when isFirst && numbers[PageNumber.WordCount] is var words && words >= 0 && words <= numbers[PageNumber.PlainSize] / SmallestWord:
                return;
            case PageType.DATA_PAGE when count > 0 && count <= left && IsKnown((Encoding)numbers[PageNumber.Encoding]):
                left -= count;
                return;
            default:
                throw new InvalidDataException($"a page of kind {numbers[PageNumber.Kind]} with {count} values in encoding {numbers[PageNumber.Encoding]} is not one PoseBatch reads");
        }
    }

    private static bool IsKnown(Encoding encoding) => encoding
        is Encoding.PLAIN or Encoding.PLAIN_DICTIONARY or Encoding.RLE_DICTIONARY or Encoding.DELTA_BINARY_PACKED or Encoding.BYTE_STREAM_SPLIT;

    /// <summary>What a compressed page says of its own size; null for a codec that does not say.</summary>
    private static long? UnpackedSize(ReadOnlySpan<byte> page, CompressionCodec codec) => codec switch
    {
        CompressionCodec.UNCOMPRESSED => page.Length,
        CompressionCodec.SNAPPY => SnappySize(page),
        CompressionCodec.ZSTD => ZstdSize(page),
        CompressionCodec.BROTLI => null,
        _ => throw new InvalidDataException($"compression {codec} is not one PoseBatch reads"),
    };

    /// <summary>The number that a Snappy block begins with.</summary>
    private static long SnappySize(ReadOnlySpan<byte> page)
    {
        long size = 0;
        for (int i = 0; i < Math.Min(5, page.Length); i++)
        {
            size |= (long)(page[i] & 0x7F) << (7 * i);
            if (page[i] < 0x80)
            {
                return size;
            }
        }

        return -1;
    }

    /// <summary>The content size in the header of a Zstandard frame (RFC 8878, section 3.1.1.1); -1 for a frame without.</summary>
    private static long ZstdSize(ReadOnlySpan<byte> page)
    {
        if (page.Length < 14 + sizeof(uint))
        {
            // Small pages: room for the widest header, so that what follows need not look at every length.
            Span<byte> padded = stackalloc byte[14 + sizeof(uint)];
            padded.Clear();
            page.CopyTo(padded);
            return ZstdSize(padded);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(page) != ZstdMagic)
        {
            return -1;
        }

        byte descriptor = page[4];
        bool isSingleSegment = (descriptor & 0x20) != 0;
        ReadOnlySpan<byte> field = page[(5 + (isSingleSegment ? 0 : 1) + (int)((0x4210u >> (4 * (descriptor & 3))) & 15))..];
        return (descriptor >> 6) switch
        {
            0 => isSingleSegment ? field[0] : -1,
            1 => BinaryPrimitives.ReadUInt16LittleEndian(field) + 256,
            2 => BinaryPrimitives.ReadUInt32LittleEndian(field),
            _ => BinaryPrimitives.ReadInt64LittleEndian(field),
        };
    }
}
