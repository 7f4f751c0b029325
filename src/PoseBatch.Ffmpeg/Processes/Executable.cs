namespace PoseBatch.Ffmpeg.Processes;

/// <summary>Looks programs up the way a shell does.</summary>
internal static class Executable
{
    /// <summary>The full path of a program given by path or by name; null when there is none that may be run.</summary>
    public static string? Find(string name)
    {
        if (name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            string path = Path.GetFullPath(name);
            return MayRun(path) ? path : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(MayRun);
    }

    private static bool MayRun(string path) => File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
