using System.Globalization;

namespace PoseBatch.Service;

/// <summary>What Linux knows of a process, from /proc. A process that is gone has nothing.</summary>
internal static class ProcessFacts
{
    private const double TicksPerSecond = 100;   // USER_HZ, part of the kernel's interface

    /// <summary>A number of <c>/proc/PID/status</c>: <c>VmHWM</c>, <c>VmRSS</c> (in KiB), <c>Threads</c>; 0 when the process is gone.</summary>
    public static long Status(int process, string name)
    {
        string? line = Read(process, "status")?.Split('\n').FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[(name.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    /// <summary>Open file descriptors.</summary>
    public static int Handles(int process) => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length;

    /// <summary>User and system time so far, its ended children left out.</summary>
    public static TimeSpan Cpu(int process)
    {
        string[] fields = AfterName(process);
        return fields.Length == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
    }

    /// <summary>All living processes that descend from this one.</summary>
    public static IReadOnlyList<int> Descendants(int process)
    {
        Dictionary<int, int> parents = [];
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && AfterName(id) is { Length: > 1 } fields && fields[0] != "Z")
            {
                parents[id] = (int)Number(fields[1]);
            }
        }

        HashSet<int> found = [process];
        while (parents.Where(pair => found.Contains(pair.Value)).Select(pair => pair.Key).Any(found.Add))
        {
        }

        found.Remove(process);
        return [.. found];
    }

    // The fields of /proc/PID/stat behind the name, which may hold anything: state, parent, ...
    private static string[] AfterName(int process) =>
        Read(process, "stat") is { } text ? text[(text.LastIndexOf(')') + 2)..].Split(' ') : [];

    private static string? Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
