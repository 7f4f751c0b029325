using System.Security.Cryptography;

namespace PoseBatch.Parquet.Results;

/// <summary>One file of a result.</summary>
/// <param name="Name">For example <c>keypoints.parquet</c>.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="RowGroups">Row groups of the table.</param>
public sealed record ResultFile(string Name, long SizeBytes, string Sha256, long Rows, int RowGroups)
{
    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    internal static string HashOf(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 17, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
