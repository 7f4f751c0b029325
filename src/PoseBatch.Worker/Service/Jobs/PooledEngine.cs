namespace PoseBatch.Worker.Service.Jobs;

/// <summary>An engine of the pool, loaded or on the way, and who uses it. The pool guards its counts.</summary>
internal sealed class PooledEngine : IDisposable
{
    private readonly CancellationTokenSource _hangs = new();

    public PooledEngine(EngineKey kind, Task<ILoadedEngine> loaded) => (Kind, Loaded, Hung) = (kind, loaded, _hangs.Token);

    /// <summary>What it is for.</summary>
    public EngineKey Kind { get; }

    /// <summary>The network, when it is loaded.</summary>
    public Task<ILoadedEngine> Loaded { get; }

    /// <summary>Cancelled when a call of it does not come back.</summary>
    public CancellationToken Hung { get; }

    /// <summary>How many use it now.</summary>
    public int Users { get; set; }

    /// <summary>Grows with every use of the pool: the smallest was used longest ago.</summary>
    public long LastUse { get; set; }

    /// <summary>Tells who uses it that a call of it does not come back.</summary>
    public void Hang() => _hangs.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _hangs.Dispose();
}
