using Microsoft.Win32.SafeHandles;
using PoseBatch.Parquet.Compression;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>How a table is written.</summary>
public sealed record ParquetWriterOptions
{
    /// <summary>Which encodings are used. Default compact.</summary>
    public TableProfile Profile { get; init; } = TableProfile.Compact;

    /// <summary>
    /// How pages are compressed; null (default) takes the profile's own: Snappy when compatible, else zstd, or Brotli
    /// where libzstd does not load.
    /// </summary>
    public ParquetCodec? Codec { get; init; }
}

/// <summary>
/// Writes one table as a Parquet file: a row group per block, each column in pages of at most <see cref="MostRowsPerPage"/> rows, then the footer.
/// Until <see cref="Finish"/> the file is no table, and any reader says so. Not thread-safe.
/// </summary>
public sealed class ParquetFileWriter : IDisposable
{
    /// <summary>Rows a row group may have at most: sizes within it are 32-bit numbers.</summary>
    public const int MostRowsPerGroup = 1 << 24;

    /// <summary>
    /// Rows a page has at most: what is encoded or decoded at a time, so that scratch memory does not grow with the row group.
    /// Fewer would mix the byte streams of split numbers within one block of the compressor (docs/decisions/0002).
    /// </summary>
    public const int MostRowsPerPage = 65_536;

    private const int FlushSize = 1 << 16;

    private readonly SafeFileHandle _file;
    private readonly TableSchema _schema;
    private readonly TableProfile _profile;
    private readonly ParquetCodec _codec;
    private readonly ColumnChunkEncoder _encoder;
    private readonly ByteBuffer _output;
    private readonly ChunkMemory? _ownMemory;
    private readonly List<RowGroupFacts> _rowGroups = [];
    private long _written;
    private bool _isFinished;

    /// <summary>Creates the file.</summary>
    /// <param name="path">Where; must not exist.</param>
    /// <param name="schema">Its columns.</param>
    /// <param name="options">How it is encoded.</param>
    /// <exception cref="IOException">It exists, or cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public ParquetFileWriter(string path, TableSchema schema, ParquetWriterOptions options)
        : this(path, schema, options, new ColumnChunkEncoder(new())) => _ownMemory = _encoder.Memory;

    /// <summary>Creates one of several tables that are written in turn, with one encoder and its memory for all.</summary>
    internal ParquetFileWriter(string path, TableSchema schema, ParquetWriterOptions options, ColumnChunkEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        Path = path;
        _schema = schema;
        _profile = options.Profile;
        _codec = options.Codec ?? (options.Profile == TableProfile.Compatible ? ParquetCodec.Snappy : PageCodec.Smallest);
        _encoder = encoder;
        _output = encoder.Memory.Output;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Rows written so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>Writes the rows of a block as one row group; an empty block writes nothing. The block is not emptied.</summary>
    /// <param name="block">At most <see cref="MostRowsPerGroup"/> rows of this table.</param>
    /// <exception cref="ArgumentException">Another table, or columns of unequal length.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void WriteRowGroup(TableBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        Check(block);
        if (block.RowCount == 0)
        {
            return;
        }

        BeginOutput();
        ColumnChunkFacts[] chunks = new ColumnChunkFacts[block.Columns.Count];
        for (int i = 0; i < chunks.Length; i++)
        {
            long offset = _written + _output.Length;
            chunks[i] = _encoder.Encode(block.Columns[i], _profile, _codec, _output);
            chunks[i].Offset = offset;
            if (_output.Length >= FlushSize)
            {
                FlushOutput();
            }
        }

        RowCount += block.RowCount;
        _rowGroups.Add(new(block.RowCount, chunks));
        FlushOutput();
    }

    /// <summary>Writes the footer, hands everything to the disk and closes the file.</summary>
    /// <param name="metadata">Key-value pairs for the footer, in this order.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Finish(IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ObjectDisposedException.ThrowIf(_file.IsClosed, this);
        if (_isFinished)
        {
            throw new InvalidOperationException("The table is finished.");
        }

        BeginOutput();
        int start = _output.Length;
        FooterWriter.Write(_output, _schema, RowCount, _rowGroups, metadata, CreatedBy);
        _output.WriteInt32(_output.Length - start);
        _output.Write("PAR1"u8);
        FlushOutput();
        RandomAccess.FlushToDisk(_file);
        _isFinished = true;
        _file.Dispose();
    }

    /// <summary>Closes the file. Without <see cref="Finish"/> it stays behind as something that is no table.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _ownMemory?.Dispose();
    }

    // Readers parse "name version x (build y)"; the build is constant so that equal tables have equal bytes.
    private static string CreatedBy { get; } =
        $"PoseBatch version {typeof(ParquetFileWriter).Assembly.GetName().Version?.ToString(3) ?? "0.0.0"} (build 0)";

    private void Check(TableBlock block)
    {
        if (block.Schema != _schema)
        {
            throw new ArgumentException($"The block holds table '{block.Schema.Name}', the file '{_schema.Name}'.", nameof(block));
        }

        if (block.RowCount > MostRowsPerGroup)
        {
            throw new ArgumentException($"A row group of {block.RowCount} rows is larger than {MostRowsPerGroup}.", nameof(block));
        }

        foreach (ColumnBuffer column in block.Columns)
        {
            if (column.Count != block.RowCount)
            {
                throw new ArgumentException(
                    $"Column '{column.Column.Name}' has {column.Count} rows where the block has {block.RowCount}.", nameof(block));
            }
        }
    }

    private void BeginOutput()
    {
        _output.Clear();
        if (_written == 0)
        {
            _output.Write("PAR1"u8);
        }
    }

    private void FlushOutput()
    {
        RandomAccess.Write(_file, _output.Written, _written);
        _written += _output.Length;
        _output.Clear();
    }
}

/// <summary>What the footer says about one row group.</summary>
internal sealed record RowGroupFacts(int RowCount, ColumnChunkFacts[] Columns);
