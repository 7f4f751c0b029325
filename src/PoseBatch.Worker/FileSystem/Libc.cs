using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PoseBatch.Worker.FileSystem;

/// <summary>
/// What .NET cannot ask the kernel: what a path is without opening it, whether anybody writes to it, and to rename without
/// replacing. Linux; whole values go in and out, no pointers, so the program that composes the parts needs no unsafe code.
/// </summary>
internal static class Libc
{
    // Linux values, the same on every architecture .NET runs on.
    public const int EPERM = 1;
    public const int EAGAIN = 11;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int EINVAL = 22;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ENOTSUP = 95;
    private const int AT_FDCWD = -100;
    private const uint STATX_BASIC_STATS = 0x7FF;
    private const int O_RDONLY = 0;
    private const int O_NONBLOCK = 0x800;
    private const int O_CLOEXEC = 0x80000;
    private const int F_SETSIG = 10;
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;
    private const int F_SETLEASE = 1024;
    private const int F_RDLCK = 0;
    private const int F_UNLCK = 2;
    private const int SIGURG = 23;
    private const uint RENAME_NOREPLACE = 1;

    /// <summary>What a path leads to, links followed.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Stat(string path, out StatxAnswer answer) =>
        statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, out answer) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Opens for reading; neither a FIFO nor a lease of somebody else makes it wait.</summary>
    /// <returns>0, or the error number; then there is no handle.</returns>
    public static int OpenToRead(string path, out SafeFileHandle? handle)
    {
        int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        handle = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Takes a read lease, which the kernel grants only while nobody has the file open for writing, and gives it back at once.</summary>
    /// <returns>0 when it was granted, or the error number.</returns>
    public static int TryReadLease(SafeFileHandle handle)
    {
        // Whoever opens the file for writing in the very moment of the lease makes the kernel send a signal. SIGIO, the
        // default, would end this process; SIGURG is ignored by everyone who has not asked for it.
        if (fcntl(handle, F_SETSIG, SIGURG) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        if (fcntl(handle, F_SETLEASE, F_RDLCK) != 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        _ = fcntl(handle, F_SETLEASE, F_UNLCK);
        return 0;
    }

    /// <summary>Closes a descriptor in every program that this one becomes or starts.</summary>
    public static void CloseOnExec(int descriptor) => _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);

    /// <summary>Makes what was written durable, of a folder its names.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Flush(SafeFileHandle handle) => fsync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Renames, or fails with EEXIST when the target exists, in one step; never copies.</summary>
    /// <returns>0, or the error number: EINVAL and ENOSYS where the file system or the kernel cannot do it in one step.</returns>
    public static int RenameWithoutReplacing(string from, string to) =>
        renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Renames, replacing what is there; never copies.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Rename(string from, string to) => rename(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, out StatxAnswer answer);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(SafeFileHandle handle, int command, int argument);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command, int argument);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(SafeFileHandle handle);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int renameat2(
        int fromFolder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        int toFolder,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to,
        uint flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int rename([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

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
