using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Probing;

/// <summary>
/// Whether a source can be reached, asked of the system itself: what ffmpeg says of a file counts only when the file could be read.
/// </summary>
internal static class SourceReach
{
    private const int BlockBytes = 1 << 20;

    /// <summary>
    /// The system's words for what only a disk, a share or its rights can do to a reader, as C libraries write them (glibc, then musl).
    /// "Input/output error" is not among them: ffmpeg uses it for damaged files as well. A line of ffmpeg ends with them.
    /// </summary>
    private static readonly byte[][] Words =
    [
        [.. "Permission denied"u8], [.. "Stale file handle"u8], [.. "Stale NFS file handle"u8],
        [.. "Transport endpoint is not connected"u8], [.. "Socket not connected"u8], [.. "Host is down"u8], [.. "No route to host"u8], [.. "Host is unreachable"u8],
        [.. "Network is down"u8], [.. "Network is unreachable"u8], [.. "Connection timed out"u8], [.. "Operation timed out"u8],
        [.. "Remote I/O error"u8], [.. "Required key not available"u8], [.. "Key has expired"u8],
    ];

    private static readonly byte[][] DoubtfulWords = [[.. "Input/output error"u8], [.. "I/O error"u8]];

    /// <summary>Whether a line of ffmpeg tells of a source out of reach.</summary>
    public static bool IsToldBy(ReadOnlySpan<byte> line) => Holds(line, Words);

    /// <summary>Whether a line of ffmpeg tells of a source out of reach, or of a damaged one.</summary>
    public static bool MayBeToldBy(ReadOnlySpan<byte> line) => Holds(line, DoubtfulWords);

    /// <summary>Why a file cannot be reached: missing or unreadable; null when it can be opened and its first bytes read.</summary>
    public static PoseBatchException? FaultOf(string path) => Read(path, mostBytes: 1, moved: null, CancellationToken.None);

    /// <summary>The same, with all of the file read; for one of which too little came.</summary>
    /// <param name="path">The file.</param>
    /// <param name="moved">Called after each block; null for nobody.</param>
    /// <param name="cancellation">Stops between blocks.</param>
    public static PoseBatchException? FaultWithin(string path, Action? moved, CancellationToken cancellation) => Read(path, long.MaxValue, moved, cancellation);

    /// <summary>Why a file that ffprobe did not open cannot be reached; null when it can, and what ffprobe says is about the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="said">What ffprobe said, without the name of the file.</param>
    public static PoseBatchException? FaultAfter(string path, string said)
    {
        byte[][] lines = [.. said.Split('\n').Select(Encoding.UTF8.GetBytes)];
        return FaultOf(path)
            ?? (lines.Any(line => IsToldBy(line))
                ? new PoseBatchException(
                    ReasonCode.SourceUnreadable,
                    $"'{path}' may be read by this process, but not by ffprobe: {said.Trim()}",
                    "See what confines ffprobe (AppArmor, SELinux), and whether the disk or share answers; a job of the service goes on by itself.")
                : lines.Any(line => MayBeToldBy(line)) ? FaultWithin(path, moved: null, CancellationToken.None) : null);
    }

    /// <summary>What an exception of a look at a file means.</summary>
    public static PoseBatchException Of(string path, Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => SourceFile.Missing(path),
        UnauthorizedAccessException => SourceFault.Unreachable(path, SourceFault.NoRight, failure.Message, Environment.UserName),
        _ when SourceFault.IsGone(failure.HResult) => SourceFile.Missing(path),
        _ => SourceFault.Unreachable(path, failure.HResult, failure.Message, Environment.UserName),
    };

    /// <summary>What an error number of the system means; 0 is no error.</summary>
    public static PoseBatchException? Of(string path, int error) => error == 0 ? null
        : SourceFault.IsGone(error) ? SourceFile.Missing(path)
        : SourceFault.Unreachable(path, error, Marshal.GetPInvokeErrorMessage(error), Environment.UserName);

    private static bool Holds(ReadOnlySpan<byte> line, byte[][] words)
    {
        line = line.TrimEnd(" .\r"u8);
        foreach (byte[] word in words)
        {
            if (line.EndsWith(word) && line[..^word.Length].EndsWith(": "u8))
            {
                return true;
            }
        }

        return false;
    }

    private static PoseBatchException? Read(string path, long mostBytes, Action? moved, CancellationToken cancellation)
    {
        if (Of(path, Libc.ErrorOf(path)) is { } unseen)
        {
            return unseen;
        }

        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
            byte[] block = GC.AllocateUninitializedArray<byte>((int)long.Min(BlockBytes, mostBytes));
            int count;
            for (long offset = 0; offset < mostBytes && (count = RandomAccess.Read(file, block, offset)) > 0; offset += count)
            {
                cancellation.ThrowIfCancellationRequested();
                moved?.Invoke();
            }

            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Of(path, failure);
        }
    }
}
