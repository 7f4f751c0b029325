using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>The inbox as a folder: whether it is there, and the one it was before.</summary>
/// <param name="root">Absolute, without a separator at the end.</param>
/// <param name="others">Folders that are not watched, wherever they lie.</param>
internal sealed class InboxRoot(string root, string[] others)
{
    private ulong? _device;
    private bool _isMade;

    /// <summary>Why nothing may be concluded from the folder now, in words; what is known of it is kept. Null when all is well.</summary>
    /// <param name="facts">The folder, when all is well.</param>
    public string? Problem(out FileFacts facts)
    {
        facts = default;
        FileFacts? there = FileFacts.Of(root);
        if (there is null && OutOfReach.Why(root) is { } why)
        {
            return $"{why}. Work goes on by itself then.";
        }

        if (there is { Kind: not FileKind.Folder })
        {
            return $"'{root}' is a file and has to be a folder. Move it away, or change Inbox:Path.";
        }

        if (MakingProblem() is { } problem)
        {
            return problem;
        }

        if (FileFacts.Of(root) is not { Kind: FileKind.Folder } folder)
        {
            return $"'{root}' is not there. See whether its disk or share is mounted; work goes on by itself when it is back.";
        }

        facts = folder;
        return _device is { } device && device != folder.Device && IsEmpty()
            ? $"'{root}' is empty and on another file system than before: its disk or share is not mounted. Work goes on by itself when it is back."
            : null;
    }

    /// <summary>Files were found in it: from now on it is known by its file system.</summary>
    public void HasFiles(FileFacts facts) => _device = facts.Device;

    /// <summary>Folders within the inbox that are not watched: as the scan will meet them, whatever links lead there.</summary>
    public IReadOnlySet<string> Excluded()
    {
        string realRoot = RealPath.Of(root);
        return others.Select(RealPath.Of).Where(real => RealPath.IsWithin(real, realRoot))
            .Select(real => Path.Combine(root, Path.GetRelativePath(realRoot, real)))
            .ToHashSet(StringComparer.Ordinal);
    }

    // Once, at the start. A folder that vanishes later is a share that went away: made again, it would hide the mount.
    private string? MakingProblem()
    {
        try
        {
            if (!_isMade)
            {
                Directory.CreateDirectory(root);
                _isMade = true;
            }

            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"'{root}' cannot be made: {failure.Message} Make it, or give the user '{Environment.UserName}' the right to.";
        }
    }

    private bool IsEmpty()
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(root).Any();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;   // the scan tells what is wrong
        }
    }
}
