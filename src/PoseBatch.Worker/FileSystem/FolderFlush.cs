using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace PoseBatch.Worker.FileSystem;

/// <summary>Makes the names in a folder durable: what has been renamed into it is there after a power cut as well.</summary>
internal static class FolderFlush
{
    /// <summary>Flushes a folder.</summary>
    /// <exception cref="IOException">The file system refuses; whether the names are durable cannot be told.</exception>
    public static void Of(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int error = Libc.OpenToRead(folder, out SafeFileHandle? handle);
        using (handle)
        {
            error = handle is null ? error : Libc.Flush(handle);
        }

        // Some network file systems have no such thing as a folder that can be flushed.
        if (error is not (0 or Libc.EINVAL or Libc.ENOTSUP))
        {
            throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{folder}'", error);
        }
    }
}
