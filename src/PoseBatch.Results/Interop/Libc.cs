using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace PoseBatch.Results.Interop;

/// <summary>
/// What .NET has no counterpart for, of results and of the program: folders made durable, renames that replace nothing or exchange,
/// what a path is without opening it, whether anybody writes to it, rights of new files, the end of the process. Whole values go in
/// and out, no pointers.
/// </summary>
internal static partial class Libc
{
    // Linux values, the same on every architecture .NET runs on.
    public const int EPERM = 1;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int EINVAL = 22;
    public const int ENOSYS = 38;
    public const int ENOTEMPTY = 39;
    private const int ENOTSUP = 95;
    private const int AT_FDCWD = -100;
    private const uint STATX_BASIC_STATS = 0x7FF;
    private const int O_RDONLY = 0;
    private const int O_NONBLOCK = 0x800;
    private const int O_CLOEXEC = 0x80000;
    private const int F_SETFD = 2;
    private const int F_SETSIG = 10;
    private const int F_SETLEASE = 1024;
    private const int FD_CLOEXEC = 1;
    private const int F_RDLCK = 0;
    private const int F_UNLCK = 2;
    private const int SIGURG = 23;
    private const uint RENAME_NOREPLACE = 1;
    private const uint RENAME_EXCHANGE = 2;

    /// <summary>Makes the names in a folder durable: what has been renamed into it is there after a power cut as well. Does nothing where folders cannot be opened (Windows).</summary>
    /// <exception cref="IOException">The file system refuses; whether the names are durable cannot be told.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int error = Open(path, OperatingSystem.IsLinux() ? O_RDONLY | O_CLOEXEC : O_RDONLY, out SafeFileHandle? folder);
        using (folder)
        {
            error = folder is null ? error : ErrorOf(fsync(folder));
        }

        // Some network file systems have no such thing as a folder that can be flushed.
        if (error is not (0 or EINVAL or ENOTSUP))
        {
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);
        }
    }

    /// <summary>Renames, or fails with EEXIST when the target exists, in one step; never copies.</summary>
    /// <returns>0, or the error number: EINVAL and ENOSYS where file system, kernel or C library cannot do it in one step.</returns>
    public static int RenameWithoutReplacing(string from, string to) => Rename(from, to, RENAME_NOREPLACE);

    /// <summary>Exchanges two folders in one step.</summary>
    /// <inheritdoc cref="RenameWithoutReplacing"/>
    public static int Exchange(string from, string to) => Rename(from, to, RENAME_EXCHANGE);

    /// <summary>Renames, replacing what is there; never copies.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Rename(string from, string to) => ErrorOf(rename(from, to));

    /// <summary>What a path leads to, links followed. Linux.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Stat(string path, out StatxAnswer answer) => ErrorOf(statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, out answer));

    /// <summary>Opens for reading; neither a FIFO nor a lease of somebody else makes it wait. Linux.</summary>
    /// <returns>0, or the error number; then there is no handle.</returns>
    public static int OpenToRead(string path, out SafeFileHandle? handle) => Open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, out handle);

    /// <summary>Takes a read lease, which the kernel grants only while nobody has the file open for writing, and gives it back at once. Linux.</summary>
    /// <returns>0 when it was granted, or the error number.</returns>
    public static int TryReadLease(SafeFileHandle handle)
    {
        // Whoever opens the file for writing in the very moment of the lease makes the kernel send a signal. SIGIO, the
        // default, would end this process; SIGURG is ignored by everyone who has not asked for it.
        if (fcntl(handle, F_SETSIG, SIGURG) != 0 || fcntl(handle, F_SETLEASE, F_RDLCK) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        _ = fcntl(handle, F_SETLEASE, F_UNLCK);
        return 0;
    }

    /// <summary>Closes a descriptor in every program that this one becomes or starts. Linux.</summary>
    public static void CloseOnExec(int descriptor) => _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);

    /// <summary>Sets the rights that new files and folders do not get. Linux.</summary>
    /// <returns>Those that were set before.</returns>
    public static uint Umask(uint mask) => umask(mask);

    /// <summary>Ends the process on the spot, without the ends of its libraries. Not on Windows.</summary>
    public static void Exit(int status) => _exit(status);

    private static int ErrorOf(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    private static int Open(string path, int flags, out SafeFileHandle? handle)
    {
        int descriptor = open(path, flags);
        handle = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    private static int Rename(string from, string to, uint flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            return ENOSYS;
        }

        try
        {
            return ErrorOf(renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
        }
        catch (EntryPointNotFoundException)
        {
            return ENOSYS;
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle handle);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out StatxAnswer answer);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle handle, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);

    [LibraryImport("libc")]
    private static partial void _exit(int status);

    /// <summary>The parts of <c>struct statx</c> that are read; one layout on all architectures.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatxAnswer
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(112)]
        public long ModifiedSeconds;

        [FieldOffset(120)]
        public uint ModifiedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
