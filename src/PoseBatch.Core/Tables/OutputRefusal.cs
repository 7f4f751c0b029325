namespace PoseBatch.Tables;

/// <summary>What it means that the system refuses to write: not allowed, or no room.</summary>
public static class OutputRefusal
{
    // Numbers of Linux, the same on every architecture .NET runs on.
    private const int EPERM = 1;
    private const int EROFS = 30;

    /// <summary>Whether the file system is mounted read-only.</summary>
    public static bool IsReadOnly(Exception fault) => fault is IOException { HResult: EROFS };

    /// <summary>output_unwritable: no right, or mounted read-only; disk_full: no room, or the disk fails.</summary>
    public static ReasonCode ReasonOf(Exception fault) =>
        fault is UnauthorizedAccessException or IOException { HResult: EPERM } || IsReadOnly(fault) ? ReasonCode.OutputUnwritable : ReasonCode.DiskFull;
}
