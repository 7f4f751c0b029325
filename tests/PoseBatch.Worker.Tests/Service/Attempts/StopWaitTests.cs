using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public sealed class StopWaitTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _work = new();
    private long _activity;

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Work_that_nobody_stops_is_waited_for_however_long_it_takes()
    {
        Task<bool> ended = HasEndedAsync();
        _clock.Advance(1e6);
        Assert.False(ended.IsCompleted);

        _work.SetResult();
        Assert.True(await ended);
    }

    [Fact]
    public async Task Work_that_is_told_to_stop_and_stands_still_is_left_behind_after_ten_seconds()
    {
        Task<bool> ended = HasEndedAsync();
        await _stop.CancelAsync();
        await StepAsync(10);
        Assert.False(ended.IsCompleted);

        await StepAsync(0.5, isLast: true);
        Assert.False(await ended);
    }

    [Fact]
    public async Task Work_that_still_moves_is_waited_for()
    {
        Task<bool> ended = HasEndedAsync();
        await _stop.CancelAsync();
        for (int i = 0; i < 60; i++)
        {
            _activity++;
            await StepAsync(0.5);
        }

        Assert.False(ended.IsCompleted);
        _work.SetResult();
        Assert.True(await ended);
    }

    private Task<bool> HasEndedAsync() => new StopWait(() => _activity, _clock).HasEndedAsync(_work.Task, _stop.Token);

    private async Task StepAsync(double seconds, bool isLast = false)
    {
        await _clock.SomebodyWaitsAsync();
        _clock.Advance(seconds);
        if (!isLast)
        {
            await _clock.SomebodyWaitsAsync();
        }
    }
}
