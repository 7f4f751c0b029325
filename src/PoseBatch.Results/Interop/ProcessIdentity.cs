using System.Diagnostics;
using System.Globalization;

namespace PoseBatch.Results.Interop;

/// <summary>
/// A process among all of several machines that share a store or a disk. Only processes of the machine that asks can be told to be dead.
/// </summary>
/// <param name="Machine">
/// Host name, the first eight digits of the kernel's boot id, and the number of the pid namespace: machines and containers of one host name,
/// which compose files like to give, must not take each other's processes for their own.
/// </param>
/// <param name="ProcessId">Its number there.</param>
/// <param name="StartedUnixSeconds">When it began, because numbers are used again.</param>
public readonly record struct ProcessIdentity(string Machine, int ProcessId, long StartedUnixSeconds)
{
    // Start times are computed from the clock, which may be set in between.
    private const long ClockSlack = 5;

    /// <summary>This process.</summary>
    public static ProcessIdentity Self { get; } = new(ThisMachine(), Environment.ProcessId, StartOf(Process.GetCurrentProcess()));

    /// <summary>Whether it is known not to live any more: never of another machine's.</summary>
    public bool IsKnownDead
    {
        get
        {
            if (Machine != Self.Machine)
            {
                return false;
            }

            try
            {
                using Process process = Process.GetProcessById(ProcessId);
                return process.HasExited || Math.Abs(StartOf(process) - StartedUnixSeconds) > ClockSlack;
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return true;
            }
        }
    }

    /// <summary>As text: three parts.</summary>
    /// <param name="separator">Between them; none of the parts has it.</param>
    public string ToText(char separator) => string.Create(CultureInfo.InvariantCulture, $"{Machine}{separator}{ProcessId}{separator}{StartedUnixSeconds}");

    /// <summary>Reads what <see cref="ToText"/> wrote; null for anything else.</summary>
    public static ProcessIdentity? Parse(string text, char separator)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(separator) is [{ Length: > 0 } machine, string id, string start]
            && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int processId)
            && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long started)
                ? new ProcessIdentity(machine, processId, started)
                : null;
    }

    /// <summary>The name of a machine, see <see cref="Machine"/>.</summary>
    /// <param name="host">Its host name.</param>
    /// <param name="bootId">The kernel's boot id, a UUID; null where there is none.</param>
    /// <param name="pidNamespace">As <c>/proc/self/ns/pid</c> names it, <c>pid:[4026531836]</c>; null where there is none.</param>
    internal static string MachineOf(string host, string? bootId, string? pidNamespace)
    {
        string boot = bootId is { Length: >= 8 } ? $"/{bootId[..8]}" : string.Empty;
        string space = pidNamespace is null ? string.Empty : $"/{string.Concat(pidNamespace.Where(char.IsAsciiDigit))}";
        return host + boot + space;
    }

    private static string ThisMachine()
    {
        try
        {
            return MachineOf(
                Environment.MachineName, File.ReadAllText("/proc/sys/kernel/random/boot_id"), new FileInfo("/proc/self/ns/pid").LinkTarget);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Environment.MachineName;
        }
    }

    private static long StartOf(Process process) => new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
}
