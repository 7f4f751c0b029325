using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public sealed class HeldLeaseTests : IDisposable
{
    private readonly SomeAttempt _attempt = new();

    public void Dispose() => _attempt.Dispose();

    [Fact]
    public async Task An_answer_is_waited_for_while_the_store_is_away()
    {
        _attempt.Store.IsAway = true;
        Task asking = RequireAsync();
        _attempt.Clock.Advance(1);
        await _attempt.Clock.SomebodyWaitsAsync();
        Assert.False(asking.IsCompleted);

        _attempt.Store.IsAway = false;
        _attempt.Clock.Advance(1);
        await asking;

        Assert.Equal(["heartbeat"], _attempt.Store.Told);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
        Assert.Null(_attempt.Watched.Health.Problem);
    }

    [Fact]
    public async Task A_store_that_is_away_for_longer_than_the_lease_has_lost_it()
    {
        _attempt.Store.IsAway = true;
        Task asking = RequireAsync();
        for (int second = 0; second <= 60; second++)
        {
            await _attempt.Clock.SomebodyWaitsAsync();
            Assert.False(asking.IsCompleted);
            _attempt.Clock.Advance(1);
        }

        PoseBatchException lost = await Assert.ThrowsAsync<PoseBatchException>(() => asking);

        Assert.Equal((ReasonCode.LeaseLost, StopCause.Lost), (lost.Reason, _attempt.Stop.Cause));
    }

    [Fact]
    public async Task Who_is_told_to_stop_does_not_wait_for_the_store()
    {
        _attempt.Store.IsAway = true;
        Task asking = RequireAsync();

        _attempt.Stop.Because(StopCause.Drained);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_job_of_another_worker_may_not_go_on()
    {
        _attempt.Store.State = LeaseState.Lost;

        PoseBatchException lost = await Assert.ThrowsAsync<PoseBatchException>(RequireAsync);

        Assert.Equal((ReasonCode.LeaseLost, StopCause.Lost), (lost.Reason, _attempt.Stop.Cause));
    }

    [Fact]
    public async Task A_cancelled_job_is_told_to_stop_and_its_commit_still_counts()
    {
        _attempt.Store.State = LeaseState.Cancelling;

        await RequireAsync();

        Assert.Equal(StopCause.Cancelled, _attempt.Stop.Cause);
    }

    private Task RequireAsync() => _attempt.Held.RequireAsync((store, lease) => store.HeartbeatAsync(lease, null, CancellationToken.None));
}
