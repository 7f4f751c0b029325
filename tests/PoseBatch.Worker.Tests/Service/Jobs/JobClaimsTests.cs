using PoseBatch.Jobs;

namespace PoseBatch.Service.Jobs;

public class JobClaimsTests
{
    private readonly SomeWorker _worker = new(slots: 2);

    [Fact]
    public async Task A_claim_says_who_asks_for_how_long_and_what_it_holds()
    {
        _worker.HasGpu = true;
        _worker.Store.Waiting.Enqueue(SomeJob.Lease("a"));
        Assert.Equal("a", (await _worker.NextAsync())?.Id);
        _worker.Begin("a");
        Assert.Null(await _worker.NextAsync());

        JobClaim first = _worker.Store.Claims[0], second = _worker.Store.Claims[1];
        Assert.Equal(("here:1:1", TimeSpan.FromSeconds(40), true), (first.Worker, first.Lease, first.HasGpu));
        Assert.Equal((null, 90.0), (first.MostSeconds, second.MostSeconds));   // the second slot of two is for short videos
        Assert.Empty(first.HeldJobs);
        Assert.Equal(["a"], second.HeldJobs);
    }

    [Theory]
    [InlineData(true, false, true)]     // no slot
    [InlineData(false, true, true)]     // networks hang
    [InlineData(false, false, false)]   // results cannot be written
    public async Task Nothing_is_asked_for_that_could_not_be_run(bool isFull, bool isSpent, bool isWritable)
    {
        (_worker.IsSpent, _worker.IsWritable) = (isSpent, isWritable);
        if (isFull)
        {
            _worker.Begin("a");
            _worker.Begin("b");
        }

        Assert.Null(await _worker.NextAsync());
        Assert.Empty(_worker.Store.Claims);
    }

    [Fact]
    public async Task A_job_with_which_a_worker_died_is_given_back_until_it_can_run_alone()
    {
        FakeAttempt other = _worker.Begin("other");
        _worker.Store.Waiting.Enqueue(Suspect());

        Assert.Null(await _worker.NextAsync());
        Assert.True(other.IsPreempted);
        Assert.Equal(["release suspect"], _worker.Store.Told);

        // As long as another runs, nothing is asked for.
        Assert.Null(await _worker.NextAsync());
        Assert.Single(_worker.Store.Claims);

        other.End();
        await _worker.Running.FreedAsync(TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
        _worker.Store.Waiting.Enqueue(Suspect());
        Assert.Equal("suspect", (await _worker.NextAsync())?.Id);
        Assert.Equal("suspect", _worker.Store.Claims[1].JobId);
    }

    [Fact]
    public async Task A_job_with_which_a_worker_died_begins_at_once_where_nothing_runs()
    {
        _worker.Store.Waiting.Enqueue(Suspect());

        Assert.Equal("suspect", (await _worker.NextAsync())?.Id);
        Assert.Empty(_worker.Store.Told);
    }

    [Fact]
    public async Task A_store_that_is_away_is_asked_again_after_two_seconds()
    {
        _worker.Store.IsAway = true;
        Task<JobLease?> next = _worker.NextAsync();
        _worker.Clock.Advance(1.9);
        Assert.False(next.IsCompleted);
        Assert.Equal("locked.", _worker.Watched.Health.Problem);

        _worker.Clock.Advance(0.1);
        Assert.Null(await next);
    }

    private static JobLease Suspect() => SomeJob.Lease("suspect", attempt: 2, reason: ReasonCode.LeaseLost);
}
