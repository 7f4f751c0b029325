using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>Turns what the user typed (files, folders, globs) into a list of files, in a stable order, each once.</summary>
internal sealed class VideoInputs
{
    private readonly List<string> _files = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _missing = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private VideoInputs()
    {
    }

    /// <summary>The files and the notes the user should see.</summary>
    /// <param name="Files">What to process.</param>
    /// <param name="Notes">What was left out, and why; nothing is wrong with it.</param>
    /// <param name="Missing">What was asked for and is not there, or may not be read.</param>
    public sealed record Found(IReadOnlyList<string> Files, IReadOnlyList<string> Notes, IReadOnlyList<string> Missing);

    /// <summary>
    /// A file stays a file, whatever its name; a folder gives its files whose names the inbox would take, too (with
    /// <paramref name="recursive"/> also those below); a name with * or ? that does not exist as such is a glob over the files of its
    /// folder, and <c>**</c> as a folder means any depth. In folders and globs a link to a file is taken unless the file itself is,
    /// or another link to it; links to folders are not followed.
    /// </summary>
    public static Found Expand(IEnumerable<string> arguments, bool recursive)
    {
        VideoInputs inputs = new();
        foreach (string argument in arguments)
        {
            if (Directory.Exists(argument))
            {
                inputs.AddFolder(argument, recursive);
            }
            else if (!Path.Exists(argument) && argument.AsSpan().IndexOfAny('*', '?') >= 0)
            {
                inputs.AddGlob(argument);
            }
            else
            {
                // Existing or not: whoever opens it says what is wrong with it.
                inputs.Add(argument);
            }
        }

        return new(inputs._files, inputs._notes, inputs._missing);
    }

    private void Add(string file)
    {
        if (_seen.Add(Path.GetFullPath(file)))
        {
            _files.Add(file);
        }
    }

    private void AddFolder(string folder, bool isDeep)
    {
        FolderListing listing = FolderListing.Of(folder, "*", isDeep);
        List<FolderListing.ListedFile> videos = [];
        LeftOutNames left = new();
        foreach (FolderListing.ListedFile file in listing.Files)
        {
            string name = Path.GetFileName(file.Path);
            if (InboxNames.MayBeVideo(name) && FileFacts.Of(file.Path) is not { Kind: not FileKind.Regular })
            {
                videos.Add(file);
            }
            else
            {
                left.Add(Path.GetRelativePath(folder, file.Path), isHidden: name.StartsWith('.'));
            }
        }

        string shown = Printable.Of(folder);
        _missing.AddRange(listing.Unreadable);
        if (videos.Count > 0)
        {
            AddAll(shown, folder, videos);
        }
        else if (listing.Unreadable.Count == 0)
        {
            _missing.Add($"{shown}: no video file in this folder{(isDeep ? string.Empty : " (--recursive looks below it)")}.");
        }

        if (left.Count > 0)
        {
            _notes.Add($"{shown}: {left.Count} other {(left.Count == 1 ? "file" : "files")} left out, by {(left.Count == 1 ? "its name no video" : "their names no videos")}: {left}.");
        }

        NoteFolderLinks(shown, folder, listing);
    }

    private void AddGlob(string glob)
    {
        string folder = Path.GetDirectoryName(glob) is { Length: > 0 } named ? named : ".";
        string pattern = Path.GetFileName(glob);
        bool isDeep = Path.GetFileName(folder) == "**";
        if (isDeep)
        {
            folder = Path.GetDirectoryName(folder) is { Length: > 0 } above ? above : ".";
        }

        FolderListing? listing = Directory.Exists(folder) ? FolderListing.Of(folder, pattern, isDeep) : null;
        string shown = Printable.Of(glob);
        if (listing is { Files.Count: > 0 })
        {
            AddAll(shown, folder, listing.Files);
        }
        else
        {
            _missing.Add($"{shown}: no file matches.");
        }

        if (listing is not null)
        {
            _missing.AddRange(listing.Unreadable);
            NoteFolderLinks(shown, folder, listing);
        }
    }

    // A link is another name of a file; the file is wanted once, and by its own name where that was found, too.
    private void AddAll(string shown, string folder, IReadOnlyList<FolderListing.ListedFile> files)
    {
        HashSet<(ulong Device, ulong Inode)> taken = [];
        if (files.Any(file => file.IsLink))
        {
            foreach (string path in _files.Concat(files.Where(file => !file.IsLink).Select(file => file.Path)))
            {
                if (IdentityOf(path) is { } identity)
                {
                    taken.Add(identity);
                }
            }
        }

        LeftOutNames repeated = new();
        foreach (FolderListing.ListedFile file in files)
        {
            if (file.IsLink && !_seen.Contains(Path.GetFullPath(file.Path)) && IdentityOf(file.Path) is { } identity && !taken.Add(identity))
            {
                repeated.Add(Path.GetRelativePath(folder, file.Path), isHidden: false);
                continue;
            }

            Add(file.Path);
        }

        if (repeated.Count > 0)
        {
            _notes.Add($"{shown}: {repeated.Count} {(repeated.Count == 1 ? "link to a file that is" : "links to files that are")} taken already, left out: {repeated}.");
        }
    }

    private void NoteFolderLinks(string shown, string folder, FolderListing listing)
    {
        LeftOutNames links = new();
        foreach (string link in listing.FolderLinks)
        {
            links.Add(Path.GetRelativePath(folder, link), isHidden: false);
        }

        if (links.Count > 0)
        {
            _notes.Add($"{shown}: {links.Count} {(links.Count == 1 ? "link to a folder" : "links to folders")} not followed: {links}.");
        }
    }

    // Without numbers of its files a system cannot tell; then every link counts as a file of its own.
    private static (ulong Device, ulong Inode)? IdentityOf(string path) =>
        FileFacts.Of(path) is { Inode: not 0 } facts ? (facts.Device, facts.Inode) : null;
}
