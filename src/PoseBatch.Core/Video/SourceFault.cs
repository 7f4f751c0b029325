namespace PoseBatch.Video;

/// <summary>
/// What it means that the system refuses a source: it is gone, or it is there and out of reach for now. Nothing may be concluded
/// about a file that nobody could look at.
/// </summary>
public static class SourceFault
{
    // Numbers of Linux, the same on every architecture .NET runs on.
    private const int EPERM = 1;
    private const int ENOENT = 2;
    private const int ENOMEM = 12;
    private const int EACCES = 13;
    private const int ENOTDIR = 20;
    private const int ENFILE = 23;
    private const int EMFILE = 24;
    private const int ENAMETOOLONG = 36;
    private const int ELOOP = 40;

    /// <summary>Stands for a refusal of rights where only that is known.</summary>
    public const int NoRight = EACCES;

    /// <summary>Whether the error number says that there is no such file; any other leaves that open.</summary>
    public static bool IsGone(int error) => error is ENOENT or ENOTDIR or ELOOP or ENAMETOOLONG;

    /// <summary>The failure of a job whose source cannot be reached although it may be there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="error">The system's error number.</param>
    /// <param name="said">Its words for that.</param>
    /// <param name="user">Who was refused.</param>
    /// <returns>source_unreadable; out_of_memory when it was this process that had no room.</returns>
    public static PoseBatchException Unreachable(string path, int error, string said, string user) => error switch
    {
        EACCES or EPERM => new(
            ReasonCode.SourceUnreadable,
            $"'{path}' may not be read by the user '{user}'.",
            $"Give the user '{user}' the right to read the file and to enter its folders; a job of the service goes on by itself then."),
        EMFILE or ENFILE => new(
            ReasonCode.OutOfMemory,
            $"'{path}' cannot be opened: too many files are open already.",
            "Raise the limit of open files (ulimit -n, LimitNOFILE), or run fewer videos at once."),
        ENOMEM => new(ReasonCode.OutOfMemory, $"'{path}' cannot be opened: the system has no memory left for it.", "Run fewer videos at once."),
        _ => new(
            ReasonCode.SourceUnreadable,
            $"'{path}' cannot be read now: {said.TrimEnd('.')}.",
            "See whether its disk or share answers; a job of the service goes on by itself when it does."),
    };
}
