using Microsoft.Win32.SafeHandles;
using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>Whether a file is being written.</summary>
internal enum Writers
{
    /// <summary>Nobody on this machine has it open for writing.</summary>
    None,

    /// <summary>Somebody has.</summary>
    Some,

    /// <summary>Cannot be told: a network share, a file of another user, another system.</summary>
    Unknown,

    /// <summary>This process may not even read the file.</summary>
    Unreadable,

    /// <summary>Its writer says that it is whole: by a rename from an unfinished name, or by a <c>.ready</c> file.</summary>
    Finished,
}

/// <summary>
/// Asks the kernel whether anybody has a file open for writing, by asking for a read lease (fcntl(2), F_SETLEASE) and giving it
/// back at once. It needs to own the file, or CAP_LEASE, and a local file system.
/// </summary>
internal static class WriterProbe
{
    /// <summary>The answer for a regular file, links followed.</summary>
    public static Writers Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Writers.Unknown;
        }

        int error = Libc.OpenToRead(path, out SafeFileHandle? handle);
        if (handle is null)
        {
            return error is Libc.EACCES or Libc.EPERM ? Writers.Unreadable : Writers.Unknown;
        }

        using (handle)
        {
            return Libc.TryReadLease(handle) switch
            {
                0 => Knows(path) ? Writers.None : Writers.Unknown,
                Libc.EAGAIN => Knows(path) ? Writers.Some : Writers.Unknown,
                _ => Writers.Unknown,
            };
        }
    }

    // NFS 4 and SMB grant a lease only when the server has delegated the file, and say EAGAIN otherwise, writer or not; a file
    // system in user space may have its writer on another machine.
    private static bool Knows(string path)
    {
        try
        {
            DriveInfo drive = new(path);
            return drive.DriveType is DriveType.Fixed or DriveType.Ram or DriveType.Removable
                && !drive.DriveFormat.StartsWith("fuse", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
