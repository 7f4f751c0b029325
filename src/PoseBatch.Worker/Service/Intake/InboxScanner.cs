using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PoseBatch.Jobs;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// One walk through the inbox: meets every name, remembers who was there, forgets who is gone. What is known costs no
/// allocation, and, unless the walk is thorough, no question to the file system beyond its name.
/// </summary>
/// <param name="root">The inbox, absolute.</param>
/// <param name="generation">Number of this walk.</param>
/// <param name="isThorough">Looks at size and time of known files, too, so that replaced ones are found.</param>
/// <param name="excluded">Absolute paths of folders that are not watched.</param>
/// <param name="problemOf">Says why jobs of a profile would be refused or could not run; null when they can.</param>
/// <param name="seen">Told of every name that is neither known in its present state nor waited for.</param>
internal sealed class InboxScanner(
    string root, int generation, bool isThorough, IReadOnlySet<string> excluded, Func<JobSpec, string?> problemOf, Action<InboxFolder, string, FileFacts?> seen)
{
    private readonly List<string> _folders = [];
    private InboxFolder _folder = null!;
    private bool _hasProfile;

    /// <summary>Files and folders met, hidden ones included.</summary>
    public long Met { get; private set; }

    /// <summary>What could not be read, in words.</summary>
    public List<string> Troubles { get; } = [];

    /// <summary>Files passed over because their names are none of videos, below the inbox.</summary>
    public LeftOutNames LeftOut { get; } = new();

    /// <summary>Walks a folder and those below it.</summary>
    public void Visit(InboxFolder folder, FolderProfile above)
    {
        string path = Path.Combine(root, folder.RelativePath);
        _folder = folder;
        _hasProfile = false;
        int firstFolder = _folders.Count;
        try
        {
            using Listing listing = new(path, this);
            while (listing.MoveNext())
            {
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Not read to its end: whatever was not met may still be there.
            _folders.RemoveRange(firstFolder, _folders.Count - firstFolder);
            Troubles.Add(failure is UnauthorizedAccessException
                ? $"'{path}' may not be read by the user '{Environment.UserName}': give it the right to list and to enter the folder. Its videos wait."
                : $"'{path}' cannot be read: {failure.Message} See whether its disk or share answers. Its videos wait.");
            KeepAll(folder);
            return;
        }

        Forget(folder);
        ReadProfile(folder, path, above);
        foreach (string name in _folders[firstFolder..])
        {
            if (!folder.Folders.TryGetValue(name, out InboxFolder? below))
            {
                folder.Folders.Add(name, below = new(folder.PathOf(name)));
            }

            below.Generation = generation;
            Visit(below, folder.Profile);
        }

        _folders.RemoveRange(firstFolder, _folders.Count - firstFolder);
        foreach ((string name, InboxFolder below) in folder.Folders)
        {
            if (below.Generation != generation)
            {
                folder.Folders.Remove(name);
                Discard(below);
            }
        }
    }

    private void Meet(ref FileSystemEntry entry)
    {
        Met++;
        ReadOnlySpan<char> name = entry.FileName;
        ref KnownFile known = ref CollectionsMarshal.GetValueRefOrNullRef(
            _folder.Known.GetAlternateLookup<ReadOnlySpan<char>>(), name);
        bool isKnown = !Unsafe.IsNullRef(ref known);
        if (isKnown)
        {
            known.Generation = generation;
            if (!isThorough)
            {
                return;
            }
        }
        else if (_folder.Waiting.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out PendingFile? waiting))
        {
            waiting.Generation = generation;
            return;
        }
        else if (InboxNames.IsHidden(name))
        {
            return;
        }
        else if (entry.IsDirectory)
        {
            MeetFolder(ref entry, name);
            return;
        }
        else if (name.SequenceEqual(InboxNames.Profile))
        {
            _hasProfile = true;
            return;
        }
        else if (!InboxNames.MayBeVideo(name))
        {
            if (!name.EndsWith(InboxNames.ReadySuffix, StringComparison.Ordinal))
            {
                LeftOut.Add(LeftOut.HasRoom ? Path.Join(_folder.RelativePath, name) : name, isHidden: false);
            }

            return;
        }

        FileFacts? facts = FactsOf(ref entry);
        if (isKnown && (facts is not { } now || (now.Size == known.Size && now.ModifiedTicks == known.ModifiedTicks)))
        {
            return;
        }

        string text = name.ToString();
        _folder.Known.Remove(text);
        seen(_folder, text, facts);
    }

    private void MeetFolder(ref FileSystemEntry entry, ReadOnlySpan<char> name)
    {
        if (InboxNames.IsHousekeeping(name) || (_folder.RelativePath.Length == 0 && (name.SequenceEqual(InboxNames.Done) || name.SequenceEqual(InboxNames.Failed))))
        {
            return;
        }

        string text = name.ToString();
        string path = entry.ToFullPath();
        if (excluded.Contains(path))
        {
            return;
        }

        if (InboxNames.IsGarbled(name) && !Directory.Exists(path))
        {
            Troubles.Add($"A folder in '{Path.GetDirectoryName(path)}' has a name that is not valid UTF-8 (shown as '{text}'). Rename it.");
        }
        else if ((entry.Attributes & FileAttributes.ReparsePoint) != 0)
        {
            // A link may lead in a circle, or to a tree that is watched already.
            Troubles.Add($"'{path}' is a link to a folder, which is not followed. Put the folder itself there, or links to its files.");
        }
        else
        {
            _folders.Add(text);
        }
    }

    // .NET's own look at the entry costs no path; what it says of a link is about the link, not about the file behind it.
    private static FileFacts? FactsOf(ref FileSystemEntry entry)
    {
        try
        {
            long size = entry.Length;
            long modified = entry.LastWriteTimeUtc.Ticks;
            if ((entry.Attributes & FileAttributes.ReparsePoint) == 0 && size > 0)
            {
                return new(FileKind.Regular, size, modified, 0, 0);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            // A time that .NET cannot count.
        }
        catch (IOException)
        {
            return null;
        }

        return FileFacts.Of(entry.ToFullPath());
    }

    private void ReadProfile(InboxFolder folder, string path, FolderProfile above)
    {
        string file = Path.Combine(path, InboxNames.Profile);
        FileFacts? facts = _hasProfile ? FileFacts.Of(file) : null;

        if (_hasProfile && facts is null && OutOfReach.Why(file) is not null)
        {
            // There, but nobody can say what is in it: not the same as none.
            (folder.ProfileOrigin, folder.Profile) = (default, FolderProfile.Read(file, above, problemOf));
            Troubles.Add($"{folder.Profile.Problem} The videos of its folder wait.");
            return;
        }

        // What is wrong may lie outside the file: a model that is not there yet.
        if (folder.ProfileOrigin != (above, facts) || (facts is not null && folder.Profile.Problem is not null))
        {
            folder.ProfileOrigin = (above, facts);
            folder.Profile = facts is null ? above : FolderProfile.Read(file, above, problemOf);
        }

        if (folder.Profile.Problem is { } problem && folder.Profile != above)
        {
            Troubles.Add($"{problem} The videos of its folder wait.");
        }
    }

    private void Forget(InboxFolder folder)
    {
        foreach ((string name, KnownFile known) in folder.Known)
        {
            if (known.Generation != generation)
            {
                folder.Known.Remove(name);
            }
        }

        foreach ((string name, PendingFile waiting) in folder.Waiting)
        {
            if (waiting.Generation != generation)
            {
                folder.Waiting.Remove(name);
            }
        }
    }

    // Nobody will meet them again.
    private static void Discard(InboxFolder folder)
    {
        folder.Waiting.Clear();
        foreach (InboxFolder below in folder.Folders.Values)
        {
            Discard(below);
        }
    }

    private void KeepAll(InboxFolder folder)
    {
        folder.Generation = generation;
        foreach (string name in folder.Known.Keys)
        {
            CollectionsMarshal.GetValueRefOrNullRef(folder.Known, name).Generation = generation;
        }

        foreach (PendingFile waiting in folder.Waiting.Values)
        {
            waiting.Generation = generation;
        }

        foreach (InboxFolder below in folder.Folders.Values)
        {
            KeepAll(below);
        }
    }

    /// <summary>Shows every entry of one folder to the walk and returns none.</summary>
    private sealed class Listing(string path, InboxScanner walk) : FileSystemEnumerator<bool>(path, Everything)
    {
        private static readonly EnumerationOptions Everything = new()
        {
            AttributesToSkip = 0,
            IgnoreInaccessible = false,
            RecurseSubdirectories = false,
            ReturnSpecialDirectories = false,
            BufferSize = 65536,
        };

        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry)
        {
            walk.Meet(ref entry);
            return false;
        }

        protected override bool TransformEntry(ref FileSystemEntry entry) => false;
    }
}
