using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Summaries;

/// <summary>The results below a folder.</summary>
internal static class ResultFolders
{
    /// <summary>Every result folder below a root, or the root itself, in the order of their names; hidden folders hold unfinished work and are left out.</summary>
    /// <param name="root">A results root, a folder above several of them, or one result.</param>
    /// <exception cref="PoseBatchException">source_missing: there is no such folder, or no result in it.</exception>
    public static IReadOnlyList<string> Below(string root)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (!Directory.Exists(path))
        {
            throw new PoseBatchException(ReasonCode.SourceMissing, $"There is no folder '{root}'.", "Name the folder that process wrote its results into.");
        }

        List<string> found = [];
        Collect(path, found);
        return found.Count > 0
            ? found
            : throw new PoseBatchException(ReasonCode.SourceMissing, $"There is no result below '{root}'.", "Name the folder that process wrote its results into; a result is a folder with frames.parquet in it.");
    }

    private static void Collect(string folder, List<string> found)
    {
        if (PoseResult.IsAt(folder))
        {
            found.Add(folder);
            return;
        }

        // A link may lead back to where we came from.
        foreach (DirectoryInfo below in new DirectoryInfo(folder).EnumerateDirectories()
            .Where(below => below.Name[0] != '.' && below.LinkTarget is null)
            .OrderBy(below => below.Name, StringComparer.Ordinal))
        {
            Collect(below.FullName, found);
        }
    }
}
