namespace PoseBatch.Tables;

/// <summary>
/// Stands between a job's work and the disk: work counts only while the job is still this worker's. Whoever writes the job's result
/// asks one question after the other and waits for each answer.
/// </summary>
public interface ICommitFence
{
    /// <summary>Number of the attempt, from 1, for the manifest.</summary>
    int Attempt { get; }

    /// <summary>A segment is on disk and about to get its name.</summary>
    /// <param name="segment">Index from 0.</param>
    /// <exception cref="PoseBatchException">lease_lost: another worker has the job; nothing may be committed.</exception>
    Task BeforeCommitAsync(int segment);

    /// <summary>A segment is safe.</summary>
    /// <param name="segment">Index from 0.</param>
    Task CommittedAsync(int segment);

    /// <summary>All frames are in: the tables are about to be made from the segments.</summary>
    /// <exception cref="PoseBatchException">lease_lost.</exception>
    Task FinalizingAsync();

    /// <summary>The result is complete and about to get its final name.</summary>
    /// <exception cref="PoseBatchException">lease_lost.</exception>
    Task BeforePublishAsync();
}
