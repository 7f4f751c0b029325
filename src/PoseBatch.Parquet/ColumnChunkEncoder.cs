using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Encodings;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>What the footer says about one column of one row group.</summary>
internal sealed record ColumnChunkFacts
{
    public required PageEncoding Encoding { get; init; }

    public required ParquetCodec Codec { get; init; }

    public required int RowCount { get; init; }

    public required int NullCount { get; init; }

    /// <summary>Bytes of the dictionary page with its header; 0 when there is none.</summary>
    public required int DictionarySize { get; init; }

    public required int UncompressedSize { get; init; }

    public required int CompressedSize { get; init; }

    /// <summary>Smallest and largest value as plain bytes; null when there is none that can be compared.</summary>
    public byte[]? Min { get; init; }

    public byte[]? Max { get; init; }

    /// <summary>Where the first page begins in the file; set when it is written.</summary>
    public long Offset { get; set; }
}

/// <summary>
/// Turns one column of a block into pages. One encoder serves all tables of a result in turn. Not thread-safe.
/// </summary>
/// <param name="memory">What it works in.</param>
internal sealed class ColumnChunkEncoder(ChunkMemory memory)
{
    // A dictionary is tried as long as few of the values are distinct (docs/table-schema.md).
    private const int DictionaryRowsPerValue = 4;

    // Below, a dictionary has always been smaller; from here on it has to prove it.
    private const int LargeDictionary = 1024;

    private readonly PageCodec _codec = memory.Codec;
    private readonly ByteBuffer _page = memory.Page;
    private readonly ByteBuffer _compressed = memory.Packed;
    private readonly ByteBuffer _rival = memory.Chunk;
    private readonly ByteBuffer _header = new();
    private readonly DictionaryBuilder<int> _intDictionary = new();
    private readonly DictionaryBuilder<long> _longDictionary = new();
    private readonly DictionaryBuilder<float> _floatDictionary = new();
    private readonly DictionaryBuilder<double> _doubleDictionary = new();

    /// <summary>What it works in.</summary>
    public ChunkMemory Memory => memory;

    /// <summary>Adds the pages of a column to <paramref name="output"/>.</summary>
    public ColumnChunkFacts Encode(ColumnBuffer column, TableProfile profile, ParquetCodec codec, ByteBuffer output)
    {
        int nullCount = CountNulls(column);
        return column switch
        {
            TextColumnBuffer text => EncodeText(text, nullCount, codec, output),
            ColumnBuffer<int> ints => EncodeNumbers(ints, _intDictionary, nullCount, profile, codec, output),
            ColumnBuffer<long> longs => EncodeNumbers(longs, _longDictionary, nullCount, profile, codec, output),
            ColumnBuffer<float> floats => EncodeNumbers(floats, _floatDictionary, nullCount, profile, codec, output),
            ColumnBuffer<double> doubles => EncodeNumbers(doubles, _doubleDictionary, nullCount, profile, codec, output),
            ColumnBuffer<bool> flags => EncodeFlags(flags, nullCount, codec, output),
            _ => throw new NotSupportedException($"Column '{column.Column.Name}' has a buffer of unknown type."),
        };
    }

    private ColumnChunkFacts EncodeNumbers<T>(
        ColumnBuffer<T> column, DictionaryBuilder<T> dictionary, int nullCount, TableProfile profile, ParquetCodec codec, ByteBuffer output)
        where T : unmanaged, INumber<T>
    {
        int presentCount = column.Count - nullCount;
        int start = output.Length;
        int uncompressed = 0;
        int dictionarySize = 0;
        PageEncoding encoding = PageEncoding.RleDictionary;
        bool isDictionary = TryGather(column, dictionary, presentCount, out ValueRange<T> range);
        if (isDictionary)
        {
            _page.Clear();
            _page.WriteValues(dictionary.Values);
            uncompressed = WritePage(PageKind.Dictionary, dictionary.Count, PageEncoding.Plain, codec, output);
            dictionarySize = output.Length - start;
            uncompressed += WriteCodedPages(column, presentCount, dictionary.Count, codec, output);
        }

        if (!isDictionary || dictionary.Count >= LargeDictionary)
        {
            PageEncoding direct = presentCount == 0 ? PageEncoding.Plain : DirectEncoding<T>(profile);
            _rival.Clear();
            int directUncompressed = 0;
            foreach (Rows rows in PagesOf(column))
            {
                BeginDataPage(column, rows);
                WriteDirect(Present(column, rows), direct);
                directUncompressed += WritePage(PageKind.Data, rows.Count, direct, codec, _rival);
            }

            if (!isDictionary || _rival.Length < output.Length - start)
            {
                output.Truncate(start);
                output.Write(_rival.Written);
                encoding = direct;
                uncompressed = directUncompressed;
                dictionarySize = 0;
            }
        }

        return new()
        {
            Encoding = encoding,
            Codec = codec,
            RowCount = column.Count,
            NullCount = nullCount,
            DictionarySize = dictionarySize,
            UncompressedSize = uncompressed,
            CompressedSize = output.Length - start,
            Min = range.Min,
            Max = range.Max,
        };
    }

    private ColumnChunkFacts EncodeText(TextColumnBuffer column, int nullCount, ParquetCodec codec, ByteBuffer output)
    {
        int start = output.Length;
        int uncompressed = 0;
        int dictionarySize = 0;
        byte[]? min = null;
        byte[]? max = null;
        PageEncoding encoding = PageEncoding.Plain;
        if (nullCount < column.Count)
        {
            // Only words that occur in this row group, in the order of their first appearance.
            GatherWords(column, column.Count - nullCount);
            encoding = PageEncoding.RleDictionary;
            _page.Clear();
            foreach (int word in _intDictionary.Values)
            {
                byte[] bytes = Encoding.UTF8.GetBytes(column.Words[word]);
                _page.WriteInt32(bytes.Length);
                _page.Write(bytes);
                min = min is null || bytes.AsSpan().SequenceCompareTo(min) < 0 ? bytes : min;
                max = max is null || bytes.AsSpan().SequenceCompareTo(max) > 0 ? bytes : max;
            }

            uncompressed += WritePage(PageKind.Dictionary, _intDictionary.Count, PageEncoding.Plain, codec, output);
            dictionarySize = output.Length - start;
            uncompressed += WriteCodedPages(column, column.Count - nullCount, _intDictionary.Count, codec, output);
        }
        else
        {
            foreach (Rows rows in PagesOf(column))
            {
                BeginDataPage(column, rows);
                uncompressed += WritePage(PageKind.Data, rows.Count, encoding, codec, output);
            }
        }

        return new()
        {
            Encoding = encoding,
            Codec = codec,
            RowCount = column.Count,
            NullCount = nullCount,
            DictionarySize = dictionarySize,
            UncompressedSize = uncompressed,
            CompressedSize = output.Length - start,
            Min = min,
            Max = max,
        };
    }

    private ColumnChunkFacts EncodeFlags(ColumnBuffer<bool> column, int nullCount, ParquetCodec codec, ByteBuffer output)
    {
        int start = output.Length;
        int uncompressed = 0;
        bool hasFalse = false, hasTrue = false;
        foreach (Rows rows in PagesOf(column))
        {
            BeginDataPage(column, rows);
            ReadOnlySpan<byte> flags = MemoryMarshal.AsBytes(Present(column, rows));
            Span<byte> bits = _page.Extend((flags.Length + 7) / 8);
            bits.Clear();
            for (int i = 0; i < flags.Length; i++)
            {
                bits[i / 8] |= (byte)((flags[i] != 0 ? 1 : 0) << (i % 8));
            }

            hasFalse |= flags.Contains((byte)0);
            hasTrue |= flags.ContainsAnyExcept((byte)0);
            uncompressed += WritePage(PageKind.Data, rows.Count, PageEncoding.Plain, codec, output);
        }

        return new()
        {
            Encoding = PageEncoding.Plain,
            Codec = codec,
            RowCount = column.Count,
            NullCount = nullCount,
            DictionarySize = 0,
            UncompressedSize = uncompressed,
            CompressedSize = output.Length - start,
            Min = hasFalse || hasTrue ? [hasFalse ? (byte)0 : (byte)1] : null,
            Max = hasFalse || hasTrue ? [hasTrue ? (byte)1 : (byte)0] : null,
        };
    }

    /// <summary>Looks at all values once: their range, and a code for each as long as few are distinct.</summary>
    /// <returns>Whether every value has its code.</returns>
    private bool TryGather<T>(ColumnBuffer<T> column, DictionaryBuilder<T> dictionary, int presentCount, out ValueRange<T> range)
        where T : unmanaged, INumber<T>
    {
        Span<int> codes = memory.Codes(presentCount);
        bool isDictionary = presentCount > 0;
        range = default;
        dictionary.Begin(presentCount / DictionaryRowsPerValue, isSampled: true);
        foreach (Rows rows in PagesOf(column))
        {
            ReadOnlySpan<T> values = Present(column, rows);
            range.Include(values);
            if (isDictionary)
            {
                isDictionary = dictionary.TryAdd(values, codes[..values.Length]);
                codes = codes[values.Length..];
            }
        }

        return isDictionary;
    }

    private void GatherWords(TextColumnBuffer column, int presentCount)
    {
        Span<int> codes = memory.Codes(presentCount);
        _intDictionary.Begin(int.MaxValue, isSampled: false);
        foreach (Rows rows in PagesOf(column))
        {
            ReadOnlySpan<int> words = Present(column, rows);
            _intDictionary.TryAdd(words, codes[..words.Length]);
            codes = codes[words.Length..];
        }
    }

    /// <summary>Writes the codes that were gathered: they are still in their place.</summary>
    /// <returns>Bytes of the pages with their headers, uncompressed.</returns>
    private int WriteCodedPages(ColumnBuffer column, int presentCount, int distinct, ParquetCodec codec, ByteBuffer output)
    {
        ReadOnlySpan<int> codes = memory.Codes(presentCount);
        int uncompressed = 0;
        foreach (Rows rows in PagesOf(column))
        {
            BeginDataPage(column, rows);
            WriteCodes(codes[..rows.Present], distinct);
            codes = codes[rows.Present..];
            uncompressed += WritePage(PageKind.Data, rows.Count, PageEncoding.RleDictionary, codec, output);
        }

        return uncompressed;
    }

    private static PageEncoding DirectEncoding<T>(TableProfile profile) => profile switch
    {
        TableProfile.Compatible => PageEncoding.Plain,
        _ => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? PageEncoding.ByteStreamSplit : PageEncoding.DeltaBinaryPacked,
    };

    private void WriteDirect<T>(ReadOnlySpan<T> values, PageEncoding encoding)
        where T : unmanaged
    {
        if (encoding == PageEncoding.Plain)
        {
            _page.WriteValues(values);
        }
        else if (typeof(T) == typeof(float))
        {
            ByteStreamSplit.Encode(Cast<T, float>(values), _page.Extend(checked(4 * values.Length)));
        }
        else if (typeof(T) == typeof(double))
        {
            ByteStreamSplit.Encode(Cast<T, double>(values), _page.Extend(checked(8 * values.Length)));
        }
        else if (typeof(T) == typeof(int))
        {
            DeltaBinaryPacked.Encode(Cast<T, int>(values), _page);
        }
        else
        {
            DeltaBinaryPacked.Encode(Cast<T, long>(values), _page);
        }
    }

    private static ReadOnlySpan<TTo> Cast<TFrom, TTo>(ReadOnlySpan<TFrom> values)
        where TFrom : unmanaged
        where TTo : unmanaged => MemoryMarshal.Cast<TFrom, TTo>(values);

    private void WriteCodes(ReadOnlySpan<int> codes, int distinct)
    {
        // One value would need no bits at all; some readers stumble over width 0.
        int width = Math.Max(1, BitPacking.WidthOf((ulong)(distinct - 1)));
        _page.Write((byte)width);
        RleHybrid.Encode(codes, width, _page);
    }

    /// <summary>Starts a data page with its definition levels: 1 for a value, 0 for null, preceded by their length.</summary>
    private void BeginDataPage(ColumnBuffer column, Rows rows)
    {
        _page.Clear();
        if (!column.Column.IsNullable)
        {
            return;
        }

        Span<int> levels = memory.Levels(rows.Count);
        if (rows.Present == 0 || rows.Present == rows.Count)
        {
            levels.Fill(rows.Present == 0 ? 0 : 1);
        }
        else
        {
            TensorPrimitives.ConvertTruncating(column.Validity.Slice(rows.First, rows.Count), levels);
        }

        _page.WriteInt32(0);
        RleHybrid.Encode(levels, 1, _page);
        _page.WriteAt(0, _page.Length - 4);
    }

    /// <summary>Compresses what was gathered and adds it with its header.</summary>
    /// <returns>Bytes the page and its header would take uncompressed.</returns>
    private int WritePage(PageKind kind, int valueCount, PageEncoding encoding, ParquetCodec codec, ByteBuffer output)
    {
        _compressed.Clear();
        _codec.Compress(codec, _page.Written, _compressed);
        _header.Clear();
        ThriftWriter writer = new(_header);
        writer.BeginStruct();
        writer.Int32(Fields.PageHeader.Type, (int)kind);
        writer.Int32(Fields.PageHeader.UncompressedSize, _page.Length);
        writer.Int32(Fields.PageHeader.CompressedSize, _compressed.Length);
        writer.Int32(Fields.PageHeader.Crc, (int)Crc32.Of(_compressed.Written));
        writer.BeginStruct(kind == PageKind.Dictionary ? Fields.PageHeader.Dictionary : Fields.PageHeader.Data);
        writer.Int32(Fields.DataPageHeader.NumValues, valueCount);
        writer.Int32(Fields.DataPageHeader.Encoding, (int)encoding);
        if (kind == PageKind.Data)
        {
            writer.Int32(Fields.DataPageHeader.DefinitionLevelEncoding, (int)PageEncoding.Rle);
            writer.Int32(Fields.DataPageHeader.RepetitionLevelEncoding, (int)PageEncoding.Rle);
        }

        writer.EndStruct();
        writer.EndStruct();
        output.Write(_header.Written);
        output.Write(_compressed.Written);
        return _header.Length + _page.Length;
    }

    private static int CountNulls(ColumnBuffer column) => column.Count - CountPresent(column, 0, column.Count);

    private static int CountPresent(ColumnBuffer column, int first, int count)
    {
        if (!column.Column.IsNullable)
        {
            return count;
        }

        int present = 0;
        foreach (byte valid in column.Validity.Slice(first, count))
        {
            present += valid;
        }

        return present;
    }

    private static IEnumerable<Rows> PagesOf(ColumnBuffer column)
    {
        for (int first = 0; first < column.Count; first += ParquetFileWriter.MostRowsPerPage)
        {
            int count = Math.Min(ParquetFileWriter.MostRowsPerPage, column.Count - first);
            yield return new(first, count, CountPresent(column, first, count));
        }
    }

    /// <summary>The values of some rows that are not null, close together.</summary>
    private ReadOnlySpan<T> Present<T>(ColumnBuffer<T> column, Rows rows)
        where T : unmanaged
    {
        ReadOnlySpan<T> values = column.Values.Slice(rows.First, rows.Count);
        if (rows.Present == rows.Count)
        {
            return values;
        }

        Span<T> present = MemoryMarshal.Cast<byte, T>(memory.Values(checked(rows.Count * Unsafe.SizeOf<T>())));
        ReadOnlySpan<byte> validity = column.Validity.Slice(rows.First, rows.Count);
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            // Written always, kept only when valid: no branch to mispredict.
            present[count] = values[i];
            count += validity[i];
        }

        return present[..count];
    }

    /// <summary>Rows of a column that become one page, and how many of them are not null.</summary>
    private readonly record struct Rows(int First, int Count, int Present);
}
