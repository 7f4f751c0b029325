namespace PoseBatch.Video;

/// <summary>
/// The only place that makes frames: a fixed number of them, made on first need. Renting waits while all are out, which is
/// what holds back a decoder that is faster than inference. Thread-safe.
/// </summary>
public sealed class FramePool : IDisposable
{
    private readonly Stack<Frame> _free;
    private readonly SemaphoreSlim _available;
    private readonly FrameFormat _format;
    private readonly int _keypointCount;

    /// <param name="format">Format of every frame.</param>
    /// <param name="keypointCount">Joints per person.</param>
    /// <param name="capacity">Frames at most, 1 or more.</param>
    public FramePool(FrameFormat format, int keypointCount, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _format = format;
        _keypointCount = keypointCount;
        _free = new Stack<Frame>(capacity);
        _available = new SemaphoreSlim(capacity, capacity);
        Capacity = capacity;
    }

    /// <summary>Frames at most.</summary>
    public int Capacity { get; }

    /// <summary>Frames that are out at this moment; 0 when a job has ended.</summary>
    public int RentedCount => Capacity - _available.CurrentCount;

    /// <summary>Blocks until a frame is free. The caller owns it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    public Frame Rent(CancellationToken cancellation)
    {
        _available.Wait(cancellation);
        lock (_free)
        {
            if (_free.TryPop(out Frame? frame))
            {
                return frame;
            }

        }

        return new Frame(_format, _keypointCount);
    }

    /// <summary>Gives a frame back; the caller no longer owns it.</summary>
    public void Return(Frame frame)
    {
        lock (_free)
        {
            _free.Push(frame);
        }

        _available.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _available.Dispose();
}
