using System.Diagnostics;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Names of workers: <c>host:process:start</c>.</summary>
internal static class WorkerName
{
    // Start times are computed from the clock, which may be set in between.
    private const long ClockSlack = 5;

    /// <summary>This process.</summary>
    public static string Self { get; } = Of(Process.GetCurrentProcess());

    /// <summary>True when the name is of this machine and no such process lives.</summary>
    public static bool IsKnownDead(string name)
    {
        string[] parts = name.Split(':');
        if (parts.Length != 3 || parts[0] != Environment.MachineName
            || !int.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out int id)
            || !long.TryParse(parts[2], System.Globalization.CultureInfo.InvariantCulture, out long start))
        {
            return false;
        }

        try
        {
            using Process process = Process.GetProcessById(id);
            return process.HasExited || Math.Abs(StartOf(process) - start) > ClockSlack;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private static string Of(Process process) => $"{Environment.MachineName}:{process.Id}:{StartOf(process)}";

    private static long StartOf(Process process) => new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
}
