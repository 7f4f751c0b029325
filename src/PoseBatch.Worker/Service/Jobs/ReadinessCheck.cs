using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Says whether jobs of the default kind could be run now: the model is there, and the provider that is asked for can be had.
/// Loading is tried once at the start and again while something is missing, at most every half minute.
/// </summary>
/// <param name="engines">The loaded networks: the trial leaves that of the settings warm for the first job.</param>
/// <param name="settings">All settings.</param>
/// <param name="stop">Nobody waits for a trial any more.</param>
internal sealed class ReadinessCheck(EnginePool engines, Settings settings, CancellationToken stop)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private Task<Readiness>? _trial;
    private long _tried;

    /// <summary>Whether what runs is a GPU; false until it is known.</summary>
    public bool HasGpu { get; private set; }

    /// <summary>The last finding; starts a new trial when it is time for one. Answers at once.</summary>
    public Readiness Look()
    {
        lock (_gate)
        {
            bool isStale = _trial is { IsCompletedSuccessfully: true } && _trial.Result.Missing.Count > 0
                && TimeProvider.System.GetElapsedTime(_tried) > Again;
            if (_trial is null || isStale)
            {
                _tried = TimeProvider.System.GetTimestamp();
                _trial = Task.Run(Try);
            }

            return _trial.IsCompletedSuccessfully
                ? _trial.Result
                : new([new UnavailablePart("model", ReasonCode.ModelMissing, "The model is still being loaded.", "Ask again in a few seconds.")]);
        }
    }

    private async Task<Readiness> Try()
    {
        try
        {
            await using EnginePool.EngineLease rental = await engines.RentAsync(EngineKey.Of(settings), stop);
            HasGpu = rental.Host.Engine.Estimator.Provider.Name != "cpu";
            return Readiness.Complete;
        }
        catch (PoseBatchException missing)
        {
            ServiceLog.NotReady(Logging.Logger, missing.Message, missing.Advice);
            return new([new UnavailablePart(missing.Reason == ReasonCode.ProviderUnavailable ? "provider" : "model", missing.Reason, missing.Message, missing.Advice)]);
        }
    }
}
