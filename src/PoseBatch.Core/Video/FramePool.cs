namespace PoseBatch.Video;

/// <summary>
/// The only place that makes frames: a fixed number of them, made on first need. Renting waits while all are out, which is
/// what holds back a decoder that is faster than inference. Thread-safe.
/// </summary>
/// <remarks>
/// Who has found the pool empty waits until half of it is free again. A decoder that is held back then works in long
/// stretches instead of being woken for every single frame, which costs it its caches.
/// </remarks>
public sealed class FramePool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Frame> _free;
    private readonly SemaphoreSlim _refilled = new(0);
    private readonly FramePlacement _placement;
    private readonly int _keypointCount;
    private int _available;
    private bool _someoneWaits;

    /// <param name="placement">Of every frame.</param>
    /// <param name="keypointCount">Joints per person.</param>
    /// <param name="capacity">Frames at most, 1 or more.</param>
    public FramePool(FramePlacement placement, int keypointCount, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _placement = placement;
        _keypointCount = keypointCount;
        _free = new Stack<Frame>(capacity);
        _available = capacity;
        Capacity = capacity;
    }

    /// <summary>Frames at most.</summary>
    public int Capacity { get; }

    /// <summary>Frames that are out at this moment; 0 when a job has ended.</summary>
    public int RentedCount
    {
        get
        {
            lock (_gate)
            {
                return Capacity - _available;
            }
        }
    }

    /// <summary>Somebody found the pool empty and waits from now on.</summary>
    internal event Action? Waited;

    /// <summary>Whether somebody found the pool empty and has not been let in again.</summary>
    internal bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _someoneWaits;
            }
        }
    }

    /// <summary>Blocks until a frame is free. The caller owns it. One caller at a time.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled while waiting.</exception>
    public Frame Rent(CancellationToken cancellation)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_available > 0)
                {
                    _available--;
                    return _free.TryPop(out Frame? frame) ? frame : _placement.NewFrame(_keypointCount);
                }

                _someoneWaits = true;
            }

            Waited?.Invoke();
            try
            {
                _refilled.Wait(cancellation);
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                {
                    _someoneWaits = false;
                }

                throw;
            }
        }
    }

    /// <summary>Gives a frame back; the caller no longer owns it.</summary>
    public void Return(Frame frame)
    {
        lock (_gate)
        {
            _free.Push(frame);
            _available++;
            if (!_someoneWaits || _available < (Capacity + 1) / 2)
            {
                return;
            }

            _someoneWaits = false;
        }

        _refilled.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _refilled.Dispose();
}
