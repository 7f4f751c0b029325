namespace PoseBatch.Ffmpeg.Processes;

/// <summary>The ways in which a child can end. A child that was silent for too long is <c>stalled</c> and gets no further than that.</summary>
internal enum ChildEndKind
{
    /// <summary>It decided itself, well or badly: the only end that says something about the file.</summary>
    ByItself,

    /// <summary>A signal ended it, whoever sent it: the system without memory, a supervisor, a crash of its own.</summary>
    BySignal,

    /// <summary>It ran, and was refused memory or threads.</summary>
    WithoutMemory,

    /// <summary>It never ran: a library could not be loaded, or the launcher gave up.</summary>
    NotRun,
}

/// <summary>
/// Judges how a child ended, from its exit code and what it said. The one place where that is decided, for probes, packet lists,
/// decoders, questions for the version and pictures.
/// </summary>
/// <param name="Kind">Which way.</param>
/// <param name="ExitCode">As the system tells it: 128 + signal when a signal ended it.</param>
/// <param name="Signal">The signal's number; 0 when there was none or its number is not known.</param>
/// <param name="Said">The line that gives it away; null when none does.</param>
internal readonly record struct ChildEnd(ChildEndKind Kind, int ExitCode, int Signal, string? Said)
{
    // The program was found and could not be run, or was not found: shells, setpriv, our own launcher and the loader agree in these.
    private const int CannotRun = 126;
    private const int CannotLoad = 127;

    // Codes above this one are "128 + signal" up to the last signal that is not a real-time one. Beyond lie the lowest bytes of
    // ffmpeg's own error numbers (newer versions end with these), which are not signals.
    private const int SignalBase = 128;
    private const int LastSignal = 31;

    // ffmpeg that is asked to end by a signal finishes its output and ends with the first of these; asked more than three times, with
    // the second.
    private const int AskedToEnd = 255;
    private const int AskedTooOften = 123;

    // -ENOMEM in the lowest byte, with which newer versions end.
    private const int NoMemory = 244;

    private const int SIGHUP = 1;
    private const int SIGINT = 2;
    private const int SIGQUIT = 3;
    private const int SIGKILL = 9;
    private const int SIGTERM = 15;

    // What the loader of glibc and of musl, ffmpeg and the C++ library say when memory, address space or threads are refused. The
    // words for "try again" are those of a thread that cannot be created.
    private static readonly string[] WantOfMemory =
    [
        "Cannot allocate memory", "cannot allocate memory", "Out of memory", "failed to map segment", "cannot map zero-fill", "bad_alloc",
        "Resource temporarily unavailable", "thread_encoder_init failed", "pthread_create",
    ];

    // What shells say that stand in ffmpeg's place and are not allowed another process.
    private static readonly string[] ForkRefused = ["Cannot fork", "fork: Operation not permitted"];

    /// <summary>Whether it ended by itself; every other end is a <see cref="Failure"/>.</summary>
    public bool IsByItself => Kind == ChildEndKind.ByItself;

    /// <summary>Judges an end.</summary>
    /// <param name="exitCode">128 + signal when a signal ended it.</param>
    /// <param name="errors">What it said on standard error, without names of files, as these may read like anything.</param>
    public static ChildEnd Judge(int exitCode, string errors)
    {
        if (exitCode == 0)
        {
            return new(ChildEndKind.ByItself, exitCode, 0, null);
        }

        if (exitCode is AskedToEnd or AskedTooOften)
        {
            return new(ChildEndKind.BySignal, exitCode, 0, null);
        }

        if (exitCode is > SignalBase and <= SignalBase + LastSignal)
        {
            return new(ChildEndKind.BySignal, exitCode, exitCode - SignalBase, null);
        }

        if (LineWith(errors, ForkRefused) is { } fork)
        {
            return new(ChildEndKind.NotRun, exitCode, 0, fork);
        }

        string? refused = LineWith(errors, WantOfMemory);
        if (exitCode is CannotRun or CannotLoad)
        {
            return new(refused is null ? ChildEndKind.NotRun : ChildEndKind.WithoutMemory, exitCode, 0, refused ?? LastLine(errors));
        }

        return refused is not null || exitCode == NoMemory
            ? new(ChildEndKind.WithoutMemory, exitCode, 0, refused ?? LastLine(errors))
            : new(ChildEndKind.ByItself, exitCode, 0, null);
    }

    /// <summary>What an end that says nothing about the file becomes; null for a child that ended by itself.</summary>
    /// <param name="program">Its name, for example <c>ffprobe</c>.</param>
    /// <param name="doing">What it was about, for example <c>while it described 'a.mp4'</c>.</param>
    public PoseBatchException? Failure(string program, string doing) => Kind switch
    {
        ChildEndKind.BySignal when Signal == SIGKILL => Lost(
            ReasonCode.OutOfMemory,
            $"{program} was killed from outside (signal {Signal}) {doing}. The system does that when memory runs out.",
            "Look into the system's log (dmesg, journalctl -k). Use fewer Jobs:Parallel or decoder threads (Decode:Threads), or give the machine more memory."),
        ChildEndKind.BySignal when Signal is 0 or SIGHUP or SIGINT or SIGQUIT or SIGTERM => Lost(
            ReasonCode.OutOfMemory,
            $"{program} was ended from outside ({(Signal == 0 ? $"asked by a signal, exit code {ExitCode}" : $"signal {Signal}")}) {doing}.",
            "Somebody, or a supervisor that watches memory, ended it; look into the system's log (journalctl). The video is not to blame."),
        ChildEndKind.BySignal => Lost(
            ReasonCode.OutOfMemory,
            $"{program} was ended by signal {Signal}{NameOf(Signal)} {doing}: it was ended from outside, ran out of memory, or crashed.",
            "If every attempt ends so at the same place, this file crashes the decoder: install a newer ffmpeg, or convert the video elsewhere. If not, look into the system's log (dmesg, journalctl -k)."),
        ChildEndKind.WithoutMemory => Lost(
            ReasonCode.OutOfMemory,
            $"{program} found too little memory {doing} (exit code {ExitCode}): {Said ?? "it said nothing"}.",
            "Use fewer Jobs:Parallel or decoder threads (Decode:Threads), raise a limit such as ulimit -v or that of the container, or give the machine more memory."),
        ChildEndKind.NotRun => Lost(
            ReasonCode.Internal,
            $"{program} could not be run {doing} (exit code {ExitCode}): {Said ?? "it said nothing"}.",
            $"Try '{program} -version' by hand; a library it needs may be missing or out of reach. A script in its place must exec the program: confined, it gets no other process."),
        _ => null,
    };

    /// <summary>Passes only when the child ended by itself.</summary>
    /// <inheritdoc cref="Failure"/>
    /// <exception cref="PoseBatchException">It did not.</exception>
    public void EnsureByItself(string program, string doing)
    {
        if (Failure(program, doing) is { } lost)
        {
            throw lost;
        }
    }

    private static PoseBatchException Lost(ReasonCode reason, string message, string advice) => new(reason, message, advice) { IsChildLost = true };

    // Titles of the file are printed at level info, so no line of that level counts.
    private static string? LineWith(string errors, string[] phrases) => Lines(errors).FirstOrDefault(line =>
        !line.Contains("[info]", StringComparison.Ordinal)
        && Array.Exists(phrases, words => line.Contains(words, StringComparison.Ordinal)));

    private static string? LastLine(string errors) => Lines(errors).LastOrDefault();

    private static string[] Lines(string errors) =>
        errors.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string NameOf(int signal) => signal switch
    {
        4 => " (SIGILL)",
        5 => " (SIGTRAP)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        11 => " (SIGSEGV)",
        13 => " (SIGPIPE)",
        24 => " (SIGXCPU)",
        25 => " (SIGXFSZ)",
        31 => " (SIGSYS)",
        _ => string.Empty,
    };
}
