using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>The job store as workers see it.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Health">Is told by whoever changes a job whether the store answered.</param>
/// <param name="Clock">By which it is waited for.</param>
internal sealed record WatchedStore(IJobStore Jobs, StoreHealth Health, TimeProvider Clock);
