namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// When to look again. What a look costs sets the pace: an inbox with very many files is walked less often than the settings
/// ask, so that waiting for work takes no noticeable part of a core. Pure but for the clock.
/// </summary>
internal sealed class AdaptivePolling(TimeSpan interval, TimeProvider clock)
{
    // Shares of one core: a walk over the names, one that looks at every file, the looks at files that are waited for. At rest the
    // first two stay below 0.4 %, so that with all that a service does at rest it is below one.
    private const double WalkShare = 1.0 / 400;
    private const double ThoroughShare = 1.0 / 800;
    private const double LookShare = 1.0 / 20;
    private const double WokenShare = 1.0 / 20;

    // However slow the file system is, nothing waits longer than so many intervals.
    private const int MostIntervals = 12;
    private const int MostThoroughIntervals = 60;

    private static readonly TimeSpan ShortestWake = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private (long At, TimeSpan Cost)? _walk;
    private (long At, TimeSpan Cost)? _thorough;
    private (long At, TimeSpan Cost)? _look;

    /// <summary>A walk over the names is due.</summary>
    /// <param name="isWoken">Something is said to have happened.</param>
    public bool IsWalkDue(bool isWoken) => UntilWalk(isWoken) <= TimeSpan.Zero;

    /// <summary>A look at the files that are waited for is due.</summary>
    public bool IsLookDue => UntilLook <= TimeSpan.Zero;

    /// <summary>The walk that is due is one that looks at every file.</summary>
    public bool IsThoroughDue => Until(_thorough, interval, ThoroughShare, MostThoroughIntervals) <= TimeSpan.Zero;

    /// <summary>How long to do nothing.</summary>
    /// <param name="isWoken">Something is said to have happened.</param>
    /// <param name="isWaiting">There are files that are waited for.</param>
    public TimeSpan UntilNext(bool isWoken, bool isWaiting)
    {
        TimeSpan wait = UntilWalk(isWoken);
        if (isWaiting)
        {
            TimeSpan look = UntilLook;
            wait = look < wait ? look : wait;
        }

        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>Notes a walk that has just ended.</summary>
    public void Walked(TimeSpan cost, bool isThorough)
    {
        long now = clock.GetTimestamp();
        if (isThorough)
        {
            _thorough = (now, cost);
            _walk = (now, _walk?.Cost ?? TimeSpan.Zero);   // a walk over the names costs less; its own figure is kept
        }
        else
        {
            _walk = (now, cost);
        }
    }

    /// <summary>Notes a look at the waiting files that has just ended.</summary>
    public void Looked(TimeSpan cost) => _look = (clock.GetTimestamp(), cost);

    private TimeSpan UntilLook => Until(_look, interval < LookInterval ? interval : LookInterval, LookShare, MostIntervals);

    private TimeSpan UntilWalk(bool isWoken) => isWoken
        ? Until(_walk, ShortestWake, WokenShare, MostIntervals)
        : Until(_walk, interval, WalkShare, MostIntervals);

    private TimeSpan Until((long At, TimeSpan Cost)? last, TimeSpan least, double share, int mostIntervals)
    {
        if (last is not { } known)
        {
            return TimeSpan.Zero;
        }

        TimeSpan paid = known.Cost / share;
        TimeSpan most = interval * mostIntervals;
        TimeSpan pause = paid > most ? most : paid;
        return (pause > least ? pause : least) - clock.GetElapsedTime(known.At);
    }
}
