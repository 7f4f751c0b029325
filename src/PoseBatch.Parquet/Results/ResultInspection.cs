using PoseBatch.Tables;

namespace PoseBatch.Parquet.Results;

/// <summary>What a result folder holds, and everything that is wrong with it.</summary>
public sealed record ResultInspection
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>Counts as found in the rows themselves, not as stated anywhere. All 0 or incomplete unless <see cref="IsAudited"/>.</summary>
    public required ResultCounts Counts { get; init; }

    /// <summary>Whether every row was compared with the ledger; false when a table is missing or damaged.</summary>
    public bool IsAudited { get; init; }

    /// <summary>The tables that could be opened.</summary>
    public required IReadOnlyList<InspectedTable> Tables { get; init; }

    /// <summary>The manifest's text; null when it is missing.</summary>
    public string? Manifest { get; init; }

    /// <summary>What is wrong, in the order in which it was found; empty for a sound result.</summary>
    public required IReadOnlyList<ResultProblem> Problems { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSound => Problems.Count == 0;
}

/// <summary>One fault of a result.</summary>
/// <param name="Code">
/// <c>file_missing</c>, <c>file_unreadable</c>, <c>hash_differs</c>, <c>schema_differs</c>, <c>metadata_differs</c>,
/// <c>manifest_unreadable</c>, <c>counts_differ</c>, <c>frame_gap</c>, <c>ledger_row</c>, <c>unsorted_rows</c>,
/// <c>unknown_frame</c>, <c>missing_rows</c>, <c>surplus_rows</c>, <c>person_slots</c>, <c>incomplete_person</c>,
/// <c>coordinates</c>, <c>time_differs</c>, <c>track_ids</c> or <c>track_rows</c>.
/// </param>
/// <param name="File">The file it was found in.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record ResultProblem(string Code, string File, string Message);

/// <summary>One table of a result.</summary>
/// <param name="Name">File name, for example <c>keypoints.parquet</c>.</param>
/// <param name="SizeBytes">Bytes of the file.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
/// <param name="Rows">Rows.</param>
/// <param name="RowGroups">Row groups.</param>
/// <param name="CreatedBy">The program that wrote it.</param>
public sealed record InspectedTable(string Name, long SizeBytes, string Sha256, long Rows, int RowGroups, string CreatedBy)
{
    /// <summary>Its columns, in file order.</summary>
    public required IReadOnlyList<InspectedColumn> Columns { get; init; }

    /// <summary>The key-value pairs of its footer.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

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
