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
/// Turns one column of a block into pages. Keeps its scratch memory, so one encoder serves all tables of a result in turn.
/// Not thread-safe.
/// </summary>
internal sealed class ColumnChunkEncoder : IDisposable
{
    // A dictionary is tried as long as few of the values are distinct (docs/table-schema.md).
    private const int DictionaryRowsPerValue = 4;

    // Below, a dictionary has always been smaller; from here on it has to prove it.
    private const int LargeDictionary = 1024;

    private readonly PageCodec _codec = new();
    private readonly ByteBuffer _page = new();
    private readonly ByteBuffer _compressed = new();
    private readonly ByteBuffer _rival = new();
    private readonly ByteBuffer _header = new();
    private readonly ThriftWriter _headerWriter;
    private readonly DictionaryBuilder<int> _intDictionary = new();
    private readonly DictionaryBuilder<long> _longDictionary = new();
    private readonly DictionaryBuilder<float> _floatDictionary = new();
    private readonly DictionaryBuilder<double> _doubleDictionary = new();
    private int[] _levels = [];
    private byte[] _present = [];

    public ColumnChunkEncoder() => _headerWriter = new(_header);

    public void Dispose() => _codec.Dispose();

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
        ReadOnlySpan<T> values = Present(column, nullCount);
        (byte[]? min, byte[]? max) = Range(values);
        int start = output.Length;
        int uncompressed = 0;
        int dictionarySize = 0;
        PageEncoding encoding = PageEncoding.RleDictionary;
        ReadOnlySpan<int> codes = default;
        bool isDictionary = !values.IsEmpty
            && dictionary.TryBuild(values, values.Length / DictionaryRowsPerValue, out codes);
        if (isDictionary)
        {
            _page.Clear();
            _page.WriteValues(dictionary.Values);
            uncompressed = WritePage(PageKind.Dictionary, dictionary.Count, PageEncoding.Plain, codec, output);
            dictionarySize = output.Length - start;
            BeginDataPage(column, nullCount);
            WriteCodes(codes, dictionary.Count);
            uncompressed += WritePage(PageKind.Data, column.Count, encoding, codec, output);
        }

        if (!isDictionary || dictionary.Count >= LargeDictionary)
        {
            PageEncoding direct = values.IsEmpty ? PageEncoding.Plain : DirectEncoding<T>(profile);
            _rival.Clear();
            BeginDataPage(column, nullCount);
            WriteDirect(values, direct);
            int directUncompressed = WritePage(PageKind.Data, column.Count, direct, codec, _rival);
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
            Min = min,
            Max = max,
        };
    }

    private ColumnChunkFacts EncodeText(TextColumnBuffer column, int nullCount, ParquetCodec codec, ByteBuffer output)
    {
        ReadOnlySpan<int> values = Present(column, nullCount);
        int start = output.Length;
        int uncompressed = 0;
        int dictionarySize = 0;
        byte[]? min = null;
        byte[]? max = null;
        PageEncoding encoding = PageEncoding.Plain;
        if (!values.IsEmpty)
        {
            // Only words that occur in this row group, in the order of their first appearance.
            _intDictionary.TryBuild(values, int.MaxValue, out ReadOnlySpan<int> codes);
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
            BeginDataPage(column, nullCount);
            WriteCodes(codes, _intDictionary.Count);
        }
        else
        {
            BeginDataPage(column, nullCount);
        }

        uncompressed += WritePage(PageKind.Data, column.Count, encoding, codec, output);
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
        ReadOnlySpan<byte> flags = MemoryMarshal.AsBytes(Present(column, nullCount));
        int start = output.Length;
        BeginDataPage(column, nullCount);
        Span<byte> bits = _page.Extend((flags.Length + 7) / 8);
        bits.Clear();
        for (int i = 0; i < flags.Length; i++)
        {
            bits[i / 8] |= (byte)((flags[i] != 0 ? 1 : 0) << (i % 8));
        }

        int uncompressed = WritePage(PageKind.Data, column.Count, PageEncoding.Plain, codec, output);
        return new()
        {
            Encoding = PageEncoding.Plain,
            Codec = codec,
            RowCount = column.Count,
            NullCount = nullCount,
            DictionarySize = 0,
            UncompressedSize = uncompressed,
            CompressedSize = output.Length - start,
            Min = flags.IsEmpty ? null : [flags.Contains((byte)0) ? (byte)0 : (byte)1],
            Max = flags.IsEmpty ? null : [flags.ContainsAnyExcept((byte)0) ? (byte)1 : (byte)0],
        };
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
    private void BeginDataPage(ColumnBuffer column, int nullCount)
    {
        _page.Clear();
        if (!column.Column.IsNullable)
        {
            return;
        }

        int count = column.Count;
        if (_levels.Length < count)
        {
            _levels = new int[count];
        }

        Span<int> levels = _levels.AsSpan(0, count);
        if (nullCount == 0 || nullCount == count)
        {
            levels.Fill(nullCount == 0 ? 1 : 0);
        }
        else
        {
            TensorPrimitives.ConvertTruncating(column.Validity, levels);
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
        _headerWriter.BeginStruct();
        _headerWriter.Int32(Fields.PageHeader.Type, (int)kind);
        _headerWriter.Int32(Fields.PageHeader.UncompressedSize, _page.Length);
        _headerWriter.Int32(Fields.PageHeader.CompressedSize, _compressed.Length);
        _headerWriter.Int32(Fields.PageHeader.Crc, (int)Crc32.Of(_compressed.Written));
        _headerWriter.BeginStruct(kind == PageKind.Dictionary ? Fields.PageHeader.Dictionary : Fields.PageHeader.Data);
        _headerWriter.Int32(Fields.DataPageHeader.NumValues, valueCount);
        _headerWriter.Int32(Fields.DataPageHeader.Encoding, (int)encoding);
        if (kind == PageKind.Data)
        {
            _headerWriter.Int32(Fields.DataPageHeader.DefinitionLevelEncoding, (int)PageEncoding.Rle);
            _headerWriter.Int32(Fields.DataPageHeader.RepetitionLevelEncoding, (int)PageEncoding.Rle);
        }

        _headerWriter.EndStruct();
        _headerWriter.EndStruct();
        output.Write(_header.Written);
        output.Write(_compressed.Written);
        return _header.Length + _page.Length;
    }

    private static int CountNulls(ColumnBuffer column)
    {
        int present = 0;
        foreach (byte valid in column.Validity)
        {
            present += valid;
        }

        return column.Column.IsNullable ? column.Count - present : 0;
    }

    /// <summary>The values that are not null, close together.</summary>
    private ReadOnlySpan<T> Present<T>(ColumnBuffer<T> column, int nullCount)
        where T : unmanaged
    {
        if (nullCount == 0)
        {
            return column.Values;
        }

        int size = checked(column.Count * Unsafe.SizeOf<T>());
        if (_present.Length < size)
        {
            _present = new byte[size];
        }

        Span<T> present = MemoryMarshal.Cast<byte, T>(_present.AsSpan(0, size));
        ReadOnlySpan<T> values = column.Values;
        ReadOnlySpan<byte> validity = column.Validity;
        int count = 0;
        for (int i = 0; i < values.Length; i++)
        {
            // Written always, kept only when valid: no branch to mispredict.
            present[count] = values[i];
            count += validity[i];
        }

        return present[..count];
    }

    /// <summary>Smallest and largest value, NaN left out; a zero counts as -0 below and +0 above, or readers prune rows wrongly.</summary>
    private static (byte[]? Min, byte[]? Max) Range<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        if (values.IsEmpty)
        {
            return (null, null);
        }

        int first = 0;
        while (first < values.Length && T.IsNaN(values[first]))
        {
            first++;
        }

        if (first == values.Length)
        {
            return (null, null);
        }

        T min = values[first];
        T max = values[first];
        int i = first;
        if (Vector.IsHardwareAccelerated && values.Length - first >= Vector<T>.Count)
        {
            // A comparison with NaN is false, so NaN never becomes the smallest or the largest.
            Vector<T> mins = new(min);
            Vector<T> maxs = new(max);
            for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> some = new(values[i..]);
                mins = Vector.ConditionalSelect(Vector.LessThan(some, mins), some, mins);
                maxs = Vector.ConditionalSelect(Vector.GreaterThan(some, maxs), some, maxs);
            }

            for (int lane = 0; lane < Vector<T>.Count; lane++)
            {
                min = mins[lane] < min ? mins[lane] : min;
                max = maxs[lane] > max ? maxs[lane] : max;
            }
        }

        for (; i < values.Length; i++)
        {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
        }

        return (PlainBytes(T.IsZero(min) ? NegativeZero<T>() : min), PlainBytes(T.IsZero(max) ? T.Zero : max));
    }

    private static T NegativeZero<T>()
        where T : unmanaged, INumber<T> => -T.Zero;

    private static byte[] PlainBytes<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }
}
