using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Worker.Service.Api;

/// <summary>Lends the newest <see cref="StoreSnapshot"/>, so that the store is asked as often for a thousand streams as for one. Thread-safe.</summary>
internal sealed class StoreSnapshotCache(ServiceParts parts, CancellationToken stopping)
{
    private static readonly TimeSpan MostAge = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private StoreSnapshot? _newest;
    private long _begun;

    /// <summary>A look that began a moment ago at most; or longer ago while the store has not answered it.</summary>
    public StoreSnapshot Take()
    {
        lock (_gate)
        {
            if (_newest is null || (_newest.IsBegun && parts.Clock.GetElapsedTime(_begun) >= MostAge))
            {
                _newest = new(parts.Store, () => ApiJson.Text(SettlingFiles.Of(parts.Intake)), stopping);
                _begun = parts.Clock.GetTimestamp();
            }

            return _newest;
        }
    }
}
