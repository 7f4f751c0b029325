using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.FileSystem;

/// <summary>What a path leads to.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A FIFO, a device, a socket: nothing that is opened.</summary>
    Special,
}

/// <summary>A file looked at from outside, links followed: nothing is opened.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedTicks">Time of the last change, UTC, in steps of 100 ns as <see cref="DateTime.Ticks"/> counts them.</param>
/// <param name="Device">The file system it lies on.</param>
/// <param name="Inode">Its number there.</param>
internal readonly record struct FileFacts(FileKind Kind, long Size, long ModifiedTicks, ulong Device, ulong Inode)
{
    private const int KindMask = 0xF000; // S_IFMT
    private const int RegularKind = 0x8000;
    private const int FolderKind = 0x4000;

    /// <summary>The facts, or null: nothing is there, a link leads nowhere, or a folder on the way may not be entered.</summary>
    public static FileFacts? Of(string path) => Of(path, out _);

    /// <summary>The same.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="error">The system's error number, which tells what is gone from what is out of reach; 0 when there is none.</param>
    public static FileFacts? Of(string path, out int error)
    {
        error = 0;
        if (!OperatingSystem.IsLinux())
        {
            return Portable(path);
        }

        if ((error = Libc.Stat(path, out Libc.StatxAnswer answer)) != 0)
        {
            return null;
        }

        FileKind kind = (answer.Mode & KindMask) switch
        {
            RegularKind => FileKind.Regular,
            FolderKind => FileKind.Folder,
            _ => FileKind.Special,
        };
        return new(
            kind,
            (long)answer.Size,
            Ticks(answer.ModifiedSeconds, answer.ModifiedNanoseconds),
            ((ulong)answer.DeviceMajor << 32) | answer.DeviceMinor,
            answer.Inode);
    }

    /// <summary>Whether content may have changed between two looks.</summary>
    public bool IsSameContent(FileFacts other) => Size == other.Size && ModifiedTicks == other.ModifiedTicks;

    // A damaged file system may say any time at all; what .NET cannot count is all the same to us.
    private static long Ticks(long seconds, uint nanoseconds) =>
        seconds is > -62_000_000_000 and < 253_000_000_000
            ? DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + (nanoseconds / TimeSpan.NanosecondsPerTick)
            : 0;

    private static FileFacts? Portable(string path)
    {
        FileInfo file = new(path);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
        {
            file = target;
        }

        return file.Exists ? new(FileKind.Regular, file.Length, file.LastWriteTimeUtc.Ticks, 0, 0)
            : Directory.Exists(path) ? new(FileKind.Folder, 0, Directory.GetLastWriteTimeUtc(path).Ticks, 0, 0)
            : null;
    }
}
