using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service;

/// <summary>
/// Bounds the end of the service: whatever hangs when it was asked to stop (a disk, a driver, a store that is locked), the process is
/// gone when the time is over. Before jobs can be held nothing is to be handed over and that is soon; afterwards it is the time of the
/// drain and what handing over and tidying up may take. Thread-safe.
/// </summary>
internal sealed class StopDeadline : IDisposable
{
    /// <summary>What an end may take before any job can be held.</summary>
    public static readonly TimeSpan WhileStarting = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What it may take after the drain: 10 s for a call that cannot be interrupted, 5 s for a store that is locked, and as much again
    /// for libraries and children.
    /// </summary>
    public static readonly TimeSpan Tidying = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly Action<TimeSpan> _overdue;
    private readonly Action<int> _end;
    private readonly CancellationTokenRegistration _registration;
    private TimeSpan _limit = WhileStarting;
    private int _exitCode = ExitCode.Done;
    private ITimer? _timer;
    private long _asked;
    private bool _isOver;

    /// <param name="clock">The clock.</param>
    /// <param name="overdue">Says that the time it is given is over.</param>
    /// <param name="end">Ends the process with an exit code.</param>
    /// <param name="asked">Cancelled when the service is asked to stop.</param>
    public StopDeadline(TimeProvider clock, Action<TimeSpan> overdue, Action<int> end, CancellationToken asked)
    {
        (_clock, _overdue, _end) = (clock, overdue, end);
        _registration = asked.Register(Begin);
    }

    /// <summary>Jobs may be held from now on: they have the time of the drain, and if that is not enough the end is no clean one.</summary>
    public void JobsBegin(TimeSpan drain)
    {
        lock (_gate)
        {
            (_limit, _exitCode) = (drain + Tidying, ExitCode.Cancelled);
            if (_timer is not null)
            {
                TimeSpan left = _limit - _clock.GetElapsedTime(_asked);
                _timer.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>No job is held any more: what is left has nothing to lose.</summary>
    public void JobsEnded()
    {
        lock (_gate)
        {
            _exitCode = ExitCode.Done;
        }
    }

    /// <summary>What the process would say if it ended now: 0 as long as no job is held.</summary>
    public int ExitCodeNow
    {
        get
        {
            lock (_gate)
            {
                return _exitCode;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _asked = _clock.GetTimestamp();
            _timer = _clock.CreateTimer(_ => Overdue(), null, _limit, Timeout.InfiniteTimeSpan);
        }
    }

    private void Overdue()
    {
        int exitCode;
        TimeSpan limit;
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            (exitCode, limit) = (_exitCode, _limit);
        }

        // A log that hangs as well must not hold up the end.
        Task.Run(() => _overdue(limit)).Wait(TimeSpan.FromSeconds(1));
        _end(exitCode);
    }
}
