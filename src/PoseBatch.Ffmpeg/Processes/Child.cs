using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using PoseBatch.Ffmpeg.Interop;

namespace PoseBatch.Ffmpeg.Processes;

/// <summary>One ffmpeg or ffprobe: started without a shell, its two outputs as bare pipes, gone for certain after Dispose.</summary>
internal sealed class Child : IAsyncDisposable
{
    // A killed process vanishes within milliseconds unless the kernel holds it (a dead network disk); then waiting is idle.
    private static readonly TimeSpan ReapLimit = TimeSpan.FromSeconds(5);

    // Decoders that start, or run ahead, must not take the cores from the network they feed. With eight short videos at once on two
    // cores that brought some three hundredths of the speed of one long video.
    private const int StepsBehind = 10;

    // Of fork, when there is no process or no memory left.
    private const int EAGAIN = 11;
    private const int ENOMEM = 12;

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
    /// <param name="isBehind">Whether it stands behind this program where both want a core.</param>
    /// <exception cref="PoseBatchException">The program could not be started (no memory, no process left).</exception>
    public static Child Start(string executable, IEnumerable<string> arguments, IReadOnlyList<string>? launcher = null, bool isBehind = true)
    {
        string program = executable;
        if (launcher is { Count: > 0 })
        {
            // The launcher replaces itself by the program, too.
            (executable, arguments) = (launcher[0], [.. launcher.Skip(1), executable, .. arguments]);
        }

        try
        {
            if (ChildTies.Words(Describe) is { Count: > 0 } ties)
            {
                (executable, arguments) = (ties[0], [.. ties.Skip(1), executable, .. arguments]);
            }

            Process process = ChildStarter.Start(Describe(executable, arguments));
            if (isBehind)
            {
                Libc.TryPutBehind(process.Id, StepsBehind);
            }

            return new(process);
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            throw new PoseBatchException(
                failure is Win32Exception { NativeErrorCode: EAGAIN or ENOMEM } ? ReasonCode.OutOfMemory : ReasonCode.Internal,
                $"{program} could not be started: {failure.Message}.",
                "See whether memory, processes or open files of this machine or container have run out.",
                failure)
            {
                IsChildLost = true,
            };
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

        info.Environment.Clear();
        foreach ((string name, string value) in ChildEnvironment.Variables().Concat(ChildEnvironment.ForLauncher()))
        {
            info.Environment[name] = value;
        }

        return info;
    }

    private static Microsoft.Win32.SafeHandles.SafePipeHandle HandleOf(StreamReader reader) =>
        ((PipeStream)reader.BaseStream).SafePipeHandle;
}
