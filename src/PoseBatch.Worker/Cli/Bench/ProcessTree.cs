using System.Diagnostics;
using System.Globalization;

namespace PoseBatch.Worker.Cli.Bench;

/// <summary>What the kernel says of processes: CPU time of children that ended, resident memory of a tree. Linux only.</summary>
internal static class ProcessTree
{
    private const double TicksPerSecond = 100;   // USER_HZ, the unit of /proc, is 100 on every Linux architecture

    /// <summary>CPU seconds (user and system) of all children that have ended and been waited for, grandchildren included.</summary>
    public static double EndedChildrenCpuSeconds()
    {
        // Fields 16 and 17 of /proc/self/stat; the command in field 2 may hold blanks, so count from the last parenthesis.
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Resident bytes of a process and everything below it; pages shared between them count once per process.</summary>
    public static long ResidentBytes(int root)
    {
        long total = Resident(root);
        foreach (int child in Children(root))
        {
            // Between fork and exec a child is still its parent, memory and all; nothing of that is its own.
            if (Program(child) is { } program && program != Program(root))
            {
                total += ResidentBytes(child);
            }
        }

        return total;
    }

    /// <summary>Runs a command to its end: standard output, exit code, CPU and wall time, peak memory of its tree.</summary>
    public static async Task<Measured> RunAsync(string file, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(file) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        double cpuBefore = EndedChildrenCpuSeconds();
        long since = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.StandardInput.Close();
        await using CancellationTokenRegistration kill = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        Task exit = process.WaitForExitAsync(CancellationToken.None);
        long peak = 0;
        do
        {
            peak = Math.Max(peak, ResidentBytes(process.Id));
        }
        while (await Task.WhenAny(exit, Task.Delay(25, CancellationToken.None)) != exit);

        await exit;
        TimeSpan wall = Stopwatch.GetElapsedTime(since);
        cancellation.ThrowIfCancellationRequested();
        return new(process.ExitCode, await output, await errors, EndedChildrenCpuSeconds() - cpuBefore, wall, peak);
    }

    private static string? Program(int process)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{process}/exe", returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;   // it has just ended
        }
    }

    // Every thread has a list of its own: a child belongs to the thread that started it.
    private static IEnumerable<int> Children(int process)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (IOException)
        {
            return [];   // it has just ended
        }

        return threads.SelectMany(ChildrenOfThread);
    }

    private static IEnumerable<int> ChildrenOfThread(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "children"))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return [];   // it has just ended
        }
    }

    private static long Resident(int process)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                {
                    return long.Parse(line.AsSpan(6, line.Length - 9).Trim(), CultureInfo.InvariantCulture) * 1024;
                }
            }
        }
        catch (IOException)
        {
            // it has just ended
        }

        return 0;
    }

    /// <summary>What one run took.</summary>
    public sealed record Measured(int ExitCode, string Output, string Errors, double CpuSeconds, TimeSpan Wall, long PeakTreeBytes);
}
