using System.Diagnostics;
using System.Threading.Channels;
using PoseBatch.Estimators;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// N workers over one estimator, shared by every video that runs. A worker takes what waits for it, up to the estimator's
/// batch: a lone frame goes at once, and the batch grows by itself when frames come faster than they are inferred. Results
/// do not depend on the grouping.
/// </summary>
/// <remarks>
/// Frames go to the first worker that has less than a batch waiting, so a second worker wakes only when one is not enough;
/// on a machine that decode keeps busy it then costs nothing. Queues cannot outgrow the frame pools of the running videos.
/// </remarks>
public sealed class InferenceEngine : IAsyncDisposable
{
    private const int MostSmallFrames = 32;
    private const int SmallFramesBytes = 4 << 20;

    private readonly IPoseEstimator _estimator;
    private readonly Channel<PendingFrame>[] _queues;
    private readonly int[] _waiting;
    private readonly Task[] _workers;
    private readonly long[] _callBegan;
    private long _inferTicks;

    /// <param name="estimator">What to run; not disposed by the engine.</param>
    /// <param name="workerCount">Worker threads, 1 or more.</param>
    /// <param name="queueCapacity">Frames that may wait per worker before a sender is held back.</param>
    public InferenceEngine(IPoseEstimator estimator, int workerCount, int queueCapacity = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workerCount, 1);
        _estimator = estimator;
        _waiting = new int[workerCount];
        _callBegan = new long[workerCount];
        _queues = new Channel<PendingFrame>[workerCount];
        _workers = new Task[workerCount];

        IEstimatorLane[] workers = MakeWorkers(estimator, workerCount);
        for (int i = 0; i < workerCount; i++)
        {
            int index = i;
            _queues[i] = Channel.CreateBounded<PendingFrame>(new BoundedChannelOptions(queueCapacity)
            {
                SingleReader = true,
                SingleWriter = false,
                AllowSynchronousContinuations = false,
                FullMode = BoundedChannelFullMode.Wait,
            });
            _workers[i] = Task.Run(() => WorkAsync(index, workers[index]));
        }
    }

    /// <summary>Worker threads.</summary>
    public int WorkerCount => _workers.Length;

    /// <summary>Frames that wait for inference or are in it.</summary>
    public int WaitingCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _waiting.Length; i++)
            {
                count += Volatile.Read(ref _waiting[i]);
            }

            return count;
        }
    }

    /// <summary>Time spent in running the model, summed over all workers.</summary>
    public TimeSpan Inferring => TimeSpan.FromSeconds(Volatile.Read(ref _inferTicks) / (double)Stopwatch.Frequency);

    /// <summary>How long the oldest of the calls that run now has been running; zero when none runs. A native call cannot be interrupted.</summary>
    public TimeSpan LongestCall
    {
        get
        {
            TimeSpan longest = TimeSpan.Zero;
            for (int i = 0; i < _callBegan.Length; i++)
            {
                if (Volatile.Read(ref _callBegan[i]) is not 0 and long began && Stopwatch.GetElapsedTime(began) is var runs && runs > longest)
                {
                    longest = runs;
                }
            }

            return longest;
        }
    }

    /// <summary>What the workers run.</summary>
    public IPoseEstimator Estimator => _estimator;

    /// <summary>
    /// Frames a video should have in its pool: at least two batches per worker and two being read, so that no worker waits
    /// for a frame that is still in the pipe; small frames more, as decoding in long stretches is cheaper.
    /// </summary>
    public int FramesInFlight(FrameFormat format) =>
        Math.Max((2 * WorkerCount * _estimator.MaxBatch) + 2, Math.Min(MostSmallFrames, SmallFramesBytes / format.ByteCount));

    /// <summary>
    /// Hands a frame over for inference; blocks the decode stage's own thread while all queues are full. The engine announces the result through the frame.
    /// A frame whose token is cancelled meanwhile is announced as cancelled without being inferred.
    /// </summary>
    internal void Send(Frame frame, CancellationToken cancellation)
    {
        int worker = LeastBusy();
        Interlocked.Increment(ref _waiting[worker]);
        PendingFrame pending = new(frame, cancellation);
        if (!_queues[worker].Writer.TryWrite(pending))
        {
            try
            {
                _queues[worker].Writer.WriteAsync(pending, cancellation).AsTask().GetAwaiter().GetResult();
            }
            catch (Exception failure)
            {
                Interlocked.Decrement(ref _waiting[worker]);
                frame.AnnounceFailure(failure);
                throw;
            }
        }
    }

    /// <summary>Lets the workers finish what was sent, then ends them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Channel<PendingFrame> queue in _queues)
        {
            queue.Writer.TryComplete();
        }

        await Task.WhenAll(_workers);
    }

    private static IEstimatorLane[] MakeWorkers(IPoseEstimator estimator, int count)
    {
        IEstimatorLane[] workers = new IEstimatorLane[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                workers[i] = estimator.CreateLane();
            }

            return workers;
        }
        catch
        {
            foreach (IEstimatorLane? made in workers)
            {
                made?.Dispose();
            }

            throw;
        }
    }

    private int LeastBusy()
    {
        int best = 0, fewest = int.MaxValue;
        for (int i = 0; i < _waiting.Length; i++)
        {
            int waiting = Volatile.Read(ref _waiting[i]);
            if (waiting < _estimator.MaxBatch)
            {
                return i;
            }

            if (waiting < fewest)
            {
                (best, fewest) = (i, waiting);
            }
        }

        return best;
    }

    private async Task WorkAsync(int index, IEstimatorLane worker)
    {
        using IEstimatorLane owned = worker;
        ChannelReader<PendingFrame> queue = _queues[index].Reader;
        Frame[] batch = new Frame[_estimator.MaxBatch];
        while (await queue.WaitToReadAsync())
        {
            int count = 0, read = 0;
            while (count < batch.Length && queue.TryRead(out PendingFrame pending))
            {
                read++;
                if (pending.Cancellation.IsCancellationRequested)
                {
                    pending.Frame.AnnounceFailure(new OperationCanceledException(pending.Cancellation));
                }
                else
                {
                    batch[count++] = pending.Frame;
                }
            }

            long since = Stopwatch.GetTimestamp();
            Volatile.Write(ref _callBegan[index], since);
            Estimate(owned, batch.AsSpan(0, count));
            Volatile.Write(ref _callBegan[index], 0);
            Interlocked.Add(ref _inferTicks, Stopwatch.GetTimestamp() - since);
            Interlocked.Add(ref _waiting[index], -read);
        }
    }

    private static void Estimate(IEstimatorLane worker, ReadOnlySpan<Frame> frames)
    {
        if (frames.IsEmpty)
        {
            return;
        }

        Exception? failure = null;
        try
        {
            worker.Estimate(frames);
        }
        catch (Exception caught)
        {
            // The frames' videos decide what this means; the engine goes on for the others.
            failure = caught;
        }

        foreach (Frame frame in frames)
        {
            if (failure is null)
            {
                frame.AnnouncePoses();
            }
            else
            {
                frame.AnnounceFailure(failure);
            }
        }
    }

    private readonly record struct PendingFrame(Frame Frame, CancellationToken Cancellation);
}
