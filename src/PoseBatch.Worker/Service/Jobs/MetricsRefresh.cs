using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Keeps the meters up to date that nobody counts up: jobs in the store, files in the inbox, time of inference.</summary>
/// <param name="metrics">The meters.</param>
/// <param name="engines">The loaded networks.</param>
/// <param name="store">The jobs.</param>
/// <param name="intake">The files that wait.</param>
/// <param name="clock">The clock.</param>
internal sealed class MetricsRefresh(ServiceMetrics metrics, EnginePool engines, IJobStore store, IIntakeView intake, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.WatchQueue(() => engines.Waiting);
        try
        {
            while (true)
            {
                metrics.InferredSoFar(engines.Inferring);
                await metrics.RefreshAsync(store, intake, stoppingToken);
                await Task.Delay(Period, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
