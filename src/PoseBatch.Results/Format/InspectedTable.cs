namespace PoseBatch.Results.Format;

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
