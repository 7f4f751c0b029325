using PoseBatch.Results.Interop;

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

        Libc.Exit(exitCode);
    }
}
