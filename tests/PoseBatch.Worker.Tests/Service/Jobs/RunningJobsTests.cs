namespace PoseBatch.Service.Jobs;

public class RunningJobsTests
{
    [Fact]
    public void The_last_free_slot_is_for_short_videos()
    {
        SomeWorker worker = new(slots: 3);
        Assert.Equal((true, false), (worker.Running.HasRoom, worker.Running.HasOnlyReservedSlot));
        worker.Begin("a");
        Assert.False(worker.Running.HasOnlyReservedSlot);
        worker.Begin("b");
        Assert.Equal((true, true), (worker.Running.HasRoom, worker.Running.HasOnlyReservedSlot));
        worker.Begin("c");
        Assert.Equal((false, false), (worker.Running.HasRoom, worker.Running.HasOnlyReservedSlot));
    }

    [Fact]
    public async Task A_single_slot_is_for_all_and_holds_one_video_until_its_tables_are_written()
    {
        SomeWorker worker = new(slots: 1);
        Assert.Equal((true, false), (worker.Running.HasRoom, worker.Running.HasOnlyReservedSlot));

        await worker.Begin("a").DecodedAsync();
        Assert.False(worker.Running.HasRoom);
    }

    [Fact]
    public async Task A_video_that_is_decoded_leaves_its_slot_until_one_less_than_twice_as_many_are_in_work()
    {
        SomeWorker worker = new(slots: 2);
        await worker.Begin("a").DecodedAsync();
        await worker.Begin("b").DecodedAsync();
        Assert.True(worker.Running.HasRoom);

        await worker.Begin("c").DecodedAsync();   // 2 * 2 - 1
        Assert.False(worker.Running.HasRoom);
    }

    [Fact]
    public async Task Who_waits_for_a_slot_is_woken_when_one_is_free()
    {
        SomeWorker worker = new(slots: 2);
        FakeAttempt attempt = worker.Begin("a");
        Task freed = worker.Running.FreedAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await worker.Clock.SomebodyWaitsAsync();
        Assert.False(freed.IsCompleted);

        await attempt.DecodedAsync();

        await freed;
    }

    [Fact]
    public async Task A_slot_that_became_free_before_anybody_waited_is_not_missed()
    {
        SomeWorker worker = new(slots: 2);
        await worker.Begin("a").DecodedAsync();

        await worker.Running.FreedAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Task second = worker.Running.FreedAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        worker.Clock.Advance(1);
        await second;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_attempt_that_has_ended_is_not_counted_any_more_even_by_a_defect(bool isDefect)
    {
        SomeWorker worker = new(slots: 2);
        Task ended = worker.Running.Begin(SomeJob.Lease("a"), null, CancellationToken.None).Ended;

        worker.Begun[0].End(isDefect ? new InvalidOperationException("A defect.") : null);
        await ended;

        Assert.Equal((true, true), (worker.Running.IsEmpty, worker.Begun[0].IsDisposed));
    }
}
