namespace PoseBatch.Parquet;

/// <summary>A file is no Parquet table, is damaged, or uses what this reader does not know.</summary>
/// <param name="path">The file.</param>
/// <param name="detail">What is wrong with it, as a clause.</param>
/// <param name="cause">What found it, if anything.</param>
public sealed class ParquetFormatException(string path, string detail, Exception? cause = null)
    : PoseBatchException(ReasonCode.Internal, $"'{path}' cannot be read as a table: {detail}.", "Restore the file from a copy, or run the job again.", cause)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>What is wrong with it.</summary>
    public string Detail { get; } = detail;
}
