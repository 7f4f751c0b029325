using PoseBatch.Jobs;

namespace PoseBatch.Service;

/// <summary>All jobs of a store are over, and there are at least so many; asked of the store's counts, however many jobs there are.</summary>
internal sealed record JobsOver(int Count)
{
    /// <summary>Whether it is so now.</summary>
    public async Task<bool> IsSoAsync(IJobStore store)
    {
        IReadOnlyDictionary<JobStatus, long> counts = await store.CountAsync(TestContext.Current.CancellationToken);
        return counts.Values.Sum() >= Count && counts.Keys.All(status => status.IsOver());
    }
}
