using System.Runtime.InteropServices;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Interop;

/// <summary>The calls of libc that .NET has no counterpart for. Linux; both glibc and musl export them.</summary>
internal static unsafe partial class Libc
{
    // Linux values, the same on every architecture .NET runs on.
    private const int F_SETPIPE_SZ = 1031;
    private const int AT_FDCWD = -100;
    private const uint STATX_TYPE = 1;
    private const uint STATX_CTIME = 0x80;
    private const uint STATX_INO = 0x100;
    private const int StatxBytes = 256;
    private const short POLLIN = 1;
    private const int EINTR = 4;
    private const int PRIO_PROCESS = 0;
    private const int LowestPriority = 19;
    private const int KindMask = 0xF000; // S_IFMT

    /// <summary>What a path leads to, links followed.</summary>
    public enum FileKind
    {
        Unknown = 0,
        Fifo = 0x1000,
        CharacterDevice = 0x2000,
        Directory = 0x4000,
        BlockDevice = 0x6000,
        Regular = 0x8000,
        Socket = 0xC000,
    }

    /// <summary>Asks for a larger pipe. A refusal is no loss: the pipe then keeps its size.</summary>
    public static void TrySetPipeSize(SafeHandle pipe, int bytes) => _ = fcntl(pipe, F_SETPIPE_SZ, bytes);

    /// <summary>
    /// Puts a process behind this one where both want a core, by so many steps of <c>nice</c>. A refusal is no loss: it then keeps
    /// its priority.
    /// </summary>
    /// <param name="process">Its number; what it starts from here on inherits the priority.</param>
    /// <param name="steps">0 to 19; the lowest priority there is stays the lowest.</param>
    public static void TryPutBehind(int process, int steps) => _ = setpriority(PRIO_PROCESS, process, int.Min(LowestPriority, getpriority(PRIO_PROCESS, 0) + steps));

    /// <summary>The kind of file behind a path; Unknown when it cannot be told (missing, no permission, old kernel).</summary>
    public static FileKind KindOf(string path)
    {
        // struct statx has one layout on all architectures: 256 bytes, the mode at offset 28.
        byte* answer = stackalloc byte[StatxBytes];
        return statx(AT_FDCWD, path, 0, STATX_TYPE, answer) == 0 ? (FileKind)(*(ushort*)(answer + 28) & KindMask) : FileKind.Unknown;
    }

    /// <summary>Why the system does not show what a path leads to, links followed: its error number; 0 when it does.</summary>
    public static int ErrorOf(string path)
    {
        byte* answer = stackalloc byte[StatxBytes];
        return statx(AT_FDCWD, path, 0, STATX_TYPE, answer) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>The mark of the file behind a path; default when it cannot be told.</summary>
    public static SourceMark MarkOf(string path)
    {
        // struct statx: the inode at 32, the status time at 96 (seconds) and 104 (nanoseconds), the device at 136 and 140.
        byte* answer = stackalloc byte[StatxBytes];
        return statx(AT_FDCWD, path, 0, STATX_CTIME | STATX_INO, answer) != 0
            ? default
            : new(
                ((ulong)*(uint*)(answer + 136) << 32) | *(uint*)(answer + 140),
                *(ulong*)(answer + 32),
                unchecked((*(long*)(answer + 96) * TimeSpan.TicksPerSecond) + (*(uint*)(answer + 104) / TimeSpan.NanosecondsPerTick)));
    }

    /// <summary>
    /// Waits until one of two pipes can be read or has ended, at most the given time; the second may be left out (null).
    /// </summary>
    public static (bool First, bool Second) WaitReadable(SafeHandle first, SafeHandle? second, int milliseconds)
    {
        bool heldFirst = false;
        bool heldSecond = false;
        try
        {
            first.DangerousAddRef(ref heldFirst);
            second?.DangerousAddRef(ref heldSecond);
            PollEntry* entries = stackalloc PollEntry[2];
            entries[0] = new() { Descriptor = (int)first.DangerousGetHandle(), Wanted = POLLIN };
            // A negative descriptor is skipped by poll.
            entries[1] = new() { Descriptor = second is null ? -1 : (int)second.DangerousGetHandle(), Wanted = POLLIN };
            int ready = poll(entries, 2, milliseconds);
            if (ready < 0 && Marshal.GetLastPInvokeError() != EINTR)
            {
                throw new IOException($"poll failed with error {Marshal.GetLastPInvokeError()}.");
            }

            // Hang-up and error count as readable: the read that follows tells which.
            return ready <= 0 ? default : (entries[0].Happened != 0, entries[1].Happened != 0);
        }
        finally
        {
            if (heldFirst)
            {
                first.DangerousRelease();
            }

            if (heldSecond)
            {
                second!.DangerousRelease();
            }
        }
    }

    /// <summary>Reads what is there, waiting for at least one byte; 0 at the end.</summary>
    public static int Read(SafeHandle pipe, Span<byte> destination)
    {
        fixed (byte* start = destination)
        {
            nint count;
            do
            {
                count = read(pipe, start, (nuint)destination.Length);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == EINTR);

            return count >= 0 ? (int)count : throw new IOException($"read failed with error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fcntl(SafeHandle fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint read(SafeHandle fd, byte* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getpriority(int which, int who);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setpriority(int which, int who, int priority);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }
}
