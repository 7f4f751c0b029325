namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// The loaded engines of a service. Jobs of one kind share one; engines that nobody uses stay loaded until their slot is
/// needed. Thread-safe.
/// </summary>
/// <param name="loader">Loads them.</param>
internal sealed class EnginePool(IEngineLoader loader) : IAsyncDisposable
{
    // An idle network costs its weights and workspace in memory; loading it again costs a second or two.
    private const int MostIdle = 2;

    // Each keeps its weights, its workspace and a thread for as long as its call hangs: more of them would end in a machine without memory.
    private const int MostHanging = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<EngineKey, PooledEngine> _engines = [];
    private long _clock;
    private TimeSpan _inferredBefore;
    private int _hanging;

    /// <summary>Loads the engine of a kind, or takes the one that is there.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="cancellation">Stops waiting; an engine that is being loaded stays for others.</param>
    /// <exception cref="PoseBatchException">The model or provider cannot be had.</exception>
    public async Task<EngineLease> RentAsync(EngineKey kind, CancellationToken cancellation)
    {
        kind = kind with { Stamp = loader.StampOf(kind) };
        PooledEngine engine;
        lock (_gate)
        {
            if (!_engines.TryGetValue(kind, out engine!))
            {
                engine = new(kind, Task.Run(() => loader.Load(kind)));
                _engines.Add(kind, engine);
            }

            engine.Users++;
        }

        try
        {
            await engine.Loaded.WaitAsync(cancellation);
            return new(this, engine);
        }
        catch (OperationCanceledException) when (!engine.Loaded.IsFaulted)
        {
            lock (_gate)
            {
                engine.Users--;
            }

            throw;
        }
        catch
        {
            // What failed to load is forgotten, so that the next job tries again: the model may have been installed meanwhile.
            lock (_gate)
            {
                if (--engine.Users == 0 && _engines.TryGetValue(kind, out PooledEngine? now) && now == engine)
                {
                    _engines.Remove(kind);
                }
            }

            throw;
        }
    }

    /// <summary>Networks that were left behind because a call of theirs did not come back, and has not come back since.</summary>
    public int Hanging => Volatile.Read(ref _hanging);

    /// <summary>So many hang that no more is loaded: only another process gets rid of them.</summary>
    public bool IsSpent => Hanging >= MostHanging;

    /// <summary>Frames that wait for inference or are in it, over all engines.</summary>
    public long Waiting
    {
        get
        {
            lock (_gate)
            {
                return _engines.Values.Where(engine => engine.Loaded.IsCompletedSuccessfully).Sum(engine => engine.Loaded.Result.WaitingCount);
            }
        }
    }

    /// <summary>Time spent in running models since the start, over all engines there were.</summary>
    public TimeSpan Inferring
    {
        get
        {
            lock (_gate)
            {
                return _engines.Values.Aggregate(_inferredBefore, (sum, engine) => sum + InferringOf(engine));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<PooledEngine> all;
        lock (_gate)
        {
            // Who was given up while it used one may be in a call that never ends; the end of the process ends it.
            all = [.. _engines.Values.Where(engine => engine.Users == 0)];
            _engines.Clear();
        }

        foreach (PooledEngine engine in all)
        {
            await EndAsync(engine);
        }
    }

    /// <summary>A call of an engine does not come back: nobody gets it any more, and who uses it is told.</summary>
    internal void GiveUp(PooledEngine engine)
    {
        lock (_gate)
        {
            if (engine.Hung.IsCancellationRequested)
            {
                return;
            }

            Interlocked.Increment(ref _hanging);
            if (_engines.TryGetValue(engine.Kind, out PooledEngine? now) && now == engine)
            {
                _engines.Remove(engine.Kind);
                _inferredBefore += InferringOf(engine);
            }
        }

        engine.Hang();
    }

    /// <summary>Somebody has done with an engine; those that are too many are unloaded.</summary>
    internal async ValueTask ReturnAsync(PooledEngine engine)
    {
        List<PooledEngine> surplus = [];
        lock (_gate)
        {
            engine.LastUse = ++_clock;
            if (--engine.Users == 0 && engine.Hung.IsCancellationRequested)
            {
                // Its call came back after all.
                Interlocked.Decrement(ref _hanging);
                surplus.Add(engine);
            }

            KeyValuePair<EngineKey, PooledEngine>[] idle = [.. _engines.Where(entry => entry.Value.Users == 0).OrderByDescending(entry => entry.Value.LastUse)];
            foreach (KeyValuePair<EngineKey, PooledEngine> entry in idle.Skip(MostIdle))
            {
                _engines.Remove(entry.Key);
                _inferredBefore += InferringOf(entry.Value);
                surplus.Add(entry.Value);
            }
        }

        foreach (PooledEngine unwanted in surplus)
        {
            await EndAsync(unwanted);
        }
    }

    private static TimeSpan InferringOf(PooledEngine engine) =>
        engine.Loaded.IsCompletedSuccessfully ? engine.Loaded.Result.Inferring : TimeSpan.Zero;

    private static async ValueTask EndAsync(PooledEngine engine)
    {
        try
        {
            await (await engine.Loaded).DisposeAsync();
        }
        catch (Exception failure) when (failure is PoseBatchException or IOException)
        {
            // It never loaded; its jobs have been told.
        }
        finally
        {
            engine.Dispose();
        }
    }
}
