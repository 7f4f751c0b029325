using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>What a result is known by among others.</summary>
/// <param name="Folder">Its folder, absolute.</param>
/// <param name="Name">The folder as <c>batch_summary.parquet</c> names it: below the root that was asked about.</param>
/// <param name="Video">Its video: the column <c>video</c> of its tables.</param>
/// <param name="Model">Name of the model that found the joints.</param>
/// <param name="Key">Key of the result, hexadecimal.</param>
internal sealed record NamedResult(string Folder, string Name, string Video, string Model, string Key)
{
    /// <summary>Reads it from the tables of a result.</summary>
    /// <param name="folder">The result.</param>
    /// <param name="root">The folder that its name starts from.</param>
    /// <exception cref="PoseBatchException">The result cannot be read.</exception>
    public static NamedResult Of(string folder, string root)
    {
        PoseResult result = PoseResult.Open(folder);
        return new(
            result.Path,
            Path.GetRelativePath(root, folder),
            result.SourceId,
            result.Section("model").GetProperty("name").GetString()!,
            result.Section("job").GetProperty("key").GetString()!);
    }
}
