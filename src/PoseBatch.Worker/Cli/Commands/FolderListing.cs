using System.IO.Enumeration;
using PoseBatch.Worker.FileSystem;
using PoseBatch.Worker.Formatting;

namespace PoseBatch.Worker.Cli.Commands;

/// <summary>
/// The files of one folder, with those below it where asked, in a stable order. Hidden folders and what file servers keep for
/// themselves are passed over, as in the inbox, and links to folders are not followed: they may lead in circles, or to what is read
/// already.
/// </summary>
internal sealed class FolderListing
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };

    private readonly List<ListedFile> _files = [];
    private readonly List<string> _folderLinks = [];
    private readonly List<string> _unreadable = [];

    private FolderListing()
    {
    }

    /// <summary>One file.</summary>
    /// <param name="Path">Below the folder as it was named.</param>
    /// <param name="IsLink">Whether it is a link to a file.</param>
    public readonly record struct ListedFile(string Path, bool IsLink);

    /// <summary>By the order of their paths.</summary>
    public IReadOnlyList<ListedFile> Files => _files;

    /// <summary>Links to folders that were met, by the order of their paths.</summary>
    public IReadOnlyList<string> FolderLinks => _folderLinks;

    /// <summary>Folders that could not be read, and why, in words.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>Lists a folder.</summary>
    /// <param name="folder">The folder; a link to one is followed, because it was named.</param>
    /// <param name="pattern">What the names of files have to match, with * and ?.</param>
    /// <param name="isDeep">Also what lies below it.</param>
    public static FolderListing Of(string folder, string pattern, bool isDeep)
    {
        FolderListing listing = new();
        Stack<string> folders = new([folder]);
        while (folders.TryPop(out string? next))
        {
            listing.Read(next, pattern, isDeep ? folders : null);
        }

        listing._files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        listing._folderLinks.Sort(StringComparer.Ordinal);
        return listing;
    }

    private void Read(string folder, string pattern, Stack<string>? below)
    {
        FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)> entries = new(
            folder,
            (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory, (entry.Attributes & FileAttributes.ReparsePoint) != 0),
            Everything);
        try
        {
            foreach ((string name, bool isFolder, bool isLink) in entries)
            {
                string path = Path.Combine(folder, name);
                if (!isFolder)
                {
                    if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
                    {
                        _files.Add(new(path, isLink));
                    }
                }
                else if (below is not null && !name.StartsWith('.') && !InboxNames.IsHousekeeping(name))
                {
                    if (isLink)
                    {
                        _folderLinks.Add(path);
                    }
                    else
                    {
                        below.Push(path);
                    }
                }
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add(fault is UnauthorizedAccessException
                ? $"{Printable.Of(folder)}: this folder may not be read by the user {Environment.UserName}."
                : $"{Printable.Of(folder)}: this folder cannot be read: {fault.Message}");
        }
    }
}
