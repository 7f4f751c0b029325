using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>What an engine is loaded for: jobs that agree in it share batches.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Detector">Name of the detector; null for none.</param>
/// <param name="Provider">auto, cpu, cuda or tensorrt.</param>
/// <param name="Batch">Frames per model call; 0 is chosen.</param>
/// <param name="CropRegion">Whether each frame is looked at around the person of the frame before.</param>
internal readonly record struct EngineKind(string Model, string? Detector, string Provider, int Batch, bool CropRegion)
{
    /// <summary>What the files of the networks look like on disk (<see cref="Workshop.StampOf"/>): replaced ones are another kind.</summary>
    public string Stamp { get; init; } = string.Empty;

    /// <summary>The kind of a job that leaves everything to the settings.</summary>
    public static EngineKind Of(Settings settings) =>
        new(settings.Models.Default, settings.Models.Detector, settings.Inference.Provider, settings.Inference.BatchSize, settings.Poses.CropRegion);

    /// <summary>The kind of a job with its defaults filled in; what an older version did not know of comes from the settings.</summary>
    public static EngineKind Of(JobSpec spec, Settings settings) => new(
        spec.Model.Name!, spec.Model.Detector, spec.Inference.Provider!, spec.Inference.Batch ?? 0, spec.Inference.CropRegion ?? settings.Poses.CropRegion);
}

/// <summary>
/// The loaded engines of a service. Jobs of one kind share one; engines that nobody uses stay loaded until their place is
/// needed. Thread-safe.
/// </summary>
internal sealed class WorkshopPool(Settings settings) : IAsyncDisposable
{
    // An idle network costs its weights and workspace in memory; loading it again costs a second or two.
    private const int MostIdle = 2;

    // Each keeps its weights, its workspace and a thread for as long as its call hangs: more of them would end in a machine without memory.
    private const int MostHanging = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<EngineKind, Place> _places = [];
    private long _clock;
    private TimeSpan _inferredBefore;
    private int _hanging;

    /// <summary>Loads the engine of a kind, or takes the one that is there.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="cancellation">Stops waiting; an engine that is being loaded stays for others.</param>
    /// <exception cref="PoseBatchException">The model or provider cannot be had.</exception>
    public async Task<Rental> RentAsync(EngineKind kind, CancellationToken cancellation)
    {
        kind = kind with { Stamp = Workshop.StampOf(settings, kind.Model) + (kind.Detector is { Length: > 0 } finder ? Workshop.StampOf(settings, finder) : null) };
        Place place;
        lock (_gate)
        {
            if (!_places.TryGetValue(kind, out place!))
            {
                place = new(kind, Task.Run(() => Load(kind)));
                _places.Add(kind, place);
            }

            place.Users++;
        }

        try
        {
            await place.Workshop.WaitAsync(cancellation);
            return new(this, place);
        }
        catch (OperationCanceledException) when (!place.Workshop.IsFaulted)
        {
            lock (_gate)
            {
                place.Users--;
            }

            throw;
        }
        catch
        {
            // What failed to load is forgotten, so that the next job tries again: the model may have been installed meanwhile.
            lock (_gate)
            {
                if (--place.Users == 0 && _places.TryGetValue(kind, out Place? now) && now == place)
                {
                    _places.Remove(kind);
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
                return _places.Values.Where(place => place.Workshop.IsCompletedSuccessfully).Sum(place => place.Workshop.Result.Engine.WaitingCount);
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
                return _places.Values.Aggregate(_inferredBefore, (sum, place) => sum + InferringOf(place));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        List<Place> all;
        lock (_gate)
        {
            // Who was given up while it used one may be in a call that never ends; the end of the process ends it.
            all = [.. _places.Values.Where(place => place.Users == 0)];
            _places.Clear();
        }

        foreach (Place place in all)
        {
            await EndAsync(place);
        }
    }

    private Workshop Load(EngineKind kind)
    {
        Workshop workshop = Workshop.Open(settings with
        {
            Models = settings.Models with { Default = kind.Model, Detector = kind.Detector },
            Inference = settings.Inference with { Provider = kind.Provider, BatchSize = kind.Batch },
            Poses = settings.Poses with { CropRegion = kind.CropRegion },
        });
        workshop.SayWhatRuns(quiet: true);
        return workshop;
    }

    private void GiveUp(Place place)
    {
        lock (_gate)
        {
            if (place.Hung.IsCancellationRequested)
            {
                return;
            }

            Interlocked.Increment(ref _hanging);
            if (_places.TryGetValue(place.Kind, out Place? now) && now == place)
            {
                _places.Remove(place.Kind);
                _inferredBefore += InferringOf(place);
            }
        }

        place.Hang();
    }

    private async ValueTask ReturnAsync(Place place)
    {
        List<Place> surplus = [];
        lock (_gate)
        {
            place.LastUse = ++_clock;
            if (--place.Users == 0 && place.Hung.IsCancellationRequested)
            {
                // Its call came back after all.
                Interlocked.Decrement(ref _hanging);
                surplus.Add(place);
            }

            KeyValuePair<EngineKind, Place>[] idle = [.. _places.Where(entry => entry.Value.Users == 0).OrderByDescending(entry => entry.Value.LastUse)];
            foreach (KeyValuePair<EngineKind, Place> entry in idle.Skip(MostIdle))
            {
                _places.Remove(entry.Key);
                _inferredBefore += InferringOf(entry.Value);
                surplus.Add(entry.Value);
            }
        }

        foreach (Place unwanted in surplus)
        {
            await EndAsync(unwanted);
        }
    }

    private static TimeSpan InferringOf(Place place) =>
        place.Workshop.IsCompletedSuccessfully ? place.Workshop.Result.Engine.Inferring : TimeSpan.Zero;

    private static async ValueTask EndAsync(Place place)
    {
        try
        {
            await (await place.Workshop).DisposeAsync();
        }
        catch (Exception failure) when (failure is PoseBatchException or IOException)
        {
            // It never loaded; its jobs have been told.
        }
        finally
        {
            place.Dispose();
        }
    }

    /// <summary>The right to use an engine; ends with disposal.</summary>
    public sealed class Rental : IAsyncDisposable
    {
        private readonly WorkshopPool _pool;
        private readonly Place _place;

        internal Rental(WorkshopPool pool, Place place) => (_pool, _place) = (pool, place);

        /// <summary>The loaded parts.</summary>
        public Workshop Workshop => _place.Workshop.Result;

        /// <summary>Cancelled when somebody who uses it has found that it hangs.</summary>
        public CancellationToken Hangs => _place.Hung;

        /// <summary>A call does not come back: nobody gets this engine any more, and the next job loads another. Who uses it is told.</summary>
        public void GiveUp() => _pool.GiveUp(_place);

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => _pool.ReturnAsync(_place);
    }

    /// <summary>A loaded engine and who uses it.</summary>
    internal sealed class Place : IDisposable
    {
        private readonly CancellationTokenSource _hangs = new();

        public Place(EngineKind kind, Task<Workshop> workshop) => (Kind, Workshop, Hung) = (kind, workshop, _hangs.Token);

        public EngineKind Kind { get; }

        public Task<Workshop> Workshop { get; }

        /// <summary>Cancelled when a call of it does not come back.</summary>
        public CancellationToken Hung { get; }

        public int Users { get; set; }

        public long LastUse { get; set; }

        /// <summary>Tells who uses it that a call of it does not come back.</summary>
        public void Hang() => _hangs.Cancel();

        public void Dispose() => _hangs.Dispose();
    }
}
