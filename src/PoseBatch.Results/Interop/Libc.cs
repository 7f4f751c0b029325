using System.Runtime.InteropServices;

namespace PoseBatch.Results.Interop;

/// <summary>What .NET cannot do with folders: make them durable, and rename without replacing or by exchange.</summary>
internal static partial class LibC
{
    private const int O_RDONLY = 0;
    private const int O_CLOEXEC = 0x80000;
    private const int AT_FDCWD = -100;
    private const int EINVAL = 22;
    private const int ENOTSUP = 95;
    private const uint RENAME_NOREPLACE = 1;
    private const uint RENAME_EXCHANGE = 2;

    /// <summary>Makes the entries of a folder durable. Does nothing where folders cannot be opened (Windows).</summary>
    /// <exception cref="IOException">The file system refuses.</exception>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = open(path, OperatingSystem.IsLinux() ? O_RDONLY | O_CLOEXEC : O_RDONLY);
        if (descriptor < 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), path);
        }

        int result = fsync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = close(descriptor);

        // Some network file systems have no such thing as a folder that can be flushed.
        if (result != 0 && error is not (EINVAL or ENOTSUP))
        {
            throw Failure(error, path);
        }
    }

    /// <summary>Renames, or fails with EEXIST when the target exists, in one step.</summary>
    /// <returns>0, or the error number; -1 when this system has no such call.</returns>
    public static int RenameWithoutReplacing(string from, string to) => Rename(from, to, RENAME_NOREPLACE);

    /// <summary>Exchanges two folders in one step.</summary>
    /// <returns>0, or the error number; -1 when this system has no such call.</returns>
    public static int Exchange(string from, string to) => Rename(from, to, RENAME_EXCHANGE);

    public static IOException Failure(int error, string path) => new($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);

    private static int Rename(string from, string to, uint flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            return -1;
        }

        try
        {
            return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int renameat2(int fromFolder, string from, int toFolder, string to, uint flags);
}
