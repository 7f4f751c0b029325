using PoseBatch.Jobs;

namespace PoseBatch.Tables;

/// <summary>A complete result of the same video, model and settings is already there.</summary>
/// <param name="path">Its folder.</param>
/// <param name="cause">What the file system said when the folder could not be renamed, or null.</param>
public sealed class ResultExistsException(string path, Exception? cause = null) : PoseBatchException(
    ReasonCode.OutputConflict,
    $"The same video has been processed with the same model and settings: {path}",
    "Nothing needs to be done; ask for the result to be replaced to compute it again.",
    cause)
{
    /// <summary>Folder of the result that is there.</summary>
    public string Path { get; } = path;
}
