using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>
/// A lease and the questions its holder must ask before anything counts. While the store is away an answer is waited for as long as
/// the lease could last; without one, or when another worker has the job, the attempt ends. Thread-safe.
/// </summary>
/// <param name="lease">The lease.</param>
/// <param name="store">Granted it.</param>
/// <param name="stop">Ends the attempt.</param>
internal sealed class HeldLease(JobLease lease, WatchedStore store, AttemptStop stop)
{
    // While the store is away it is asked this often.
    private static readonly TimeSpan AwayPeriod = TimeSpan.FromSeconds(1);

    /// <summary>What was asked of the worker.</summary>
    public JobSpec Spec => lease.Job.Spec;

    /// <summary>Number of the attempt, from 1.</summary>
    public int Attempt => lease.Job.Attempt;

    /// <summary>Asks the store.</summary>
    /// <exception cref="PoseBatchException">lease_lost: it did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">The attempt was ended while the store was away.</exception>
    public async Task<T> AskAsync<T>(Func<IJobStore, JobLease, Task<T>> ask)
    {
        long since = store.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                T answer = await ask(store.Jobs, lease);
                store.Health.ReportSuccess();
                return answer;
            }
            catch (JobStoreUnavailableException away)
            {
                store.Health.Away(away);
                if (store.Clock.GetElapsedTime(since) > lease.Duration)
                {
                    stop.Because(StopCause.Lost);
                    throw new PoseBatchException(ReasonCode.LeaseLost, $"The job store cannot be reached, so nothing may be committed: {away.Message}", cause: away);
                }

                await Task.Delay(AwayPeriod, store.Clock, stop.Token);
            }
        }
    }

    /// <summary>Asks the store for leave to go on. A job that the user has cancelled is ended, but not by an exception.</summary>
    /// <exception cref="PoseBatchException">lease_lost: another worker has the job, or the store did not answer in time.</exception>
    /// <exception cref="OperationCanceledException">The attempt was ended while the store was away.</exception>
    public async Task RequireAsync(Func<IJobStore, JobLease, Task<LeaseState>> ask)
    {
        LeaseState state = await AskAsync(ask);
        if (state == LeaseState.Lost)
        {
            stop.Because(StopCause.Lost);
            throw new PoseBatchException(ReasonCode.LeaseLost, "Another worker has taken the job over.");
        }

        if (state == LeaseState.Cancelling)
        {
            stop.Because(StopCause.Cancelled);
        }
    }
}
