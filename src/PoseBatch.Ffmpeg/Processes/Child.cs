using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Jobs;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>One ffmpeg or ffprobe: started without a shell, its two outputs as bare pipes, gone for certain after Dispose.</summary>
internal sealed class Child : IAsyncDisposable
{
    // A killed process vanishes within milliseconds unless the kernel holds it (a dead network disk); then waiting is idle.
    private static readonly TimeSpan ReapLimit = TimeSpan.FromSeconds(5);

    // Decoders that start, or run ahead, must not take the cores from the network they feed. With eight short videos at once on two
    // cores that brought some three hundredths of the speed of one long video.
    private const int StepsBehind = 10;

    private static readonly string[] TiedToUs = ["--pdeathsig", "KILL", "--no-new-privs", "--"];

    private static readonly Lazy<string?> Setpriv = new(FindSetpriv);

    private readonly Process _process;
    private readonly Lock _gate = new();
    private bool _disposed;

    private Child(Process process)
    {
        _process = process;
        Output = HandleOf(process.StandardOutput);
        Errors = HandleOf(process.StandardError);
        process.StandardInput.Close();
    }

    /// <summary>The child's standard output.</summary>
    public SafeHandle Output { get; }

    /// <summary>The child's standard error.</summary>
    public SafeHandle Errors { get; }

    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="executable">Its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="launcher">What stands before it to confine it; null or empty for nothing.</param>
    /// <exception cref="PoseBatchException">internal: the program could not be started (no memory, no process left).</exception>
    public static Child Start(string executable, IEnumerable<string> arguments, IReadOnlyList<string>? launcher = null)
    {
        if (launcher is { Count: > 0 })
        {
            // The launcher replaces itself by the program, too.
            (executable, arguments) = (launcher[0], [.. launcher.Skip(1), executable, .. arguments]);
        }

        // setpriv replaces itself by the program, so the process id stays the same. Should this process die without a
        // chance to clean up, the kernel kills the child; without setpriv it ends at its next write to the pipe.
        ProcessStartInfo info = Setpriv.Value is { } setpriv
            ? Describe(setpriv, [.. TiedToUs, executable, .. arguments])
            : Describe(executable, arguments);
        try
        {
            Process process = ChildStarter.Start(info);
            Libc.TryPutBehind(process.Id, StepsBehind);
            return new(process);
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            throw new PoseBatchException(
                ReasonCode.Internal,
                $"{executable} could not be started: {failure.Message}.",
                "See whether memory, processes or open files of this machine or container have run out.",
                failure);
        }
    }

    /// <summary>SIGKILL, which nothing can ignore (ffmpeg ignores SIGTERM while it waits for input). Any thread; twice is harmless.</summary>
    public void Kill()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _process.Kill();
            }
        }
    }

    /// <summary>The exit code (128 + signal when a signal ended it), or null when it still runs after the time given.</summary>
    public int? WaitForExit(int milliseconds) => _process.WaitForExit(milliseconds) ? _process.ExitCode : null;

    public async ValueTask DisposeAsync()
    {
        Kill();
        if (_disposed)
        {
            return;
        }

        using (CancellationTokenSource limit = new(ReapLimit))
        {
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // The kernel still holds it; it is killed and will go when it can.
            }
        }

        lock (_gate)
        {
            _disposed = true;
            Output.Dispose();
            Errors.Dispose();
            _process.Dispose();
        }
    }

    private static ProcessStartInfo Describe(string executable, IEnumerable<string> arguments)
    {
        ProcessStartInfo info = new(executable, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Settings of the user's shell that would change what is read back, or write files.
        info.Environment.Remove("FFREPORT");
        info.Environment.Remove("AV_LOG_FORCE_COLOR");
        info.Environment["AV_LOG_FORCE_NOCOLOR"] = "1";

        // The confined launcher is a .NET program that becomes another one: what the runtime lays into the temporary folder for
        // debuggers and tools would stay there, three files per child.
        info.Environment["DOTNET_EnableDiagnostics"] = "0";
        return info;
    }

    // The one of util-linux; that of busybox does not know the option, so it is tried once on a program that does nothing.
    private static string? FindSetpriv()
    {
        if (Executable.Find("setpriv") is not { } setpriv || Executable.Find("true") is not { } nothing)
        {
            return null;
        }

        using Process trial = ChildStarter.Start(Describe(setpriv, [.. TiedToUs, nothing]));
        trial.WaitForExit();
        return trial.ExitCode == 0 ? setpriv : null;
    }

    private static Microsoft.Win32.SafeHandles.SafePipeHandle HandleOf(StreamReader reader) =>
        ((PipeStream)reader.BaseStream).SafePipeHandle;
}
