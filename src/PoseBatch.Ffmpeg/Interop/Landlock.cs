using System.Runtime.InteropServices;

namespace PoseBatch.Ffmpeg.Interop;

/// <summary>The calls by which a process gives up rights before it becomes another program. Linux; numbers are the same on x86-64 and arm64.</summary>
internal static unsafe partial class Landlock
{
    /// <summary>What may be done with a file.</summary>
    [Flags]
    public enum Access : ulong
    {
        None = 0,
        Execute = 1 << 0,
        WriteFile = 1 << 1,
        ReadFile = 1 << 2,
        ReadFolder = 1 << 3,
        Truncate = 1 << 14,
    }

    /// <summary>Limits of a process; the values are Linux' own.</summary>
    public enum Limit
    {
        FileSize = 1,
        CoreSize = 4,
        OpenFiles = 7,
        Memory = 9,
    }

    private const nint SYS_landlock_create_ruleset = 444;
    private const nint SYS_landlock_add_rule = 445;
    private const nint SYS_landlock_restrict_self = 446;
    private const nuint AskVersion = 1;
    private const int PathBeneath = 1;
    private const int PR_SET_NO_NEW_PRIVS = 38;
    private const int O_PATH = 0x200000;
    private const int O_CLOEXEC = 0x80000;
    private const int PR_SET_PDEATHSIG = 1;
    private const int SIGKILL = 9;
    private const int SIGPIPE = 13;

    // Linux' third layout of capability sets; CAP_DAC_OVERRIDE (1) and CAP_DAC_READ_SEARCH (2) of its bits.
    private const uint CapabilityVersion = 0x20080522;
    private const uint ReadingOthersFiles = (1u << 1) | (1u << 2);

    // By version of the interface: the first knows 13 rights; then came moving between folders, truncating, and talking to devices.
    private const ulong FirstRights = (1ul << 13) - 1;
    private const ulong Refer = 1ul << 13;
    private const ulong Truncates = 1ul << 14;
    private const ulong DeviceControl = 1ul << 15;
    private const ulong TcpBindAndConnect = 3;
    private const ulong AbstractSocketsAndSignals = 3;

    /// <summary>The kernel's version of the interface; 0 where it has none.</summary>
    public static int Version => OperatingSystem.IsLinux() ? Math.Max(0, (int)syscall(SYS_landlock_create_ruleset, 0, 0, AskVersion, 0)) : 0;

    /// <summary>No program run from here on gains rights by being run.</summary>
    public static bool TryForbidNewPrivileges() => prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

    /// <summary>
    /// Prepares to take every right to the file system but those listed, and (where the kernel can) the network, abstract
    /// sockets and signals to others.
    /// </summary>
    /// <returns>The rules, for <see cref="Become"/>; -1 when the kernel refuses or has no such thing.</returns>
    public static int Rules(IEnumerable<(string Path, Access Rights)> allowed)
    {
        int version = Version;
        if (version < 1)
        {
            return -1;
        }

        RulesetAttributes attributes = new()
        {
            Files = FirstRights | (version >= 2 ? Refer : 0) | (version >= 3 ? Truncates : 0) | (version >= 5 ? DeviceControl : 0),
            Network = version >= 4 ? TcpBindAndConnect : 0,
            Scope = version >= 6 ? AbstractSocketsAndSignals : 0,
        };
        nuint size = version >= 6 ? 24u : version >= 4 ? 16u : 8u;
        int ruleset = (int)syscall(SYS_landlock_create_ruleset, (nuint)(&attributes), size, 0, 0);
        if (ruleset < 0)
        {
            return -1;
        }

        foreach ((string path, Access rights) in allowed)
        {
            int place = open(path, O_PATH | O_CLOEXEC);
            if (place < 0)
            {
                continue;   // what does not exist needs no right
            }

            // A right that this kernel does not know of cannot be given.
            ulong given = (ulong)(Directory.Exists(path) ? rights : rights & ~Access.ReadFolder) & attributes.Files;
            Rule rule = new() { Rights = given, Place = place };
            _ = syscall(SYS_landlock_add_rule, (nuint)ruleset, PathBeneath, (nuint)(&rule), 0);
            _ = close(place);
        }

        return ruleset;
    }

    /// <summary>
    /// Makes this process one that ends with whoever started it, in a session of its own: a signal to the terminal or to the process
    /// group of the one that started it passes it by.
    /// </summary>
    public static void TieToParent()
    {
        _ = setsid();   // refused to one that leads a group already, as one started through setsid does
        _ = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    }

    /// <summary>
    /// Becomes another program under rules, limits and <see cref="SystemCallFilter"/>; returns only when that fails. A limit that is refused
    /// stays as it was.
    /// </summary>
    /// <param name="program">Its full path.</param>
    /// <param name="arguments">Its path once more, then its arguments.</param>
    /// <param name="environment">All of its variables, as <c>NAME=value</c>.</param>
    /// <param name="rules">From <see cref="Rules"/>; -1 for none.</param>
    /// <param name="limits">Set after the rules.</param>
    /// <returns>The error number.</returns>
    public static int Become(
        string program, List<string> arguments, List<string> environment, int rules,
        ReadOnlySpan<(Limit What, ulong Most)> limits)
    {
        void* filter = SystemCallFilter.Prepare();

        // .NET ignores this signal, and what is ignored stays so in the program we become.
        _ = signal(SIGPIPE, 0);
        byte** list = ListOf(arguments);
        byte** variables = ListOf(environment);

        // Under these limits .NET can neither load nor compile anything any more, so every call is made once before they hold.
        int count = limits.Length;
        int* whats = stackalloc int[count];
        ulong* pairs = stackalloc ulong[2 * count];
        for (int i = 0; i < count; i++)
        {
            whats[i] = (int)limits[i].What;
            pairs[2 * i] = pairs[(2 * i) + 1] = limits[i].Most;
        }

        byte nothing = 0;
        _ = setrlimit(-1, pairs);
        _ = execve(&nothing, list, variables);
        SystemCallFilter.Install(null);
        DropRights();
        byte* path = (byte*)Marshal.StringToCoTaskMemUTF8(program);
        if (rules >= 0)
        {
            _ = syscall(SYS_landlock_restrict_self, (nuint)rules, 0, 0, 0);
        }

        for (int i = 0; i < count; i++)
        {
            _ = setrlimit(whats[i], pairs + (2 * i));
        }

        SystemCallFilter.Install(filter);
        _ = execve(path, list, variables);
        return Marshal.GetLastPInvokeError();
    }

    /// <summary>
    /// Gives up what root may do beyond reading the files of others: without new privileges the program we become cannot gain it
    /// again. Of a user without such rights nothing is taken.
    /// </summary>
    private static void DropRights()
    {
        uint* head = stackalloc uint[2];
        uint* sets = stackalloc uint[6];
        (head[0], head[1]) = (CapabilityVersion, 0);
        nint get = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 125 : 90;
        if (syscall(get, (nuint)head, (nuint)sets, 0, 0) != 0)
        {
            return;
        }

        // Low half, then high half, each: effective, permitted, inheritable.
        (sets[0], sets[1], sets[2]) = (sets[0] & ReadingOthersFiles, sets[1] & ReadingOthersFiles, 0);
        (sets[3], sets[4], sets[5]) = (0, 0, 0);
        _ = syscall(get + 1, (nuint)head, (nuint)sets, 0, 0);
    }

    // For the one call after which nothing of this program is left: never given back.
    private static byte** ListOf(List<string> texts)
    {
        byte** list = (byte**)NativeMemory.AllocZeroed((nuint)(texts.Count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            list[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return list;
    }

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint syscall(nint number, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setrlimit(int what, ulong* limits);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int execve(byte* program, byte** arguments, byte** environment);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setsid();

    [StructLayout(LayoutKind.Sequential)]
    private struct RulesetAttributes
    {
        public ulong Files;
        public ulong Network;
        public ulong Scope;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Rule
    {
        public ulong Rights;
        public int Place;
    }
}
