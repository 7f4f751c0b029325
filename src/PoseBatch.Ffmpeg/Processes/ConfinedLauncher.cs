using PoseBatch.Ffmpeg.Interop;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>
/// Runs ffmpeg with as few rights as decoding needs, because videos come from anywhere and decoders have had holes: it may read
/// the one video and the system's libraries, write nothing but its pipes, open no connection and no socket, start no process, signal
/// nobody, dump no core, and knows nothing of our environment. One that draws may write the one file, and read what it draws from.
/// The program itself is the launcher: it starts anew with <see cref="Verb"/>, gives its rights up and becomes ffmpeg.
/// </summary>
public static class ConfinedLauncher
{
    /// <summary>First word of the command line by which this program becomes its own launcher.</summary>
    public const string Verb = "__confine";

    private const string EndOfOptions = "--";

    // Before the path of the file that may be written, which is always a full one.
    private const char Written = '>';
    private const int CannotRun = 126;
    private const ulong MostOpenFiles = 256;
    private const ulong AnySize = ulong.MaxValue;

    // Eight pictures of 8192x8192 in flight with all their planes fit twice; what asks for more is not decoding. As no child may
    // start another process, this bounds all of it.
    private const ulong MostMemory = 8ul << 30;

    private const Landlock.Access Library = Landlock.Access.ReadFile | Landlock.Access.ReadFolder | Landlock.Access.Execute;
    private const Landlock.Access Look = Landlock.Access.ReadFile | Landlock.Access.ReadFolder;

    // The drawing library asks fontconfig, which asks these.
    private static readonly string[] Fonts = ["/etc/fonts", "/var/cache/fontconfig", "/var/lib/fontconfig"];

    /// <summary>True where the kernel can take the file system and the network away (Linux 5.13 or later, Landlock enabled).</summary>
    public static bool CanRestrictFiles => Landlock.Version > 0;

    /// <summary>True where the kernel can refuse system calls (seccomp; x86-64 and arm64): sockets, processes, changes of rights and times.</summary>
    public static bool CanRestrictCalls => SystemCallFilter.IsAvailable;

    /// <summary>What stands before ffmpeg's own command line; empty where a program cannot be its own launcher.</summary>
    /// <param name="program">The running program, and what it was started through: <c>posebatch</c>, or <c>dotnet posebatch.dll</c>.</param>
    public static IReadOnlyList<string> CommandOf(IReadOnlyList<string> program) =>
        OperatingSystem.IsLinux() ? [.. program, Verb] : [];

    /// <summary>What stands before a program that reads one video and writes nothing; empty without a launcher.</summary>
    /// <param name="launcher">From <see cref="CommandOf"/>.</param>
    /// <param name="videoPath">The video; null for a program that needs none.</param>
    public static IReadOnlyList<string> ForReading(IReadOnlyList<string> launcher, string? videoPath)
    {
        ArgumentNullException.ThrowIfNull(launcher);
        return launcher.Count == 0 ? [] : videoPath is null ? [.. launcher, EndOfOptions] : [.. launcher, Path.GetFullPath(videoPath), EndOfOptions];
    }

    /// <summary>What stands before a program that draws: it reads these and the fonts, and writes one file, which must exist.</summary>
    internal static IReadOnlyList<string> ForDrawing(IReadOnlyList<string> launcher, IEnumerable<string> reads, string writes) =>
        launcher.Count == 0 ? [] : [.. launcher, .. reads.Select(Path.GetFullPath), Written + Path.GetFullPath(writes), EndOfOptions];

    /// <summary>Gives up rights and becomes the program named behind <c>--</c>; returns only when that fails.</summary>
    /// <param name="words">All words of the command line, <see cref="Verb"/> first.</param>
    /// <returns>An exit code.</returns>
    public static int Become(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        List<string> reads = [], writes = [], command = [];
        int at = 1;
        for (; at < words.Count && words[at] != EndOfOptions; at++)
        {
            if (words[at].StartsWith(Written))
            {
                writes.Add(words[at][1..]);
            }
            else
            {
                reads.Add(words[at]);
            }
        }

        for (at++; at < words.Count; at++)
        {
            command.Add(words[at]);
        }

        if (command.Count == 0 || Executable.Find(command[0]) is not { } program)
        {
            Console.Error.WriteLine($"{Verb} is how PoseBatch runs ffmpeg; it is nothing to be called by hand.");
            return CannotRun;
        }

        Landlock.TieToParent();
        Landlock.TryForbidNewPrivileges();
        command[0] = program;
        int error = Landlock.Become(
            program,
            command,
            ChildEnvironment.Lines(),
            Landlock.Rules(Allowed(program, reads, writes)),
            [
                (Landlock.Limit.CoreSize, 0), (Landlock.Limit.FileSize, writes.Count > 0 ? AnySize : 0),
                (Landlock.Limit.OpenFiles, MostOpenFiles), (Landlock.Limit.Memory, MostMemory),
            ]);
        Console.Error.WriteLine($"{program} could not be run: error {error}.");
        return CannotRun;
    }

    private static IEnumerable<(string Path, Landlock.Access Rights)> Allowed(string program, List<string> reads, List<string> writes)
    {
        foreach (string folder in new[] { "/usr", "/lib", "/lib64", "/lib32", "/bin", "/opt", "/nix/store" })
        {
            yield return (folder, Library);
        }

        // A program of its own place has its libraries beside it.
        string real = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        string place = Path.GetDirectoryName(real)!;
        yield return (place, Library);
        if (Path.GetDirectoryName(place) is { Length: > 1 } prefix && Directory.Exists(Path.Combine(prefix, "lib")))
        {
            yield return (Path.Combine(prefix, "lib"), Library);
        }

        foreach (string folder in (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return (folder, Library);
        }

        foreach (string file in new[] { "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ssl", "/dev/urandom", "/dev/zero", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system" })
        {
            yield return (file, Look);
        }

        yield return ("/dev/null", Landlock.Access.ReadFile | Landlock.Access.WriteFile);
        foreach (string path in reads)
        {
            yield return (path, Look);
        }

        foreach (string path in writes.Count > 0 ? Fonts : [])
        {
            yield return (path, Look);
        }

        foreach (string path in writes)
        {
            yield return (path, Landlock.Access.ReadFile | Landlock.Access.WriteFile | Landlock.Access.Truncate);
        }
    }
}
