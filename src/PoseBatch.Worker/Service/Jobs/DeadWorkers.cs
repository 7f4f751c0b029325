using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Workers of this machine that do not live any more: their jobs need not wait for their leases to end.</summary>
/// <param name="store">The jobs.</param>
/// <param name="isKnownDead">Of a worker's name (<see cref="WorkerName.IsKnownDead"/>).</param>
/// <param name="logger">Receives the workers that are gone.</param>
internal sealed class DeadWorkers(WatchedStore store, Func<string, bool> isKnownDead, ILogger logger)
{
    /// <summary>Ends their leases.</summary>
    public async Task FreeTheirJobsAsync(CancellationToken stopping)
    {
        try
        {
            foreach (string name in await store.Jobs.WorkersAsync(stopping))
            {
                if (isKnownDead(name) && await store.Jobs.ExpireLeasesAsync(name, stopping) is > 0 and int count)
                {
                    JobLog.WorkerGone(logger, name, count);
                }
            }
        }
        catch (JobStoreUnavailableException away)
        {
            store.Health.Away(away);
        }
    }
}
