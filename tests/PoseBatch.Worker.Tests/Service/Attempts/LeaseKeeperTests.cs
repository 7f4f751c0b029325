using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public sealed class LeaseKeeperTests : IDisposable
{
    private readonly SomeAttempt _attempt = new();
    private readonly CancellationTokenSource _over = new();
    private long _activity;

    public void Dispose()
    {
        _over.Dispose();
        _attempt.Dispose();
    }

    [Fact]
    public async Task The_lease_is_renewed_every_two_seconds_while_something_moves()
    {
        Task keeping = Keep();
        for (int i = 0; i < 12; i++)   // 6 s
        {
            _activity++;
            await StepAsync();
        }

        await EndAsync(keeping);

        Assert.Equal(["heartbeat", "heartbeat", "heartbeat"], _attempt.Store.Told);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
    }

    [Fact]
    public async Task What_stands_still_is_stopped_and_its_lease_is_not_renewed_any_more()
    {
        Task keeping = Keep(stallSeconds: 3);
        for (int i = 0; i < 12; i++)
        {
            await StepAsync();
        }

        await EndAsync(keeping);

        Assert.Equal(["heartbeat"], _attempt.Store.Told);   // after 2 s; after 4 s nothing had moved for more than 3
        Assert.Equal(StopCause.Stalled, _attempt.Stop.Cause);
    }

    [Fact]
    public async Task A_job_that_is_cancelled_is_stopped_at_the_next_look()
    {
        Task keeping = Keep();
        _attempt.Store.Found = _attempt.Lease.Job with { Status = JobStatus.Cancelling };
        await StepAsync();
        await EndAsync(keeping);

        Assert.Equal(StopCause.Cancelled, _attempt.Stop.Cause);
    }

    [Theory]
    [InlineData(2, JobStatus.Running)]   // another worker has it: its token is newer
    [InlineData(1, JobStatus.Queued)]    // nobody has it
    public async Task A_job_that_this_worker_does_not_have_any_more_is_stopped_at_the_next_look(long token, JobStatus status)
    {
        Task keeping = Keep();
        _attempt.Store.Found = _attempt.Lease.Job with { Token = token, Status = status };
        await StepAsync();
        await EndAsync(keeping);

        Assert.Equal(StopCause.Lost, _attempt.Stop.Cause);
    }

    [Fact]
    public async Task A_store_that_is_away_for_no_longer_than_the_lease_stops_nothing()
    {
        Task keeping = Keep();
        _attempt.Store.IsAway = true;
        for (int i = 0; i < 120; i++)   // 60 s, as long as the lease
        {
            _activity++;
            await StepAsync();
        }

        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
        await StepAsync();
        Assert.Equal(StopCause.Lost, _attempt.Stop.Cause);
        await EndAsync(keeping);
    }

    [Fact]
    public async Task The_lease_runs_from_when_the_store_is_told_and_not_from_its_answer()
    {
        _attempt.Store.Beating = () =>
        {
            _attempt.Store.Beating = null;
            _activity++;
            _attempt.Clock.Advance(30);
        };
        Task keeping = Keep();
        for (int i = 0; i < 4; i++)
        {
            await StepAsync();
        }

        _attempt.Store.IsAway = true;   // it is told after 2 s, has answered after 32, and is away from then on
        for (int i = 0; i < 60; i++)
        {
            _activity++;
            await StepAsync();
        }

        Assert.Equal(StopCause.None, _attempt.Stop.Cause);   // after 62 s
        await StepAsync();
        Assert.Equal(StopCause.Lost, _attempt.Stop.Cause);
        await EndAsync(keeping);
    }

    [Fact]
    public async Task A_store_that_is_a_server_is_told_every_five_seconds_and_not_looked_at_in_between()
    {
        _attempt.Store.Pace = StorePace.Server;
        Task keeping = Keep();
        for (int i = 0; i < 3; i++)
        {
            _activity++;
            _attempt.Store.Found = null;   // whoever looked would take the job for lost
            await StepAsync(5);
        }

        await EndAsync(keeping);

        Assert.Equal(["heartbeat", "heartbeat", "heartbeat"], _attempt.Store.Told);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
    }

    [Fact]
    public async Task A_short_lease_is_renewed_more_often()
    {
        LeaseKeeper keeper = new(
            new(_attempt.Lease.Job, TimeSpan.FromSeconds(1)), _attempt.Watched, _attempt.Progress, _attempt.Stop, Limits(stallSeconds: 60));
        _attempt.Store.Found = _attempt.Lease.Job;
        Task keeping = keeper.RunAsync(_over.Token);
        for (int i = 0; i < 8; i++)
        {
            await StepAsync(0.125);
        }

        await EndAsync(keeping);

        Assert.Equal(4, _attempt.Store.Told.Count);   // every quarter of a second in one second
    }

    private Task Keep(double stallSeconds = 60)
    {
        _attempt.Store.Found = _attempt.Lease.Job;
        return new LeaseKeeper(_attempt.Lease, _attempt.Watched, _attempt.Progress, _attempt.Stop, Limits(stallSeconds)).RunAsync(_over.Token);
    }

    private AttemptLimits Limits(double stallSeconds) => new(new(() => _activity, stallSeconds, _attempt.Clock), new(null, 0, _attempt.Clock));

    private async Task StepAsync(double seconds = 0.5)
    {
        await _attempt.Clock.SomebodyWaitsAsync();
        _attempt.Clock.Advance(seconds);
        await _attempt.Clock.SomebodyWaitsAsync();
    }

    private async Task EndAsync(Task keeping)
    {
        await _over.CancelAsync();
        await keeping;
    }
}
