namespace PoseBatch.Jobs;

/// <summary>
/// How long a job waits before it is tried again: doubled with every attempt, at most an hour, and spread by half so that many jobs
/// do not come back at once.
/// </summary>
public static class RetryWait
{
    private const double MostSeconds = 3600;
    private const double Spread = 0.5;

    /// <summary>
    /// No wait is longer. A job that is to wait for longer, as the clock shows it, was given its time by a clock that has been set back
    /// since; nobody knows how much of it is left, so a store takes it for due.
    /// </summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(MostSeconds * (1 + (Spread / 2)));

    /// <summary>The wait after an attempt.</summary>
    /// <param name="attempt">Which has ended, from 1.</param>
    /// <param name="firstSeconds">The wait after the first, 0 or more.</param>
    /// <param name="chance">0 to 1: where in the spread.</param>
    public static TimeSpan After(int attempt, double firstSeconds, double chance)
    {
        double seconds = Math.Min(MostSeconds, firstSeconds * Math.Pow(2, Math.Min(attempt - 1, 20)));
        return TimeSpan.FromSeconds(seconds * (1 + (Spread * (chance - 0.5))));
    }
}
