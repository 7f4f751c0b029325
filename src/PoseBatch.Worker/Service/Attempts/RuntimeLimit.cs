namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Whose limit an attempt has passed.</summary>
internal enum RuntimeVerdict
{
    /// <summary>None: it may go on.</summary>
    Within,

    /// <summary>That of the job itself, <c>limits.max_runtime_s</c>.</summary>
    JobLimit,

    /// <summary>That of the service, <c>Jobs:MaxRuntimeSeconds</c>.</summary>
    ServiceLimit,
}

/// <summary>How long an attempt may take; counts from when it is made.</summary>
/// <param name="jobSeconds">By the job; null for no limit.</param>
/// <param name="serviceSeconds">By the service; 0 for no limit. A job cannot ask for more.</param>
/// <param name="clock">The clock.</param>
internal sealed class RuntimeLimit(double? jobSeconds, double serviceSeconds, TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();

    /// <summary>How it stands now; of two limits that are passed, the smaller one was passed first.</summary>
    public RuntimeVerdict Verdict
    {
        get
        {
            double elapsed = clock.GetElapsedTime(_began).TotalSeconds;
            double job = jobSeconds ?? double.PositiveInfinity;
            double service = serviceSeconds > 0 ? serviceSeconds : double.PositiveInfinity;
            return elapsed <= Math.Min(job, service) ? RuntimeVerdict.Within : job < service ? RuntimeVerdict.JobLimit : RuntimeVerdict.ServiceLimit;
        }
    }
}
