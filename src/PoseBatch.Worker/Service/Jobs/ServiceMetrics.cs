using System.Diagnostics.Metrics;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// The meters of the service under the name <c>PoseBatch</c>: read as text at <c>/metrics</c>, and pushed where Service:OtlpEndpoint
/// says so. docs/operations.md lists them. Thread-safe.
/// </summary>
internal sealed class ServiceMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "PoseBatch";

    private readonly Meter _meter;
    private readonly Counter<long> _frames;
    private readonly Counter<long> _persons;
    private readonly Counter<long> _segments;
    private readonly Counter<double> _stageSeconds;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _jobSeconds;
    private volatile StoreView _view = new(new Dictionary<JobStatus, long>(), 0, true);
    private Func<long>? _queueDepth;
    private TimeSpan _inferred;

    /// <summary>Makes the meters.</summary>
    /// <param name="name">Name of the meter; another one keeps several services of one process apart.</param>
    public ServiceMetrics(string name = MeterName)
    {
        _meter = new(name);
        _frames = _meter.CreateCounter<long>("posebatch.frames", "{frame}", "Frames written into ledgers, by status.");
        _persons = _meter.CreateCounter<long>("posebatch.persons", "{person}", "Poses written.");
        _segments = _meter.CreateCounter<long>("posebatch.segments", "{segment}", "Segments made safe on disk.");
        _stageSeconds = _meter.CreateCounter<double>(
            "posebatch.stage.time", "s", "Time of the stages: decode (reading frames), held_back (decoding waits for inference), infer (running the model), write.");
        _ended = _meter.CreateCounter<long>("posebatch.attempts.ended", "{attempt}", "Attempts that ended, by the job's status after it and the reason.");
        _jobSeconds = _meter.CreateHistogram(
            "posebatch.attempt.duration", "s", "Wall time of attempts that ended, by the job's status after it.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400] });

        _meter.CreateObservableGauge("posebatch.jobs", JobsByStatus, "{job}", "Jobs in the store, by status.");
        _meter.CreateObservableGauge("posebatch.settling", () => (long)_view.Settling, "{file}", "Files of the watched folder that are not whole yet.");
        _meter.CreateObservableGauge("posebatch.store.up", () => _view.IsStoreUp ? 1 : 0, null, "1 while the job store answers, else 0.");
        _meter.CreateObservableGauge("posebatch.inference.queue", () => _queueDepth?.Invoke() ?? 0, "{frame}", "Frames that wait for inference or are in it.");

        _meter.CreateObservableGauge("posebatch.process.memory.resident", () => Environment.WorkingSet, "By", "Resident memory of the process, its children left out.");
        _meter.CreateObservableCounter("posebatch.process.cpu.time", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "CPU time of the process, its children left out.");
        _meter.CreateObservableGauge("posebatch.process.threads", () => (long)ThreadPool.ThreadCount, "{thread}", "Threads of the pool.");
        _meter.CreateObservableCounter("posebatch.gc.collections", Collections, "{collection}", "Garbage collections, by generation.");
        _meter.CreateObservableCounter("posebatch.gc.pause.time", () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time the process stood still for garbage collection.");
        _meter.CreateObservableGauge("posebatch.gc.heap", () => GC.GetGCMemoryInfo().HeapSizeBytes, "By", "Managed heap after the last collection.");
        _meter.CreateObservableCounter("posebatch.gc.allocated", () => GC.GetTotalAllocatedBytes(), "By", "Managed memory allocated since the start.");
    }

    /// <summary>The meter itself, for listeners that want this service's and no other's.</summary>
    public Meter Meter => _meter;

    /// <summary>Counts one more segment.</summary>
    public void SegmentCommitted() => _segments.Add(1);

    /// <summary>Says how long models have run since the start, summed over workers. One loop says it.</summary>
    public void InferredSoFar(TimeSpan total)
    {
        _stageSeconds.Add(Math.Max(0, (total - _inferred).TotalSeconds), Stage("infer"));
        _inferred = total;
    }

    /// <summary>Counts the end of an attempt.</summary>
    /// <param name="status">The job's status after it.</param>
    /// <param name="reason">Why it did not complete, or null.</param>
    /// <param name="elapsed">Its wall time.</param>
    public void AttemptEnded(JobStatus status, ReasonCode? reason, TimeSpan elapsed)
    {
        _ended.Add(1, new("status", status.WireName()), new("reason", reason?.WireName() ?? "none"));
        _jobSeconds.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("status", status.WireName()));
    }

    /// <summary>Says how many frames wait for inference; asked at every reading.</summary>
    public void WatchQueue(Func<long> depth) => _queueDepth = depth;

    /// <summary>Follows the meters of one attempt.</summary>
    public RunReading Follow(RunMeters meters) => new(this, meters);

    /// <summary>Asks the store how many jobs stand where. A store that is away is a value of <c>posebatch.store.up</c>.</summary>
    public async Task RefreshAsync(IJobStore store, IIntakeView intake, CancellationToken cancellation)
    {
        try
        {
            _view = new(await store.CountAsync(cancellation), intake.Settling.Count, true);
        }
        catch (JobStoreUnavailableException)
        {
            _view = new(_view.Jobs, intake.Settling.Count, false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Count(long ok, long skipped, long undecodable)
    {
        AddFrames(ok, "inferred");
        AddFrames(skipped, "skipped");
        AddFrames(undecodable, "undecodable");
    }

    private void AddFrames(long count, string status)
    {
        if (count > 0)
        {
            _frames.Add(count, new KeyValuePair<string, object?>("status", status));
        }
    }

    private static KeyValuePair<string, object?> Stage(string stage) => new("stage", stage);

    // Every status is there at all times, so that a graph knows a zero from a gap.
    private IEnumerable<Measurement<long>> JobsByStatus() =>
        Enum.GetValues<JobStatus>().Select(status => new Measurement<long>(
            _view.Jobs.GetValueOrDefault(status), new KeyValuePair<string, object?>("status", status.WireName())));

    private static IEnumerable<Measurement<long>> Collections() =>
        Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => new Measurement<long>(
            GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation)));

    private sealed record StoreView(IReadOnlyDictionary<JobStatus, long> Jobs, int Settling, bool IsStoreUp);

    /// <summary>Adds what an attempt has done since the last look. Not thread-safe: one loop looks.</summary>
    internal sealed class RunReading(ServiceMetrics owner, RunMeters meters)
    {
        private long _written;
        private long _skipped;
        private long _undecodable;
        private long _persons;
        private double _decoding;
        private double _heldBack;
        private double _writing;

        /// <summary>Looks at the meters; call it with every beat and once at the end.</summary>
        public void Take()
        {
            (long written, long skipped, long undecodable) = (meters.Written, meters.Skipped, meters.Undecodable);
            owner.Count(written - _written, skipped - _skipped, undecodable - _undecodable);
            (_written, _skipped, _undecodable) = (written, skipped, undecodable);
            long persons = meters.Persons;
            owner._persons.Add(persons - _persons);
            _persons = persons;
            Add("decode", meters.Decoding.TotalSeconds, ref _decoding);
            Add("held_back", meters.HeldBack.TotalSeconds, ref _heldBack);
            Add("write", meters.Writing.TotalSeconds, ref _writing);
        }

        private void Add(string stage, double now, ref double before)
        {
            owner._stageSeconds.Add(Math.Max(0, now - before), Stage(stage));
            before = now;
        }
    }
}
