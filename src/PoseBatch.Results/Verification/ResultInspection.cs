using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Results.Verification;

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
