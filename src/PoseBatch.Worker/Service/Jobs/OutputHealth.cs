namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Whether results can be written. Nobody doubts it until an attempt fails for want of it; from then on it is tried, and no job is
/// begun until it can: each would decode and compute, and end the same way. Says so in the log when it changes. Thread-safe.
/// </summary>
/// <param name="check">Tries it.</param>
/// <param name="logger">Receives the changes.</param>
/// <param name="clock">Tells when to try again.</param>
internal sealed class OutputHealth(OutputHealthCheck check, ILogger logger, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private bool _isDoubtful;
    private volatile UnavailablePart? _away;
    private long _tried;

    /// <summary>
    /// What was in the way when it was last tried; null as long as nobody doubts it. Answers at once, also while a trial hangs on a
    /// network disk.
    /// </summary>
    public UnavailablePart? Problem => _away;

    /// <summary>An attempt could not write.</summary>
    public void ReportFailure()
    {
        lock (_gate)
        {
            _isDoubtful = true;
        }
    }

    /// <summary>Whether a job may be begun, as far as its result is concerned.</summary>
    public bool CanWrite()
    {
        lock (_gate)
        {
            if (!_isDoubtful)
            {
                return true;
            }

            if (_away is not null && clock.GetElapsedTime(_tried) < Pause)
            {
                return false;
            }

            _tried = clock.GetTimestamp();
            if (check.Try() is { } found)
            {
                if (_away is null)
                {
                    JobLog.OutputAway(logger, found.Message, found.Advice);
                }

                _away = found;
                return false;
            }

            if (_away is not null)
            {
                JobLog.OutputBack(logger);
            }

            (_isDoubtful, _away) = (false, null);
            return true;
        }
    }
}
