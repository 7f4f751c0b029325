using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public sealed class LostChildrenTests
{
    private readonly ManualClock _clock = new();
    private readonly LostChildren _lost;

    public LostChildrenTests() => _lost = new(_clock);

    [Fact]
    public async Task Ten_lost_children_of_a_job_are_borne_and_not_one_more()
    {
        for (int loss = 0; loss < 10; loss++)
        {
            Assert.Equal(ChildLoss.Borne, await LoseAsync("a"));
        }

        Assert.Equal(ChildLoss.Counted, await LoseAsync("a"));
        Assert.Equal(ChildLoss.Borne, await LoseAsync("b"));   // each job for itself
    }

    [Fact]
    public async Task A_job_that_is_over_begins_anew()
    {
        for (int loss = 0; loss < 20; loss++)
        {
            await LoseAsync("a");
        }

        _lost.Forget("a");

        Assert.Equal(ChildLoss.Borne, await LoseAsync("a"));
    }

    [Fact]
    public async Task A_child_that_ends_shortly_before_the_service_is_asked_to_stop_was_lost_with_it()
    {
        using CancellationTokenSource drain = new();
        Task<ChildLoss> loss = _lost.JudgeAsync("a", drain.Token);
        _clock.Advance(1.9);
        Assert.False(loss.IsCompleted);

        await drain.CancelAsync();

        Assert.Equal(ChildLoss.Drained, await loss);
    }

    private async Task<ChildLoss> LoseAsync(string job)
    {
        Task<ChildLoss> loss = _lost.JudgeAsync(job, CancellationToken.None);
        _clock.Advance(2);
        return await loss;
    }
}
