using System.Text;
using PoseBatch.Jobs;
using PoseBatch.Results.Writing;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Where the sources and the results of jobs may lie. Thread-safe.</summary>
/// <param name="roots">Folders that sources may lie in; the first one names what no root has.</param>
/// <param name="outputRoot">Folder of all results.</param>
internal sealed class PathPolicy(IReadOnlyList<string> roots, string outputRoot)
{
    // Of ext4, XFS, Btrfs, NTFS and most others, in bytes.
    private const int LongestName = 255;

    /// <summary>Folders that sources may lie in.</summary>
    public IReadOnlyList<string> Roots => roots;

    /// <summary>Folder of all results, absolute.</summary>
    public string OutputRoot { get; } = Path.GetFullPath(outputRoot);

    /// <summary>The absolute path of a source within the allowed roots. The file need not exist: then the job says so when it runs.</summary>
    /// <exception cref="JobRefusedException">It lies elsewhere, or a link in it leads elsewhere.</exception>
    public string SourcePath(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new JobRefusedException("source.path", "must name a file.");
        }

        try
        {
            return Find(path) ?? throw new JobRefusedException(
                "source.path",
                $"'{path}' lies outside the allowed roots ({string.Join(", ", roots.Select(Path.GetFullPath))}). Move it there, or add its folder to Jobs:Roots.");
        }
        catch (IOException circle)
        {
            throw new JobRefusedException("source.path", circle.Message);
        }
    }

    /// <summary>The folder that receives a job's result folder.</summary>
    public string OutputFolder(JobSpec spec) => spec.Output.Path is { Length: > 0 } below ? Path.Combine(OutputRoot, below) : OutputRoot;

    /// <summary>The absolute path of a result's folder, or null when it is gone or, through a link or otherwise, not below the output root.</summary>
    public string? ResultFolder(string path)
    {
        string full = Path.GetFullPath(Path.Combine(OutputRoot, path));
        try
        {
            return Directory.Exists(full) && RealPath.IsWithin(RealPath.Of(full), RealPath.Of(OutputRoot)) ? full : null;
        }
        catch (IOException)
        {
            return null;   // links in a circle
        }
    }

    /// <summary>Refuses a folder for results that is not one below the output root.</summary>
    /// <param name="path">Relative to the output root; null for the root itself.</param>
    /// <exception cref="JobRefusedException">It lies elsewhere, or cannot be made.</exception>
    public void CheckOutput(string? path)
    {
        if (path is null)
        {
            return;
        }

        string real, root;
        try
        {
            (real, root) = (RealPath.Of(Path.Combine(OutputRoot, path)), RealPath.Of(OutputRoot));
        }
        catch (Exception circle) when (circle is IOException or ArgumentException)
        {
            throw new JobRefusedException("output.path", circle.Message);
        }

        if (Path.IsPathRooted(path) || !RealPath.IsWithin(real, root))
        {
            throw new JobRefusedException("output.path", $"'{path}' must be a folder below the output root, written relative to it.");
        }

        string[] names = Path.GetRelativePath(root, real).Split(Path.DirectorySeparatorChar);
        if (names.Contains(ParquetResultStore.WorkFolderName))
        {
            throw new JobRefusedException("output.path", $"'{path}' leads into {ParquetResultStore.WorkFolderName}, where results in work lie until they are complete. Name another folder.");
        }

        if (names.FirstOrDefault(name => Encoding.UTF8.GetByteCount(name) > LongestName) is { } tooLong)
        {
            throw new JobRefusedException("output.path", $"'{tooLong}' is too long for the name of a folder: it has {Encoding.UTF8.GetByteCount(tooLong)} bytes, and {LongestName} is the most.");
        }
    }

    // A relative path is looked for root by root; where none has it, the first root's name for it goes on.
    private string? Find(string path)
    {
        string[] places = Path.IsPathRooted(path) ? [path] : [.. roots.Select(root => Path.Combine(root, path))];
        string? inside = null, unseen = null;
        bool leadsElsewhere = false;
        foreach (string place in places)
        {
            string real = RealPath.Of(place);
            if (roots.Any(root => RealPath.IsWithin(real, RealPath.Of(root))))
            {
                inside ??= Path.GetFullPath(place);
                unseen ??= OutOfReach.Why(place) is null ? null : Path.GetFullPath(place);
                if (File.Exists(place))
                {
                    return Path.GetFullPath(place);
                }
            }
            else
            {
                leadsElsewhere |= File.Exists(place);
            }
        }

        // Of the roots that do not show it, the one that nobody can look into may have it.
        return leadsElsewhere || inside is null ? null : unseen ?? inside;
    }
}
