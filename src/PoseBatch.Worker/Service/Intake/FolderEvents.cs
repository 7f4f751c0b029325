using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// What the system tells of the inbox. Nothing rests on it: events get lost when many come at once, and changes made by other
/// machines raise none. They shorten the wait, and they tell of renames from an unfinished name to a final one.
/// </summary>
internal sealed class FolderEvents : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly Action _wake;
    private readonly Action<string> _renamedIn;

    private FolderEvents(string root, Action wake, Action<string> renamedIn)
    {
        (_wake, _renamedIn) = (wake, renamedIn);

        // No event per write: a file that grows would raise thousands. Files that are waited for are looked at anyway.
        _watcher = new FileSystemWatcher(root) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName };
        _watcher.Created += (_, change) => Happened(change.Name);
        _watcher.Deleted += (_, change) => Happened(change.Name);
        _watcher.Renamed += (_, change) => Renamed(change.OldName, change.Name);
        _watcher.Error += (_, _) => _wake();
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="root">The inbox.</param>
    /// <param name="wake">Called when something happened, on any thread.</param>
    /// <param name="renamedIn">Called with the path within the inbox of a file that was renamed from an unfinished name.</param>
    /// <param name="why">Why there are no events.</param>
    /// <returns>Null when the system offers no events here (limits, a file system without them): then only the scans tell.</returns>
    public static FolderEvents? TryStart(string root, Action wake, Action<string> renamedIn, out string? why)
    {
        try
        {
            why = null;
            return new(root, wake, renamedIn);
        }
        catch (Exception refused) when (refused is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            why = refused.Message;
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watcher.Dispose();

    private void Renamed(string? from, string? to)
    {
        if (from is not null && to is not null && InboxNames.IsHidden(Path.GetFileName(from.AsSpan())) && InboxNames.MayBeVideo(Path.GetFileName(to.AsSpan())))
        {
            _renamedIn(to);
        }

        Happened(to);
    }

    private void Happened(string? name)
    {
        // Our own moves, and names that are of no interest, wake nobody.
        bool isOfInterest = name is null
            || !(InboxNames.IsHidden(Path.GetFileName(name.AsSpan()))
                || name.StartsWith(InboxNames.Done + "/", StringComparison.Ordinal)
                || name.StartsWith(InboxNames.Failed + "/", StringComparison.Ordinal));
        if (isOfInterest)
        {
            _wake();
        }
    }
}
