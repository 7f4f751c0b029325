using System.Globalization;
using PoseBatch.Results.Interop;

namespace PoseBatch.Worker.Hosting;

/// <summary>
/// Descriptors that whoever started the program left open in it: locks and pipes of a shell, logs of a supervisor. Children, which
/// read files of strangers, have no business with them.
/// </summary>
internal static class InheritedHandles
{
    private const int FirstBeyondStandardStreams = 3;

    /// <summary>Keeps all but the three standard streams from every child that is started from now on.</summary>
    public static void KeepFromChildren()
    {
        const string Own = "/proc/self/fd";
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Own))
        {
            return;
        }

        // What is opened later by us is closed by .NET itself when a child begins.
        foreach (string path in Directory.GetFileSystemEntries(Own))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor)
                && descriptor >= FirstBeyondStandardStreams)
            {
                Libc.CloseOnExec(descriptor);
            }
        }
    }
}
