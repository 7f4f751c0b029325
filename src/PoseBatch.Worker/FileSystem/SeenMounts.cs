using System.Collections.Concurrent;

namespace PoseBatch.Worker.FileSystem;

/// <summary>
/// The file systems that sources and results lie on, as they were seen: whether a file that is not there was deleted, or its
/// disk or share went away with everything on it. Thread-safe.
/// </summary>
internal sealed class SeenMounts
{
    private readonly IReadOnlyList<string> _roots;
    private readonly ConcurrentDictionary<string, bool> _mounts = new(StringComparer.Ordinal);

    /// <param name="roots">The folders that files may lie in; what they lie on now is noted.</param>
    public SeenMounts(IReadOnlyList<string> roots)
    {
        _roots = [.. roots.Select(Path.GetFullPath)];
        foreach (string root in _roots)
        {
            Note(root);
        }
    }

    /// <summary>Notes what is mounted on the way to a file or folder that is there now.</summary>
    public void Note(string path)
    {
        if (TryReal(path) is not { } real || FileFacts.Of(real) is null)
        {
            return;
        }

        for (string folder = real; Path.GetDirectoryName(folder) is { } above; folder = above)
        {
            if (IsMount(folder, above))
            {
                _mounts[folder] = true;
            }
        }
    }

    /// <summary>Why a file may be unreachable as a whole folder is: in words, or null when all folders above it are as they were.</summary>
    public string? WhyAway(string path)
    {
        if (TryReal(path) is not { } real)
        {
            return null;
        }

        if (WhyUnmounted(real) is { } gone)
        {
            return gone;
        }

        string? root = _roots
            .Where(root => TryReal(root) is { } realRoot && RealPath.IsWithin(real, realRoot))
            .MaxBy(root => root.Length);
        return root is not null && FileFacts.Of(root) is not { Kind: FileKind.Folder } && OutOfReach.Why(root) is null ? $"The folder '{root}' is not there." : null;
    }

    /// <summary>Which file system that a path lay on is not mounted any more, in words; null when all are as they were.</summary>
    public string? WhyUnmounted(string path) => TryReal(path) is { } real
        && _mounts.Keys.FirstOrDefault(mount => RealPath.IsWithin(real, mount) && !IsMount(mount, Path.GetDirectoryName(mount)!) && OutOfReach.Why(mount) is null) is { } gone
            ? $"'{gone}' is not mounted."
            : null;

    private static bool IsMount(string folder, string above) =>
        FileFacts.Of(folder) is { Kind: FileKind.Folder } inner && FileFacts.Of(above) is { } outer && inner.Device != outer.Device;

    private static string? TryReal(string path)
    {
        try
        {
            return RealPath.Of(path);
        }
        catch (IOException)
        {
            return null;   // links in a circle
        }
    }
}
