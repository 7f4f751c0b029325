using System.Globalization;

namespace PoseBatch.Worker.Hosting;

/// <summary>
/// The limit of open files (<c>ulimit -n</c>). Below what the program needs, it fails in the middle of anything, with words that
/// help nobody: a part of the runtime that "was not found", a video that "does not exist".
/// </summary>
internal static class OpenFilesLimit
{
    /// <summary>Files the program and its libraries hold open before there is work, with room for one video.</summary>
    public const int Least = 320;

    private const string Limits = "/proc/self/limits";
    private const string Name = "Max open files";

    /// <summary>What is wrong with the limit, in words; null when it suffices or cannot be told.</summary>
    public static string? Problem()
    {
        try
        {
            return File.Exists(Limits) ? ProblemOf(File.ReadAllLines(Limits)) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The same for the lines of <c>/proc/self/limits</c> (proc(5)): name, soft limit, hard limit, unit.</summary>
    internal static string? ProblemOf(IEnumerable<string> lines)
    {
        string? line = lines.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        string? soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit < Least
            ? $"At most {limit} files may be open at a time here, and {Least} are needed. Raise the limit: ulimit -n 4096 in a shell, LimitNOFILE= in a systemd unit."
            : null;
    }
}
