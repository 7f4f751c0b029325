using PoseBatch.Jobs;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>Where the client verbs find the jobs: in the store of this machine, or behind a service's HTTP API.</summary>
internal interface IJobAccess : IAsyncDisposable
{
    /// <summary>Hands a job in.</summary>
    /// <exception cref="PoseBatch.Worker.Service.Jobs.JobRefusedException">The job is refused; the message names the field.</exception>
    Task<JobSubmission> SubmitAsync(JobSpec spec, CancellationToken cancellation);

    /// <summary>The job, or null.</summary>
    Task<JobRecord?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>Jobs, newest first, and how many stand where over all.</summary>
    Task<(IReadOnlyList<JobRecord> Jobs, IReadOnlyDictionary<JobStatus, long> Counts)> ListAsync(JobQuery query, CancellationToken cancellation);

    /// <summary>Why queued jobs are not begun although there seems to be room; null when there is no such reason.</summary>
    Task<string?> WaitsAsync(CancellationToken cancellation);

    /// <summary>A job's history after a sequence number, oldest first.</summary>
    Task<IReadOnlyList<JobEvent>> EventsAsync(string id, long after, CancellationToken cancellation);

    /// <summary>As <see cref="IJobStore.CancelAsync"/>.</summary>
    Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation);

    /// <summary>As <see cref="IJobStore.RetryAsync"/>.</summary>
    Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation);
}
