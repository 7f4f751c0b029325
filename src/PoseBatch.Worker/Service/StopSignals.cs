using System.Runtime.InteropServices;

namespace PoseBatch.Worker.Service;

/// <summary>
/// The signals that ask the service to stop: SIGTERM, SIGINT, SIGHUP and SIGQUIT, whichever comes. The first asks it to stop, the
/// second not to wait for the ends of segments, the third ends the process on the spot. Thread-safe.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // What a shell shows of a process that a signal ended.
    private const int SignalExit = 128;

    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _atOnce = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<int> _end;
    private int _count;

    /// <param name="end">Ends the process with an exit code and does not return.</param>
    internal StopSignals(Action<int> end)
    {
        _end = end;
        (Asked, AtOnce) = (_asked.Token, _atOnce.Token);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Asked { get; }

    /// <summary>Cancelled by the second.</summary>
    public CancellationToken AtOnce { get; }

    /// <summary>Listens from now on. A signal that was ignored when the process began (nohup) stays ignored.</summary>
    public static StopSignals Listen()
    {
        StopSignals signals = new(ProcessEnd.Now);
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            signals._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                signals.Receive(context.Signal);
            }));
        }

        return signals;
    }

    /// <summary>A signal has come.</summary>
    internal void Receive(PosixSignal signal)
    {
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                _asked.Cancel();
                break;
            case 2:
                _atOnce.Cancel();
                break;
            default:
                _end(SignalExit + NumberOf(signal));
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _asked.Dispose();
        _atOnce.Dispose();
    }

    private static int NumberOf(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        _ => 15,
    };
}
