namespace PoseBatch.Worker.Service.Jobs;

/// <summary>The right to use an engine; ends with disposal.</summary>
internal sealed class EngineLease(EnginePool pool, PooledEngine engine) : IAsyncDisposable
{
    /// <summary>The network.</summary>
    public ILoadedEngine Loaded => engine.Loaded.Result;

    /// <summary>Cancelled when somebody who uses it has found that it hangs.</summary>
    public CancellationToken Hangs => engine.Hung;

    /// <summary>A call does not come back: nobody gets this engine any more, and the next job loads another. Who uses it is told.</summary>
    public void GiveUp() => pool.GiveUp(engine);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => pool.ReturnAsync(engine);
}
