using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Confinement;

/// <summary>
/// Runs ffmpeg with as few rights as decoding needs, because videos come from anywhere and decoders have had holes: it may read
/// the one video and the system's libraries, write nothing but its pipes, open no connection, signal nobody, dump no core.
/// The program itself is the launcher: it starts anew with <see cref="Verb"/>, gives its rights up and becomes ffmpeg.
/// </summary>
public static class ConfinedLauncher
{
    /// <summary>First word of the command line by which this program becomes its own launcher.</summary>
    public const string Verb = "__confine";

    private const string EndOfOptions = "--";
    private const int CannotRun = 126;
    private const ulong MostOpenFiles = 256;

    // Eight pictures of 8192x8192 in flight with all their planes fit twice; what asks for more is not decoding.
    private const ulong MostMemory = 8ul << 30;

    private const Landlock.Access Library = Landlock.Access.ReadFile | Landlock.Access.ReadFolder | Landlock.Access.Execute;
    private const Landlock.Access Look = Landlock.Access.ReadFile | Landlock.Access.ReadFolder;

    /// <summary>True where the kernel can take the file system and the network away (Linux 5.13 or later, Landlock enabled).</summary>
    public static bool CanRestrictFiles => Landlock.Version > 0;

    /// <summary>What stands before ffmpeg's own command line; empty where a program cannot be its own launcher.</summary>
    /// <param name="program">The running program, and what it was started through: <c>posebatch</c>, or <c>dotnet posebatch.dll</c>.</param>
    public static IReadOnlyList<string> CommandOf(IReadOnlyList<string> program) =>
        OperatingSystem.IsLinux() ? [.. program, Verb] : [];

    /// <summary>The words between the launcher and ffmpeg: the video it may read.</summary>
    internal static IEnumerable<string> Words(string? videoPath) => videoPath is null ? [EndOfOptions] : [Path.GetFullPath(videoPath), EndOfOptions];

    /// <summary>Gives up rights and becomes the program named behind <c>--</c>; returns only when that fails.</summary>
    /// <param name="words">All words of the command line, <see cref="Verb"/> first.</param>
    /// <returns>An exit code.</returns>
    public static int Become(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int end = words.Count > 1 && words[1] == EndOfOptions ? 1 : 2;
        if (words.Count < end + 2 || words[end] != EndOfOptions || Executable.Find(words[end + 1]) is not { } program)
        {
            Console.Error.WriteLine($"{Verb} is how PoseBatch runs ffmpeg; it is nothing to be called by hand.");
            return CannotRun;
        }

        Landlock.TryForbidNewPrivileges();
        int error = Landlock.Become(
            program,
            [.. words.Skip(end + 2)],
            Landlock.Rules(Allowed(program, end == 2 ? words[1] : null)),
            [
                (Landlock.Limit.CoreSize, 0), (Landlock.Limit.FileSize, 0), (Landlock.Limit.OpenFiles, MostOpenFiles),
                (Landlock.Limit.Memory, MostMemory),
            ]);
        Console.Error.WriteLine($"{program} could not be run: error {error}.");
        return CannotRun;
    }

    private static IEnumerable<(string Path, Landlock.Access Rights)> Allowed(string program, string? video)
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
        if (video is not null)
        {
            yield return (video, Landlock.Access.ReadFile);
        }
    }
}
