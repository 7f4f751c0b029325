using System.Runtime.InteropServices;
using PoseBatch.Results.Interop;
using PoseBatch.Video;

namespace PoseBatch.Worker.FileSystem;

/// <summary>Why nobody can look at a file or folder, in words: neither there nor gone, as far as can be told.</summary>
internal static class OutOfReach
{
    /// <summary>A sentence without its full stop; null when the path can be looked at, or is gone.</summary>
    public static string? Why(string path) => FileFacts.Of(path, out int error) is null && error != 0 && !SourceFault.IsGone(error) ? WordsOf(path, error) : null;

    private static string WordsOf(string path, int error) => error is Libc.EACCES or Libc.EPERM
        ? $"'{path}' may not be reached by the user '{Environment.UserName}': give it the right to enter the folders above"
        : $"'{path}' cannot be reached ({Marshal.GetPInvokeErrorMessage(error)}): see whether its disk or share answers";
}
