using System.Collections.Concurrent;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// How often the jobs of this service have lost a child process to a signal or to a want of memory. Such an end says nothing about
/// the video, so it does not use up a job's last attempt; but a file that crashes every decoder must end some day, and so the
/// patience is bounded. It is counted anew with every start of the service. Thread-safe.
/// </summary>
internal sealed class LostChildren
{
    /// <summary>So many lost attempts of one job are borne; from then on each one counts, the last one, too.</summary>
    public const int Patience = 10;

    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>One more attempt of a job was lost.</summary>
    /// <returns>Whether it may go without being counted against the job.</returns>
    public bool IsBorne(string jobId) => _counts.AddOrUpdate(jobId, 1, (_, count) => count + 1) <= Patience;

    /// <summary>The job is over.</summary>
    public void Forget(string jobId) => _counts.TryRemove(jobId, out _);
}
