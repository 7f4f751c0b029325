using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>The jobs of the store that the settings name.</summary>
internal sealed class LocalJobs : IJobAccess
{
    private const int MostEvents = 10_000;
    private readonly IJobStore _store;
    private readonly JobSubmitter _submitter;

    private readonly Settings _settings;

    private LocalJobs(IJobStore store, JobSubmitter submitter, Settings settings) => (_store, _submitter, _settings) = (store, submitter, settings);

    /// <summary>Opens the store.</summary>
    /// <param name="settings">Name it.</param>
    /// <param name="mayBegin">Whether one is begun where there is none.</param>
    /// <exception cref="JobStoreUnavailableException">There is none, or it cannot be opened.</exception>
    public static LocalJobs Open(Settings settings, bool mayBegin)
    {
        string path = JobStoreSetting.Describe(settings.Jobs.Store);
        if (!JobStoreSetting.IsServer(settings.Jobs.Store) && !File.Exists(path))
        {
            if (!mayBegin)
            {
                throw new JobStoreUnavailableException(
                    $"There is no job store at {path}. Call this from the folder the service runs in, name the file in Jobs:Store (POSEBATCH__Jobs__Store), or ask a running service with --server URL.");
            }

            System.Console.Error.WriteLine($"Begins a new job store, {path}. Jobs wait there until posebatch run works on it.");
        }

        IJobStore store = JobStoreSetting.Open(settings.Jobs.Store, TimeProvider.System);
        return new(store, JobSubmitter.Open(store, settings), settings);
    }

    /// <inheritdoc/>
    public Task<JobSubmission> SubmitAsync(JobSpec spec, CancellationToken cancellation) =>
        _submitter.SubmitAsync(new NewJob { Spec = spec, Origin = "cli" }, cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> FindAsync(string id, CancellationToken cancellation) => _store.FindAsync(id, cancellation);

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<JobRecord> Jobs, IReadOnlyDictionary<JobStatus, long> Counts)> ListAsync(JobQuery query, CancellationToken cancellation) =>
        (await _store.ListAsync(query, cancellation), await _store.CountAsync(cancellation));

    /// <inheritdoc/>
    public async Task<string?> WaitsAsync(CancellationToken cancellation) => WaitReason.Of(_settings, await _store.CountAsync(cancellation));

    /// <inheritdoc/>
    public Task<IReadOnlyList<JobEvent>> EventsAsync(string id, long after, CancellationToken cancellation) =>
        _store.EventsAsync(id, after, MostEvents, cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> CancelAsync(string id, CancellationToken cancellation) => _store.CancelAsync(id, cancellation);

    /// <inheritdoc/>
    public Task<JobRecord?> RetryAsync(string id, CancellationToken cancellation) => _store.RetryAsync(id, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
