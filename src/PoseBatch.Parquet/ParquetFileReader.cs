using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>
/// Reads the tables PoseBatch writes: flat, one level of nulls, its own encodings and codecs. Checks the checksum of every
/// page it reads. Memory is bounded by one row group. Not thread-safe.
/// </summary>
public sealed class ParquetFileReader : IDisposable
{
    private const int MagicSize = 4;
    private const int TailSize = 8;

    private readonly SafeFileHandle _file;
    private readonly long _dataEnd;
    private readonly Footer _footer;
    private readonly ColumnChunkDecoder _decoder;
    private readonly ChunkMemory? _ownMemory;

    /// <summary>Opens a table and reads its footer.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="ParquetFormatException">It is no table, is damaged, or is not one PoseBatch reads.</exception>
    public ParquetFileReader(string path)
        : this(path, new ColumnChunkDecoder(new())) => _ownMemory = _decoder.Memory;

    /// <summary>Opens one of several tables that are read in turn, with one decoder and its memory for all.</summary>
    internal ParquetFileReader(string path, ColumnChunkDecoder decoder)
    {
        Path = path;
        _decoder = decoder;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
        try
        {
            SizeBytes = RandomAccess.GetLength(_file);
            _footer = ReadFooter(out _dataEnd);
        }
        catch (InvalidDataException fault)
        {
            Dispose();
            throw new ParquetFormatException(path, fault.Message, fault);
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
    public TableSchema Schema => _footer.Schema;

    /// <summary>Rows of the table.</summary>
    public long RowCount => _footer.RowCount;

    /// <summary>Its row groups.</summary>
    public IReadOnlyList<ParquetRowGroup> RowGroups => _footer.RowGroups;

    /// <summary>The key-value pairs of the footer.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _footer.Metadata;

    /// <summary>The program that wrote it, as it calls itself.</summary>
    public string CreatedBy => _footer.CreatedBy;

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
        ParquetRowGroup group = RowGroups[rowGroup];
        ParquetColumnChunk chunk = group.Columns[column];
        TableColumn declared = Schema.Columns[column];
        if (target.Column.Type != declared.Type || target.Column.IsNullable != declared.IsNullable)
        {
            throw new ArgumentException($"Column '{declared.Name}' does not fit a buffer for '{target.Column.Name}'.", nameof(target));
        }

        try
        {
            _decoder.Decode(ReadChunk(chunk), chunk.Codec, group.RowCount, target);
        }
        catch (InvalidDataException fault)
        {
            throw new ParquetFormatException(Path, $"column '{declared.Name}' of row group {rowGroup}: {fault.Message}", fault);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _ownMemory?.Dispose();
    }

    private Footer ReadFooter(out long dataEnd)
    {
        Span<byte> head = stackalloc byte[MagicSize];
        Span<byte> tail = stackalloc byte[TailSize];
        if (SizeBytes < MagicSize + TailSize)
        {
            throw new InvalidDataException("it is too short");
        }

        ReadExactly(head, 0);
        ReadExactly(tail, SizeBytes - TailSize);
        if (!head.SequenceEqual("PAR1"u8) || !tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("it does not begin and end with PAR1, so it is no table or its end is missing");
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 0 || length > SizeBytes - TailSize - MagicSize)
        {
            throw new InvalidDataException("its footer has an impossible length");
        }

        byte[] footer = new byte[length];
        dataEnd = SizeBytes - TailSize - length;
        ReadExactly(footer, dataEnd);
        return FooterReader.Read(footer);
    }

    private ReadOnlySpan<byte> ReadChunk(ParquetColumnChunk chunk)
    {
        if (chunk.Offset < MagicSize || chunk.CompressedSize < 0 || chunk.CompressedSize > int.MaxValue
            || chunk.CompressedSize > _dataEnd - chunk.Offset)
        {
            throw new InvalidDataException("it lies outside the file");
        }

        Span<byte> bytes = _decoder.RoomForChunk((int)chunk.CompressedSize);
        ReadExactly(bytes, chunk.Offset);
        return bytes;
    }

    private void ReadExactly(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(_file, bytes, offset);
            if (count == 0)
            {
                throw new InvalidDataException("it ends early");
            }

            bytes = bytes[count..];
            offset += count;
        }
    }
}
