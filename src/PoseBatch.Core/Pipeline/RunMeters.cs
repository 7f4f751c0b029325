using System.Diagnostics;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>Counters of one video's run, written by the stages and read by whoever shows progress. Thread-safe.</summary>
public sealed class RunMeters
{
    private long _decoded;
    private long _skipped;
    private long _undecodable;
    private long _written;
    private long _persons;
    private long _heldBackTicks;
    private long _decodeTicks;
    private long _writeTicks;
    private long _lastMilliseconds;
    private volatile Func<long>? _passed;
    private readonly TaskCompletionSource _firstDecoded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allDecoded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Frames decoded so far, skipped ones included.</summary>
    public long Decoded => Volatile.Read(ref _decoded);

    /// <summary>Frames left out on purpose so far.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Frames the decoder could not deliver so far.</summary>
    public long Undecodable => Volatile.Read(ref _undecodable);

    /// <summary>Inferred frames written so far.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Poses written so far.</summary>
    public long Persons => Volatile.Read(ref _persons);

    /// <summary>
    /// A number that grows as long as anything moves, frames included that are only passed over (on the way to where an earlier
    /// attempt had come, or while a damaged video is decoded again). When it stands still, the run is stuck.
    /// </summary>
    public long Activity => Decoded + Undecodable + Written + (_passed?.Invoke() ?? 0);

    /// <summary>Done when the first frame has been decoded. Never done when there is none.</summary>
    public Task FirstDecoded => _firstDecoded.Task;

    /// <summary>
    /// Done when the last frame has been decoded: what is left is to infer the frames in flight and to write the tables. Never done
    /// when the run fails before.
    /// </summary>
    public Task AllDecoded => _allDecoded.Task;

    /// <summary>Time of the last ledger row, seconds since the first frame.</summary>
    public double LastSeconds => Volatile.Read(ref _lastMilliseconds) / 1000d;

    /// <summary>Time the decode stage stood still because inference had all frames.</summary>
    public TimeSpan HeldBack => TimeSpan.FromSeconds(Volatile.Read(ref _heldBackTicks) / (double)Stopwatch.Frequency);

    /// <summary>Time the decode stage spent reading frames, waiting for the decoder included.</summary>
    public TimeSpan Decoding => TimeSpan.FromSeconds(Volatile.Read(ref _decodeTicks) / (double)Stopwatch.Frequency);

    /// <summary>Time the write stage spent writing.</summary>
    public TimeSpan Writing => TimeSpan.FromSeconds(Volatile.Read(ref _writeTicks) / (double)Stopwatch.Frequency);

    /// <summary>
    /// The stage that sets the pace: <c>write</c> when writing takes most of the time, <c>infer</c> when the decoder mostly
    /// waits for free frames, else <c>decode</c>.
    /// </summary>
    public string LimitedBy
    {
        get
        {
            double decoding = Decoding.TotalSeconds, held = HeldBack.TotalSeconds;
            return Writing.TotalSeconds > 0.8 * (decoding + held) ? "write" : held > decoding ? "infer" : "decode";
        }
    }

    /// <summary>Frames for which a network gave something else than numbers.</summary>
    internal NonFiniteOutputCounter Outputs { get; } = new();

    /// <summary>The times of all frames read, kept by the decode stage; complete after the last one.</summary>
    internal TimelineCheck Timeline { get; } = new();

    internal void CountDecoded(double seconds)
    {
        if (Interlocked.Increment(ref _decoded) == 1)
        {
            _firstDecoded.TrySetResult();
        }

        Volatile.Write(ref _lastMilliseconds, (long)(seconds * 1000));
    }

    internal void CountSkipped() => Interlocked.Increment(ref _skipped);

    internal void CountUndecodable() => Interlocked.Increment(ref _undecodable);

    internal void CountWritten(int persons)
    {
        Interlocked.Increment(ref _written);
        Interlocked.Add(ref _persons, persons);
    }

    internal void EndDecoding() => _allDecoded.TrySetResult();

    /// <summary>Says how many frames the decoder has passed over.</summary>
    internal void Watch(Func<long> passed) => _passed = passed;

    internal void AddHeldBack(long since) => Interlocked.Add(ref _heldBackTicks, Stopwatch.GetTimestamp() - since);

    internal void AddDecoding(long since) => Interlocked.Add(ref _decodeTicks, Stopwatch.GetTimestamp() - since);

    internal void AddWriting(long since) => Interlocked.Add(ref _writeTicks, Stopwatch.GetTimestamp() - since);
}
