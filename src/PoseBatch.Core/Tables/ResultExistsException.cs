namespace PoseBatch.Tables;

/// <summary>A complete result of the same video, model and settings is already there.</summary>
/// <param name="path">Its folder.</param>
public sealed class ResultExistsException(string path) : PoseBatchException(
    ReasonCode.OutputConflict,
    $"The same video has been processed with the same model and settings: {path}",
    "Nothing needs to be done; ask for the result to be replaced to compute it again.")
{
    /// <summary>Folder of the result that is there.</summary>
    public string Path { get; } = path;
}
