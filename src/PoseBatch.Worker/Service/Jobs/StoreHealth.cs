using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Whether the job store answers the workers, and what it last said if not. Says so in the log when it changes, and again every
/// few minutes instead of at every try. Thread-safe.
/// </summary>
/// <param name="logger">Receives it.</param>
/// <param name="clock">Tells when it is time to say it again.</param>
internal sealed class StoreHealth(ILogger logger, TimeProvider clock)
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    // Whoever needs the store asks it more often than that; when nobody does, nothing is known of it.
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private string? _problem;
    private long _said;
    private long _failed;

    /// <summary>What was wrong a moment ago; null when nothing was.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                return clock.GetElapsedTime(_failed) < Recent ? _problem : null;
            }
        }
    }

    /// <summary>A change of the store failed.</summary>
    public void Away(JobStoreUnavailableException away)
    {
        lock (_gate)
        {
            _failed = clock.GetTimestamp();
            if (_problem == away.Message && clock.GetElapsedTime(_said) < Again)
            {
                return;
            }

            (_problem, _said) = (away.Message, _failed);
        }

        JobLog.StoreAway(logger, away.Message);
    }

    /// <summary>A change of the store succeeded. That it can be read says nothing: its disk may be full.</summary>
    public void ReportSuccess()
    {
        lock (_gate)
        {
            if (_problem is null)
            {
                return;
            }

            _problem = null;
        }

        JobLog.StoreBack(logger);
    }
}
