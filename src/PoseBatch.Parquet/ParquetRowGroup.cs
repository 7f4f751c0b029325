namespace PoseBatch.Parquet;

/// <summary>One row group as the footer describes it.</summary>
/// <param name="RowCount">Rows.</param>
/// <param name="Columns">One chunk per column, in the schema's order.</param>
public sealed record ParquetRowGroup(int RowCount, IReadOnlyList<ParquetColumnChunk> Columns);

/// <summary>One column of one row group as the footer describes it.</summary>
/// <param name="Name">Name of the column.</param>
/// <param name="Codec">How its pages are compressed, for example <c>Zstd</c>.</param>
/// <param name="CompressedSize">Bytes its pages take in the file, headers included.</param>
public sealed record ParquetColumnChunk(string Name, string Codec, long CompressedSize)
{
    /// <summary>Encodings used by its pages, by the names of the format, for example <c>BYTE_STREAM_SPLIT</c>.</summary>
    public IReadOnlyList<string> Encodings { get; init; } = [];

    /// <summary>Rows without a value; null when the footer does not say.</summary>
    public long? NullCount { get; init; }

    /// <summary>Smallest value as plain bytes; null when the footer does not say.</summary>
    public IReadOnlyList<byte>? Min { get; init; }

    /// <summary>Largest value as plain bytes; null when the footer does not say.</summary>
    public IReadOnlyList<byte>? Max { get; init; }

    /// <summary>Where its first page begins.</summary>
    internal long Offset { get; init; }
}
