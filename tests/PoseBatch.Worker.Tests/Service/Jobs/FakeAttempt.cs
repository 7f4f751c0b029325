using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

/// <summary>An attempt that goes on until a test ends it.</summary>
internal sealed class FakeAttempt(string jobId, double? mostSeconds, CancellationToken drain) : IJobAttempt
{
    private readonly TaskCompletionSource _ended = new();
    private readonly TaskCompletionSource<Action> _slotReleased = new();

    public string JobId => jobId;

    public double? MostSeconds => mostSeconds;

    public CancellationToken Drain => drain;

    public TaskCompletionSource Frames { get; } = new();

    public TaskCompletionSource Checkpoint { get; } = new();

    public bool TakesSlot { get; private set; } = true;

    public bool IsHandedOver { get; private set; }

    public bool IsPreempted { get; private set; }

    public bool IsDisposed { get; private set; }

    public Task HasFrames => Frames.Task;

    public Task HasCheckpointed => Checkpoint.Task;

    public void HandOver() => IsHandedOver = true;

    public void Preempt() => IsPreempted = true;

    public Task RunAsync(Action slotReleased)
    {
        _slotReleased.SetResult(slotReleased);
        return _ended.Task;
    }

    /// <summary>Its last frame has been decoded.</summary>
    public async Task DecodedAsync()
    {
        TakesSlot = false;
        (await _slotReleased.Task)();
    }

    public void End(Exception? defect = null)
    {
        if (defect is null)
        {
            _ended.TrySetResult();
        }
        else
        {
            _ended.TrySetException(defect);
        }

        Frames.TrySetResult();
        Checkpoint.TrySetResult();
    }

    public void Dispose() => IsDisposed = true;
}
