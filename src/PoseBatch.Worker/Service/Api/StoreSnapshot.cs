using System.Collections.Concurrent;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>
/// What the store says at one moment, asked once for all who look then. Nothing of it is older than its events: the number of
/// the last event is read first, later events are left to the next look, and all else is read afterwards. Thread-safe.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="settling">What the watched folder waits for, as JSON.</param>
/// <param name="stopping">Ends what is being read; one who looks and goes away does not.</param>
internal sealed class StoreSnapshot(IJobStore store, Func<string> settling, CancellationToken stopping)
{
    private const int MostHeld = 200;
    private static readonly JobStatus[] HeldStatuses = [.. Enum.GetValues<JobStatus>().Where(status => status.IsHeld())];

    private readonly Lazy<Task<long>> _last = new(() => store.LastEventAsync(stopping));
    private readonly Lazy<Task<IReadOnlyList<JobRecord>>> _held = new(
        () => store.ListAsync(new JobQuery { Statuses = HeldStatuses, Most = MostHeld }, stopping));

    private readonly Lazy<string> _settling = new(settling);
    private readonly ConcurrentDictionary<(string JobId, long After), Lazy<Task<IReadOnlyList<JobEvent>>>> _events = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<JobRecord?>>> _jobs = new(StringComparer.Ordinal);

    /// <summary>Events of one look and stream at most.</summary>
    public static int MostEvents => 500;

    /// <summary>What the watched folder waits for, as JSON.</summary>
    public string Settling => _settling.Value;

    /// <summary>Whether it is known yet where the events end.</summary>
    public bool IsBegun => _last.IsValueCreated && _last.Value.IsCompleted;

    /// <summary>Sequence number of the last event that this look knows of.</summary>
    /// <exception cref="JobStoreUnavailableException">The store is away.</exception>
    public Task<long> LastAsync(CancellationToken cancellation) => _last.Value.WaitAsync(cancellation);

    /// <summary>The jobs that workers hold, as they were after the last event.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public async Task<IReadOnlyList<JobRecord>> HeldAsync(CancellationToken cancellation)
    {
        await LastAsync(cancellation);
        return await _held.Value.WaitAsync(cancellation);
    }

    /// <summary>A job as it was after the last event, or null when there is none.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public async Task<JobRecord?> FindAsync(string id, CancellationToken cancellation)
    {
        await LastAsync(cancellation);
        return await _jobs.GetOrAdd(id, key => new(() => store.FindAsync(key, stopping))).Value.WaitAsync(cancellation);
    }

    /// <summary>The first events after a number, up to the last one of this look.</summary>
    /// <param name="jobId">Only that job's; null for all.</param>
    /// <param name="after">Sequence number.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="JobStoreUnavailableException">The store is away.</exception>
    public async Task<IReadOnlyList<JobEvent>> EventsAsync(string? jobId, long after, CancellationToken cancellation)
    {
        long last = await LastAsync(cancellation);
        if (after >= last)
        {
            return [];
        }

        IReadOnlyList<JobEvent> events = await _events.GetOrAdd(
            (jobId ?? string.Empty, after), _ => new(() => store.EventsAsync(jobId, after, MostEvents, stopping))).Value.WaitAsync(cancellation);
        return [.. events.TakeWhile(one => one.Sequence <= last)];
    }
}
