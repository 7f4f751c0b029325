using System.Buffers.Binary;
using System.Numerics.Tensors;
using Microsoft.Win32.SafeHandles;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>
/// Reads the tables PoseBatch writes and has written, by Parquet.Net: flat, one level of nulls, chosen columns of one row group
/// at a time. Footer and pages are looked at before Parquet.Net believes them (docs/decisions/0002). Memory is bounded by one row
/// group. Not thread-safe.
/// </summary>
/// <remarks>Whether the bytes are those that were written is told by the SHA-256 in manifest.json, not here: pages have no checksums.</remarks>
public sealed class ParquetFileReader : IDisposable
{
    private const int MagicSize = 4;
    private const int TailSize = 8;
    private const string TableKey = "posebatch.table";

    private readonly SafeFileHandle _file;
    private readonly CheckedStream _stream;
    private readonly ChunkMemory _memory;
    private readonly ParquetReader _reader;
    private readonly DataField[] _fields;
    private readonly long _dataEnd;

    /// <summary>Opens a table and reads its footer.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="ParquetFormatException">It is no table, is damaged, or is not one PoseBatch reads.</exception>
    public ParquetFileReader(string path)
        : this(path, new ChunkMemory())
    {
    }

    /// <summary>Opens one of several tables that are read in turn, with one memory for all.</summary>
    internal ParquetFileReader(string path, ChunkMemory memory)
    {
        Path = path;
        _memory = memory;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
        try
        {
            SizeBytes = RandomAccess.GetLength(_file);
            _stream = new(SizeBytes);
            byte[] tail = ReadTail(out _dataEnd);
            (_reader, _fields) = Believing("the footer", () =>
            {
                new ThriftWalk(tail.AsSpan(0, tail.Length - TailSize)).Struct(ThriftShape.FileMetaData, []);
                _stream.Show(_dataEnd, tail);
                ParquetReader reader = ParquetReader.CreateAsync(_stream, leaveStreamOpen: true).GetAwaiter().GetResult();
                return (reader, reader.Schema.GetDataFields());
            });
            FileMetaData footer = _reader.Metadata!;
            CreatedBy = footer.CreatedBy ?? string.Empty;
            RowCount = footer.NumRows;
            (Metadata, Schema, RowGroups) = Believing("the footer", () => Describe(footer, _dataEnd));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of the file.</summary>
    public long SizeBytes { get; }

    /// <summary>Its name and columns; units and meanings are filled in for the tables PoseBatch knows.</summary>
    public TableSchema Schema { get; }

    /// <summary>Rows of the table.</summary>
    public long RowCount { get; }

    /// <summary>Its row groups.</summary>
    public IReadOnlyList<ParquetRowGroup> RowGroups { get; }

    /// <summary>The key-value pairs of the footer.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The library that wrote it, as it calls itself; the program stands in the metadata.</summary>
    public string CreatedBy { get; }

    /// <summary>Makes a block that fits this table.</summary>
    public TableBlock CreateBlock() => new(Schema);

    /// <summary>Reads all columns of a row group into a block, which is emptied first.</summary>
    /// <param name="rowGroup">0 to RowGroups.Count - 1.</param>
    /// <param name="block">From <see cref="CreateBlock"/>.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ParquetFormatException">A page is damaged.</exception>
    public void Read(int rowGroup, TableBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        for (int i = 0; i < Schema.Columns.Count; i++)
        {
            Read(rowGroup, i, block.Columns[i]);
        }
    }

    /// <summary>Reads one column of a row group into a buffer, which is emptied first.</summary>
    /// <param name="rowGroup">0 to RowGroups.Count - 1.</param>
    /// <param name="column">Place of the column in <see cref="Schema"/>.</param>
    /// <param name="target">A buffer for a column of the same type and null rule.</param>
    /// <exception cref="ArgumentException">The buffer is for another kind of column.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ParquetFormatException">A page is damaged.</exception>
    public void Read(int rowGroup, int column, ColumnBuffer target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int rows = RowGroups[rowGroup].RowCount;
        ParquetColumnChunk chunk = RowGroups[rowGroup].Columns[column];
        TableColumn declared = Schema.Columns[column];
        if (target.Column.Type != declared.Type || target.Column.IsNullable != declared.IsNullable)
        {
            throw new ArgumentException($"Column '{declared.Name}' does not fit a buffer for '{target.Column.Name}'.", nameof(target));
        }

        target.Clear();
        if (rows == 0)
        {
            return;
        }

        Memory<byte> pages = _memory.Pages((int)chunk.CompressedSize);
        string place = $"column '{declared.Name}' of row group {rowGroup}";
        ReadExactly(pages.Span, chunk.Offset, place);
        Believing(place, () =>
        {
            CompressionCodec codec = _reader.Metadata!.RowGroups[rowGroup].Columns[column].MetaData!.Codec;
            PageCheck.Check(pages.Span, codec, rows, declared.Type == ColumnType.Text);
            _stream.Show(chunk.Offset, pages);
            Read(_reader.RowGroups[rowGroup], _fields[column], rows, target);
            return true;
        });
        Leavings.Add(rows);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static (Dictionary<string, string> Metadata, TableSchema Schema, List<ParquetRowGroup> RowGroups) Describe(
        FileMetaData footer, long dataEnd)
    {
        Dictionary<string, string> metadata = [];
        foreach (KeyValue pair in footer.KeyValueMetadata ?? [])
        {
            metadata[pair.Key] = pair.Value ?? string.Empty;
        }

        TableSchema schema = ColumnFields.SchemaOf(footer.Schema, metadata.GetValueOrDefault(TableKey, footer.Schema[0].Name));
        List<ParquetRowGroup> groups = [.. footer.RowGroups.Select(group => Describe(group, schema, dataEnd))];
        return groups.Sum(group => (long)group.RowCount) == footer.NumRows
            ? (metadata, schema, groups)
            : throw new InvalidDataException("the rows of the row groups do not add up to those of the file");
    }

    private static ParquetRowGroup Describe(RowGroup group, TableSchema schema, long dataEnd)
    {
        if (group.Columns.Count != schema.Columns.Count)
        {
            throw new InvalidDataException("a row group has another number of columns than the schema");
        }

        return group.NumRows is >= 0 and <= ParquetFileWriter.MostRowsPerGroup
            ? new((int)group.NumRows, [.. group.Columns.Select((chunk, i) => Describe(chunk.MetaData!, schema.Columns[i], group.NumRows, dataEnd))])
            : throw new InvalidDataException("a row group has an impossible number of rows");
    }

    private static ParquetColumnChunk Describe(ColumnMetaData chunk, TableColumn column, long rows, long dataEnd)
    {
        if (chunk.PathInSchema is not [var name] || name != column.Name || chunk.Type != ColumnFields.Physical(column.Type) || chunk.NumValues != rows)
        {
            throw new InvalidDataException("a row group has other columns than the schema, or columns with other rows than the group");
        }

        long offset = chunk.DictionaryPageOffset is > 0 and var dictionary ? Math.Min(dictionary, chunk.DataPageOffset) : chunk.DataPageOffset;
        if (offset < MagicSize || chunk.TotalCompressedSize is < 0 or > int.MaxValue || chunk.TotalCompressedSize > dataEnd - offset)
        {
            throw new InvalidDataException($"column '{name}' lies outside the file");
        }

        return new(name, ((CompressionMethod)chunk.Codec).ToString(), chunk.TotalCompressedSize)
        {
            Offset = offset,
            Encodings = [.. chunk.Encodings.Select(encoding => encoding.ToString())],
            NullCount = chunk.Statistics?.NullCount,
            Min = chunk.Statistics?.MinValue,
            Max = chunk.Statistics?.MaxValue,
        };
    }

    private void Read(ParquetRowGroupReader group, DataField field, int rows, ColumnBuffer target)
    {
        switch (target)
        {
            case TextColumnBuffer text:
                ReadTexts(group, field, rows, text);
                break;
            case ColumnBuffer<int> { Column.Type: ColumnType.Int16 } shorts:
                ReadShorts(group, field, rows, shorts);
                break;
            case ColumnBuffer<int> ints:
                ReadValues(group, field, rows, ints);
                break;
            case ColumnBuffer<long> longs:
                ReadValues(group, field, rows, longs);
                break;
            case ColumnBuffer<float> floats:
                ReadValues(group, field, rows, floats);
                break;
            case ColumnBuffer<double> doubles:
                ReadValues(group, field, rows, doubles);
                break;
            case ColumnBuffer<bool> flags:
                ReadValues(group, field, rows, flags);
                break;
            default:
                throw new NotSupportedException($"Column '{target.Column.Name}' has a buffer of unknown type.");
        }
    }

    private void ReadValues<T>(ParquetRowGroupReader group, DataField field, int rows, ColumnBuffer<T> target)
        where T : unmanaged
    {
        if (target.Column.IsNullable)
        {
            ReadOnlySpan<T> present = ReadPresent<T>(group, field, rows, out ReadOnlySpan<int> levels);
            Spread(present, levels, target.Extend(rows, out Span<byte> validity), validity);
        }
        else
        {
            Wait(group.ReadRawAsync(field, target.ExtendMemory(rows), null, null));
        }
    }

    private void ReadShorts(ParquetRowGroupReader group, DataField field, int rows, ColumnBuffer<int> target)
    {
        ReadOnlySpan<short> present = ReadPresent<short>(group, field, rows, out ReadOnlySpan<int> levels);
        Span<int> values = target.Extend(rows, out Span<byte> validity);
        if (levels.IsEmpty)
        {
            TensorPrimitives.ConvertTruncating(present, values);
            return;
        }

        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            bool isPresent = levels[row] == 1;
            values[row] = isPresent ? present[next++] : 0;
            validity[row] = isPresent ? (byte)1 : (byte)0;
        }
    }

    private void ReadTexts(ParquetRowGroupReader group, DataField field, int rows, TextColumnBuffer target)
    {
        ReadOnlySpan<ReadOnlyMemory<char>> present = ReadPresent<ReadOnlyMemory<char>>(group, field, rows, out ReadOnlySpan<int> levels);
        present = present[..(levels.IsEmpty ? rows : levels.Count(1))];
        Memory<int> room = _memory.Values<int>(present.Length);
        new WordCodes(target).Find(present, room.Span);
        _memory.Values<ReadOnlyMemory<char>>(rows).Span.Clear();
        Span<int> codes = target.Extend(rows, out Span<byte> validity);
        if (levels.IsEmpty)
        {
            room.Span.CopyTo(codes);
        }
        else
        {
            Spread(room.Span, levels, codes, validity);
        }
    }

    /// <summary>The values of a column without its nulls, with room behind them, and one level per row; no levels for a column that is never null.</summary>
    private ReadOnlySpan<T> ReadPresent<T>(ParquetRowGroupReader group, DataField field, int rows, out ReadOnlySpan<int> levels)
        where T : struct
    {
        Memory<T> present = _memory.Values<T>(rows);
        Memory<int>? room = null;
        if (field.IsNullable)
        {
            room = _memory.Levels(rows);
        }

        // Of a column that holds less than it says nothing is taken from the one that was read before it.
        present.Span.Clear();
        Wait(group.ReadRawAsync(field, present, room, null));
        levels = room.GetValueOrDefault().Span;
        return present.Span;
    }

    private static void Spread<T>(ReadOnlySpan<T> present, ReadOnlySpan<int> levels, Span<T> values, Span<byte> validity)
        where T : unmanaged
    {
        int next = 0;
        for (int row = 0; row < values.Length; row++)
        {
            bool isPresent = levels[row] == 1;
            values[row] = isPresent ? present[next++] : default;
            validity[row] = isPresent ? (byte)1 : (byte)0;
        }
    }

    /// <summary>The footer and what stands behind it.</summary>
    private byte[] ReadTail(out long dataEnd)
    {
        Span<byte> ends = stackalloc byte[MagicSize + TailSize];
        if (SizeBytes < ends.Length)
        {
            throw new ParquetFormatException(Path, "it is too short");
        }

        ReadExactly(ends[..MagicSize], 0, "the file");
        ReadExactly(ends[MagicSize..], SizeBytes - TailSize, "the file");
        if (!ends[..MagicSize].SequenceEqual("PAR1"u8) || !ends[^MagicSize..].SequenceEqual("PAR1"u8))
        {
            throw new ParquetFormatException(Path, "it does not begin and end with PAR1, so it is no table or its end is missing");
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(ends[MagicSize..]);
        if (length < 0 || length > SizeBytes - ends.Length)
        {
            throw new ParquetFormatException(Path, "its footer has an impossible length");
        }

        dataEnd = SizeBytes - TailSize - length;
        byte[] tail = new byte[length + TailSize];
        ReadExactly(tail, dataEnd, "the footer");
        return tail;
    }

    private void ReadExactly(Span<byte> bytes, long offset, string place)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0)
            {
                throw new ParquetFormatException(Path, $"{place} ends early");
            }

            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>Everything that goes wrong while bytes are taken for a table is a fault of the bytes: they were read before.</summary>
    private T Believing<T>(string place, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (InvalidDataException fault)
        {
            throw new ParquetFormatException(Path, $"{place}: {fault.Message}", fault);
        }
        catch (Exception fault)
        {
            throw new ParquetFormatException(Path, $"{place} is damaged ({fault.Message.TrimEnd('.')})", fault);
        }
    }

    // What is read lies in memory already.
    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
