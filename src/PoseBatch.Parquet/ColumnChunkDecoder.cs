using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Encodings;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>
/// Turns the pages of a column back into values; every size is checked before it is believed. One decoder serves all tables of
/// a result in turn. Not thread-safe.
/// </summary>
/// <param name="memory">What it works in.</param>
internal sealed class ColumnChunkDecoder(ChunkMemory memory)
{
    // Numbers need at most 8 bytes per row and a little; words are bounded by this.
    private const int LargestTextPage = 1 << 26;
    private const int BytesPerRowAtMost = 16;
    private const int PageOverhead = 4096;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int[] _words = [];
    private int _dictionaryCount;

    /// <summary>What it works in.</summary>
    public ChunkMemory Memory => memory;

    /// <summary>Memory to read a chunk into; good until the next call.</summary>
    public Span<byte> RoomForChunk(int size) => memory.Chunk.Room(size);

    /// <summary>Reads all pages of a chunk into <paramref name="target"/>, which is emptied first.</summary>
    /// <exception cref="InvalidDataException">The pages are damaged.</exception>
    public void Decode(ReadOnlySpan<byte> chunk, ParquetCodec codec, int rowCount, ColumnBuffer target)
    {
        target.Clear();
        _dictionaryCount = -1;
        while (target.Count < rowCount)
        {
            PageHeader header = PageHeader.Read(chunk, out int headerSize);
            chunk = chunk[headerSize..];
            if (header.CompressedSize < 0 || header.CompressedSize > chunk.Length)
            {
                throw new InvalidDataException("a page is longer than its column");
            }

            ReadOnlySpan<byte> compressed = chunk[..header.CompressedSize];
            chunk = chunk[header.CompressedSize..];
            if (header.Crc is { } crc && crc != (int)Crc32.Of(compressed))
            {
                throw new InvalidDataException("the checksum of a page is wrong");
            }

            ReadOnlySpan<byte> page = Unpack(codec, compressed, header, rowCount, target);
            if (header.Kind == PageKind.Dictionary)
            {
                KeepDictionary(page, header.ValueCount, target);
            }
            else if (header.Kind == PageKind.Data && header.ValueCount > 0 && header.ValueCount <= rowCount - target.Count)
            {
                DecodeData(page, header, target);
            }
            else
            {
                throw new InvalidDataException($"a page of kind {(int)header.Kind} with {header.ValueCount} values is not one PoseBatch reads");
            }
        }
    }

    private ReadOnlySpan<byte> Unpack(ParquetCodec codec, ReadOnlySpan<byte> compressed, in PageHeader header, int rowCount, ColumnBuffer target)
    {
        long largest = target is TextColumnBuffer ? LargestTextPage : ((long)rowCount * BytesPerRowAtMost) + PageOverhead;
        if (header.UncompressedSize < 0 || header.UncompressedSize > largest)
        {
            throw new InvalidDataException("a page has an impossible size");
        }

        Span<byte> page = memory.Page.Room(header.UncompressedSize);
        memory.Codec.Decompress(codec, compressed, page);
        return page;
    }

    private void KeepDictionary(ReadOnlySpan<byte> page, int count, ColumnBuffer target)
    {
        if (count < 0 || count > page.Length)
        {
            throw new InvalidDataException("a dictionary is cut");
        }

        _dictionaryCount = count;
        if (target is TextColumnBuffer text)
        {
            _words = _words.Length >= count ? _words : new int[count];
            ReadWords(page, text, _words.AsSpan(0, count));
            return;
        }

        if (page.Length != (long)count * WidthOf(target.Column.Type))
        {
            throw new InvalidDataException("a dictionary has another size than its values");
        }

        page.CopyTo(memory.Values(page.Length));
    }

    private static int WidthOf(ColumnType type) => type switch
    {
        ColumnType.Int16 or ColumnType.Int32 or ColumnType.Float => 4,
        ColumnType.Int64 or ColumnType.Double => 8,
        _ => throw new InvalidDataException("a column of flags has a dictionary"),
    };

    private void DecodeData(ReadOnlySpan<byte> page, in PageHeader header, ColumnBuffer target)
    {
        int rows = header.ValueCount;
        ReadOnlySpan<int> levels = target.Column.IsNullable ? ReadLevels(ref page, rows) : default;
        switch (target)
        {
            case ColumnBuffer<int> ints:
                DecodeData(page, header.Encoding, rows, levels, ints);
                break;
            case ColumnBuffer<long> longs:
                DecodeData(page, header.Encoding, rows, levels, longs);
                break;
            case ColumnBuffer<float> floats:
                DecodeData(page, header.Encoding, rows, levels, floats);
                break;
            case ColumnBuffer<double> doubles:
                DecodeData(page, header.Encoding, rows, levels, doubles);
                break;
            case ColumnBuffer<bool> flags:
                DecodeData(page, header.Encoding, rows, levels, flags);
                break;
            default:
                throw new NotSupportedException($"Column '{target.Column.Name}' has a buffer of unknown type.");
        }
    }

    private void DecodeData<T>(ReadOnlySpan<byte> page, PageEncoding encoding, int rows, ReadOnlySpan<int> levels, ColumnBuffer<T> target)
        where T : unmanaged
    {
        Span<T> values = target.Extend(rows, out Span<byte> validity);
        Span<T> present = levels.IsEmpty ? values : values[..levels.Count(1)];
        if (!present.IsEmpty)
        {
            if (typeof(T) == typeof(bool))
            {
                DecodeFlags(page, encoding, MemoryMarshal.AsBytes(present));
            }
            else if (encoding is PageEncoding.RleDictionary or PageEncoding.PlainDictionary)
            {
                DecodeCodes(page, present, target is TextColumnBuffer);
            }
            else if (target is TextColumnBuffer text)
            {
                DecodePlainText(page, encoding, text, MemoryMarshal.Cast<T, int>(present));
            }
            else
            {
                DecodeDirect(page, encoding, present);
            }
        }

        if (present.Length < rows)
        {
            Spread(values, present.Length, levels, validity);
        }
    }

    private void DecodeCodes<T>(ReadOnlySpan<byte> page, Span<T> values, bool isText)
        where T : unmanaged
    {
        ReadOnlySpan<T> dictionary = isText
            ? MemoryMarshal.Cast<int, T>(_words.AsSpan(0, Math.Max(0, _dictionaryCount)))
            : MemoryMarshal.Cast<byte, T>(memory.Values(Math.Max(0, _dictionaryCount) * Unsafe.SizeOf<T>()));
        if (_dictionaryCount < 0 || _dictionaryCount > dictionary.Length || page.IsEmpty || page[0] > 32)
        {
            throw new InvalidDataException("a page refers to a dictionary that is not there");
        }

        dictionary = dictionary[.._dictionaryCount];
        Span<int> codes = memory.Codes(values.Length);
        RleHybrid.Decode(page[1..], page[0], codes);
        for (int i = 0; i < values.Length; i++)
        {
            if ((uint)codes[i] >= (uint)dictionary.Length)
            {
                throw new InvalidDataException("a page refers to a value that its dictionary does not have");
            }

            values[i] = dictionary[codes[i]];
        }
    }

    private static void DecodeDirect<T>(ReadOnlySpan<byte> page, PageEncoding encoding, Span<T> values)
        where T : unmanaged
    {
        int size = checked(values.Length * Unsafe.SizeOf<T>());
        switch (encoding)
        {
            case PageEncoding.Plain when page.Length >= size:
                page[..size].CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case PageEncoding.ByteStreamSplit when page.Length == size:
                ByteStreamSplit.Decode(page, Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(values));
                break;
            case PageEncoding.DeltaBinaryPacked when typeof(T) == typeof(int):
                DeltaBinaryPacked.Decode(page, MemoryMarshal.Cast<T, int>(values));
                break;
            case PageEncoding.DeltaBinaryPacked when typeof(T) == typeof(long):
                DeltaBinaryPacked.Decode(page, MemoryMarshal.Cast<T, long>(values));
                break;
            default:
                throw new InvalidDataException($"a page of encoding {(int)encoding} is cut, or its type has no such encoding");
        }
    }

    private static void DecodeFlags(ReadOnlySpan<byte> page, PageEncoding encoding, Span<byte> flags)
    {
        if (encoding != PageEncoding.Plain || page.Length < (flags.Length + 7) / 8)
        {
            throw new InvalidDataException("flags are cut");
        }

        for (int i = 0; i < flags.Length; i++)
        {
            flags[i] = (byte)((page[i / 8] >> (i % 8)) & 1);
        }
    }

    private static void DecodePlainText(ReadOnlySpan<byte> page, PageEncoding encoding, TextColumnBuffer target, Span<int> codes)
    {
        if (encoding != PageEncoding.Plain)
        {
            throw new InvalidDataException($"encoding {(int)encoding} is not one PoseBatch reads text in");
        }

        ReadWords(page, target, codes);
    }

    private static void ReadWords(ReadOnlySpan<byte> bytes, TextColumnBuffer target, Span<int> codes)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            if (bytes.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(bytes) is var length && (length < 0 || length > bytes.Length - 4))
            {
                throw new InvalidDataException("a word is cut");
            }

            codes[i] = target.CodeOf(Word(bytes.Slice(4, length)));
            bytes = bytes[(4 + length)..];
        }
    }

    private static string Word(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException("a word is not UTF-8");
        }
    }

    private ReadOnlySpan<int> ReadLevels(ref ReadOnlySpan<byte> page, int rows)
    {
        if (page.Length < 4 || BinaryPrimitives.ReadInt32LittleEndian(page) is var length && (length < 0 || length > page.Length - 4))
        {
            throw new InvalidDataException("the definition levels are cut");
        }

        Span<int> levels = memory.Levels(rows);
        RleHybrid.Decode(page.Slice(4, length), 1, levels);
        page = page[(4 + length)..];
        return levels.ContainsAnyExceptInRange(0, 1) ? throw new InvalidDataException("a definition level is neither 0 nor 1") : levels;
    }

    /// <summary>Moves the values that lie close together to their rows, from the last to the first.</summary>
    private static void Spread<T>(Span<T> values, int present, ReadOnlySpan<int> levels, Span<byte> validity)
        where T : unmanaged
    {
        for (int row = values.Length - 1; row >= 0; row--)
        {
            validity[row] = (byte)levels[row];
            values[row] = levels[row] == 1 ? values[--present] : default;
        }
    }
}
