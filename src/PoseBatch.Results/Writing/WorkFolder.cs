using PoseBatch.Results.Format;
using PoseBatch.Results.Interop;

namespace PoseBatch.Results.Writing;

/// <summary>
/// A folder in which a result grows unseen, <c>.work/name.pid-random</c> below the output root, and the lock beside it
/// that tells everybody its owner is alive. The lock comes before the folder and goes after it, so a folder without a lock
/// belongs to nobody.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    /// <summary>Name of the hidden folder below an output root.</summary>
    public const string Parent = ".work";

    private const string LockSuffix = ".lock";
    private const string FreshSuffix = ".new";
    private const int LongestNamePart = 150;

    // Another host's lock cannot be asked for its process; leftovers of crashed hosts wait this long.
    private static readonly TimeSpan ForeignPatience = TimeSpan.FromHours(24);

    private readonly FileStream _lock;

    private WorkFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The folder; it exists until <see cref="Dispose"/> or until somebody renames it.</summary>
    public string Path { get; }

    /// <summary>Makes a fresh folder.</summary>
    /// <param name="outputRoot">Exists.</param>
    /// <param name="name">Name of the result, for people who look.</param>
    public static WorkFolder Create(string outputRoot, string name)
    {
        string parent = System.IO.Path.Combine(outputRoot, Parent);
        string safe = ResultName.Safe(name, LongestNamePart);
        for (int attempt = 1; ; attempt++)
        {
            string path = System.IO.Path.Combine(parent, $"{safe}.{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}");
            try
            {
                Directory.CreateDirectory(parent);
                FileStream held = TakeLock(path);
                try
                {
                    Directory.CreateDirectory(path);
                    return new(path, held);
                }
                catch
                {
                    File.Delete(path + LockSuffix);
                    held.Dispose();
                    throw;
                }
            }
            catch (IOException) when (attempt < 5 && !File.Exists(parent))
            {
                // Another writer removed the empty parent, or a sweeper our lock while it had no name yet.
            }
        }
    }

    /// <summary>Removes what dead processes left below the output root; leaves alone what may be alive. Never throws for a leftover that resists.</summary>
    public static void Sweep(string outputRoot)
    {
        string parent = System.IO.Path.Combine(outputRoot, Parent);
        if (!Directory.Exists(parent))
        {
            return;
        }

        foreach (string entry in Directory.GetFileSystemEntries(parent))
        {
            try
            {
                SweepOne(entry);
            }
            catch (Exception fault) when (OutputFault.IsOutputFault(fault))
            {
                // Somebody else sweeps it, or it is not ours to remove: the next start tries again.
            }
        }
    }

    /// <summary>Removes the folder if it is still there, then the lock, then the parent if that was the last.</summary>
    public void Dispose()
    {
        try
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }

            File.Delete(Path + LockSuffix);
            _lock.Dispose();
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (Exception fault) when (OutputFault.IsOutputFault(fault))
        {
            // Other work goes on beside it, or the disk is gone: what stays is swept later.
            _lock.Dispose();
        }
    }

    /// <summary>
    /// A lock has its owner in it and is held from the moment it has its name: whoever dies in between leaves a fresh file, which
    /// anybody may remove at any time, and no lock of which nobody can tell whose it is.
    /// </summary>
    private static FileStream TakeLock(string path)
    {
        byte[] owner = System.Text.Encoding.UTF8.GetBytes(ProcessIdentity.Self.ToText('\n'));
        string fresh = path + FreshSuffix;
        FileStream held = new(fresh, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        try
        {
            held.Write(owner);
            File.Move(fresh, path + LockSuffix);
            return held;
        }
        catch
        {
            File.Delete(fresh);
            held.Dispose();
            throw;
        }
    }

    private static void SweepOne(string entry)
    {
        if (Directory.Exists(entry))
        {
            bool isResume = entry.EndsWith(CheckpointFolder.Suffix, StringComparison.Ordinal);
            if (isResume ? CheckpointFolder.IsForgotten(entry) : !File.Exists(entry + LockSuffix))
            {
                Directory.Delete(entry, recursive: true);
            }

            return;
        }

        if (entry.EndsWith(FreshSuffix, StringComparison.Ordinal))
        {
            // Of somebody who died before it was a lock, or who is about to make it one and tries again.
            File.Delete(entry);
            return;
        }

        if (!entry.EndsWith(LockSuffix, StringComparison.Ordinal))
        {
            return;
        }

        // The owner holds the lock as long as it lives. Taking it proves that it is gone, where locks work at all;
        // where they do not, the process named in it is asked for.
        using FileStream taken = new(entry, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        if (MayBeAlive(taken, File.GetLastWriteTimeUtc(entry)))
        {
            return;
        }

        string folder = entry[..^LockSuffix.Length];
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        File.Delete(entry);
    }

    private static bool MayBeAlive(FileStream held, DateTime changed)
    {
        using StreamReader reader = new(held, leaveOpen: true);
        return ProcessIdentity.Parse(reader.ReadToEnd().TrimEnd('\n'), '\n') is { } owner && owner.Machine == ProcessIdentity.Self.Machine
            ? !owner.IsKnownDead
            : DateTime.UtcNow - changed < ForeignPatience;
    }
}
