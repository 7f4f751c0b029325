using System.Runtime.InteropServices;

namespace PoseBatch.Worker.Service;

/// <summary>Ends the process on the spot.</summary>
internal static class ProcessEnd
{
    /// <summary>
    /// Ends it without the libraries' own ends: these may wait for what hangs, and pull the ground from under threads that still run.
    /// What matters is on disk already: every change of the store and every segment is flushed when it is made.
    /// </summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        _exit(exitCode);
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void _exit(int status);
}
