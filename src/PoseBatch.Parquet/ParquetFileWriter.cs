using System.Numerics.Tensors;
using Parquet;
using Parquet.Schema;
using PoseBatch.Parquet.Format;
using PoseBatch.Tables;

namespace PoseBatch.Parquet;

/// <summary>How a table is written.</summary>
public sealed record ParquetWriterOptions
{
    /// <summary>Which encodings and which compression are used. Default compact.</summary>
    public TableProfile Profile { get; init; } = TableProfile.Compact;
}

/// <summary>
/// Writes one table as a Parquet file, by Parquet.Net: a row group per block, then the footer. Until <see cref="Finish"/> the
/// file is no table, and any reader says so. Not thread-safe.
/// </summary>
public sealed class ParquetFileWriter : IDisposable
{
    /// <summary>Rows a row group may have at most: sizes within it are 32-bit numbers.</summary>
    public const int MostRowsPerGroup = 1 << 24;

    private readonly FileOutput _file;
    private readonly TableSchema _schema;
    private readonly TableProfile _profile;
    private readonly ChunkMemory _memory;
    private readonly ParquetOptions _options;
    private readonly DataField[] _fields;
    private readonly ParquetWriter _writer;
    private bool _isFinished;

    /// <summary>Creates the file.</summary>
    /// <param name="path">Where; must not exist.</param>
    /// <param name="schema">Its columns.</param>
    /// <param name="options">How it is encoded.</param>
    /// <exception cref="IOException">It exists, or cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public ParquetFileWriter(string path, TableSchema schema, ParquetWriterOptions options)
        : this(path, schema, options, new ChunkMemory())
    {
    }

    /// <summary>Creates one of several tables that are written in turn, with one memory for all.</summary>
    internal ParquetFileWriter(string path, TableSchema schema, ParquetWriterOptions options, ChunkMemory memory)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(options);
        Path = path;
        _schema = schema;
        _profile = options.Profile;
        _memory = memory;
        _options = ColumnFields.OptionsFor(_profile);
        _fields = [.. schema.Columns.Select(ColumnFields.Of)];
        _file = new(path);
        try
        {
            _writer = Wait(ParquetWriter.CreateAsync(new(_fields), _file, _options));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
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
        ObjectDisposedException.ThrowIf(!_file.CanWrite, this);
        Check(block);
        if (block.RowCount == 0)
        {
            return;
        }

        using ParquetRowGroupWriter group = _writer.CreateRowGroup();
        for (int i = 0; i < _fields.Length; i++)
        {
            _options.ColumnEncodingHints[_fields[i].Path.ToString()] = ColumnFields.HintFor(block.Columns[i], _profile);
            Write(group, _fields[i], block.Columns[i]);
            Leavings.Add(block.RowCount);
        }

        RowCount += block.RowCount;
    }

    /// <summary>Writes the footer, hands everything to the disk and closes the file.</summary>
    /// <param name="metadata">Key-value pairs for the footer, in this order.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Finish(IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ObjectDisposedException.ThrowIf(!_file.CanWrite, this);
        if (_isFinished)
        {
            throw new InvalidOperationException("The table is finished.");
        }

        _writer.CustomMetadata = new Dictionary<string, string>(metadata);
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _file.FlushToDisk();
        _isFinished = true;
        _file.Dispose();
    }

    /// <summary>Closes the file. Without <see cref="Finish"/> it stays behind as something that is no table.</summary>
    public void Dispose() => _file.Dispose();

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

    private void Write(ParquetRowGroupWriter group, DataField field, ColumnBuffer column)
    {
        switch (column)
        {
            case TextColumnBuffer text:
                ReadOnlyMemory<ReadOnlyMemory<char>> texts = Texts(text);
                Write(group, field, column, texts);

                // Places that lead to words are what a garbage collection has to follow one by one.
                _memory.Values<ReadOnlyMemory<char>>(texts.Length).Span.Clear();
                break;
            case ColumnBuffer<int> { Column.Type: ColumnType.Int16 } shorts:
                Write(group, field, column, Shorts(shorts));
                break;
            case ColumnBuffer<int> ints:
                Write(group, field, column, Present(ints));
                break;
            case ColumnBuffer<long> longs:
                Write(group, field, column, Present(longs));
                break;
            case ColumnBuffer<float> floats:
                Write(group, field, column, Present(floats));
                break;
            case ColumnBuffer<double> doubles:
                Write(group, field, column, Present(doubles));
                break;
            case ColumnBuffer<bool> flags:
                Write(group, field, column, Present(flags));
                break;
            default:
                throw new NotSupportedException($"Column '{column.Column.Name}' has a buffer of unknown type.");
        }
    }

    private void Write<T>(ParquetRowGroupWriter group, DataField field, ColumnBuffer column, ReadOnlyMemory<T> present)
        where T : struct
    {
        ReadOnlyMemory<int>? levels = null;
        if (column.Column.IsNullable)
        {
            Memory<int> room = _memory.Levels(column.Count);
            TensorPrimitives.ConvertTruncating(column.Validity, room.Span);
            levels = room;
        }

        // The file takes all at once: there is nothing to wait for.
        group.WriteAllPartsAsync(field, present, levels, repetitionLevels: null, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>The values of a column without its nulls.</summary>
    private ReadOnlyMemory<T> Present<T>(ColumnBuffer<T> column)
        where T : unmanaged
    {
        ReadOnlySpan<byte> validity = column.Validity;
        if (!validity.Contains((byte)0))
        {
            return column.ValueMemory;
        }

        ReadOnlySpan<T> values = column.Values;
        Memory<T> present = _memory.Values<T>(values.Length);
        Span<T> room = present.Span;
        int count = 0;
        for (int row = 0; row < values.Length; row++)
        {
            room[count] = values[row];
            count += validity[row];
        }

        return present[..count];
    }

    private ReadOnlyMemory<short> Shorts(ColumnBuffer<int> column)
    {
        ReadOnlySpan<int> present = Present(column).Span;
        Memory<short> shorts = _memory.Values<short>(present.Length);
        TensorPrimitives.ConvertChecked(present, shorts.Span);
        return shorts;
    }

    private ReadOnlyMemory<ReadOnlyMemory<char>> Texts(TextColumnBuffer column)
    {
        ReadOnlySpan<int> codes = Present(column).Span;
        ReadOnlyMemory<char>[] words = [.. column.Words.Select(word => word.AsMemory())];
        Memory<ReadOnlyMemory<char>> texts = _memory.Values<ReadOnlyMemory<char>>(codes.Length);
        Span<ReadOnlyMemory<char>> room = texts.Span;
        for (int i = 0; i < codes.Length; i++)
        {
            room[i] = words[codes[i]];
        }

        return texts;
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
