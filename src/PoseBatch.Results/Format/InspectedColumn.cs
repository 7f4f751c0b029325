using PoseBatch.Tables;

namespace PoseBatch.Results.Format;

/// <summary>One column of a table, over all row groups.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type.</param>
/// <param name="IsNullable">Whether a row may have no value.</param>
/// <param name="NullCount">Rows without a value, as the footer says; null when it does not.</param>
/// <param name="CompressedBytes">Bytes in the file.</param>
/// <param name="Codec">How it is compressed, for example <c>Zstd</c>; empty for a table without rows.</param>
/// <param name="Encodings">How it is encoded, for example <c>BYTE_STREAM_SPLIT</c>.</param>
public sealed record InspectedColumn(
    string Name, ColumnType Type, bool IsNullable, long? NullCount, long CompressedBytes, string Codec, IReadOnlyList<string> Encodings);
