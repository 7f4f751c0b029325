using PoseBatch.Shared;

namespace PoseBatch.Video;

public class FramePoolTests
{
    [Fact]
    public void Frames_are_made_on_first_need_and_used_again()
    {
        using FramePool pool = new(Some.Placement, 1, 2);
        Frame first = pool.Rent(CancellationToken.None);
        pool.Return(first);

        Assert.Same(first, pool.Rent(CancellationToken.None));
        Assert.NotSame(first, pool.Rent(CancellationToken.None));
        Assert.Equal(2, pool.RentedCount);
    }

    [Fact]
    public async Task Who_found_the_pool_empty_waits_until_half_of_it_is_free()
    {
        using FramePool pool = new(Some.Placement, 1, 4);
        Frame[] out4 = [.. Enumerable.Range(0, 4).Select(_ => pool.Rent(CancellationToken.None))];
        TaskCompletionSource foundEmpty = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pool.Waited += foundEmpty.SetResult;
        Task<Frame> waiting = Task.Run(() => pool.Rent(CancellationToken.None));
        await foundEmpty.Task.WaitAsync(TestContext.Current.CancellationToken);

        pool.Return(out4[0]);
        Assert.True(pool.IsAwaited, "One of four let the next one in.");
        pool.Return(out4[1]);
        Assert.False(pool.IsAwaited, "Two of four did not.");
        pool.Return(await waiting);
        pool.Return(out4[2]);
        pool.Return(out4[3]);
        Assert.Equal(0, pool.RentedCount);
    }

    [Fact]
    public void A_cancelled_wait_owns_nothing_and_the_pool_goes_on()
    {
        using FramePool pool = new(Some.Placement, 1, 1);
        Frame only = pool.Rent(CancellationToken.None);
        using CancellationTokenSource stop = new();
        stop.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => pool.Rent(stop.Token));
        pool.Return(only);
        Assert.Same(only, pool.Rent(CancellationToken.None));
    }
}
