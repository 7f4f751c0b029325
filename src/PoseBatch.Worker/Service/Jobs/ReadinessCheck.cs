namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Says whether jobs of the default kind could be run now: the model is there, and the provider that is asked for can be had.
/// Loading is tried once at the start and again while something is missing, at most every half minute. Thread-safe.
/// </summary>
/// <param name="engines">The loaded networks: the trial leaves that of the settings warm for the first job.</param>
/// <param name="usual">The kind of engine that a job gets which leaves everything to the settings, as things stand.</param>
/// <param name="logger">Receives what is missing.</param>
/// <param name="clock">Tells when to try again.</param>
/// <param name="stop">Nobody waits for a trial any more.</param>
internal sealed class ReadinessCheck(EnginePool engines, Func<EngineKey> usual, ILogger logger, TimeProvider clock, CancellationToken stop)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private Task<Readiness>? _trial;
    private long _tried;
    private volatile bool _hasGpu;

    /// <summary>Whether what runs is a GPU; false until it is known.</summary>
    public bool HasGpu => _hasGpu;

    /// <summary>The last finding; starts a new trial when it is time for one. Answers at once.</summary>
    public Readiness Look()
    {
        lock (_gate)
        {
            bool isStale = _trial is { IsCompletedSuccessfully: true } && _trial.Result.Missing.Count > 0
                && clock.GetElapsedTime(_tried) > Again;
            if (_trial is null || isStale)
            {
                _tried = clock.GetTimestamp();
                _trial = Task.Run(TryAsync);
            }

            return _trial.IsCompletedSuccessfully
                ? _trial.Result
                : new([new UnavailablePart("model", ReasonCode.ModelMissing, "The model is still being loaded.", "Ask again in a few seconds.")]);
        }
    }

    private async Task<Readiness> TryAsync()
    {
        try
        {
            await using EngineLease engine = await engines.RentAsync(usual(), stop);
            _hasGpu = engine.Loaded.Provider != "cpu";
            return Readiness.Complete;
        }
        catch (PoseBatchException missing)
        {
            JobLog.NotReady(logger, missing.Message, missing.Advice);
            return new([new UnavailablePart(missing.Reason == ReasonCode.ProviderUnavailable ? "provider" : "model", missing.Reason, missing.Message, missing.Advice)]);
        }
    }
}
