using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

public sealed class EnginePoolTests : IAsyncDisposable
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly FakeEngines _engines = new();
    private readonly EnginePool _pool;

    public EnginePoolTests() => _pool = new(_engines);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    [Fact]
    public async Task Jobs_of_one_kind_share_an_engine_and_it_stays_loaded_for_the_next()
    {
        EngineLease first = await RentAsync("a"), second = await RentAsync("a");
        Assert.Same(first.Loaded, second.Loaded);
        await first.DisposeAsync();
        await second.DisposeAsync();

        await using EngineLease third = await RentAsync("a");

        Assert.Single(_engines.Loaded);
        Assert.False(_engines.Loaded[0].IsDisposed);
    }

    [Fact]
    public async Task A_network_whose_files_were_replaced_is_loaded_again()
    {
        await using EngineLease old = await RentAsync("a");
        _engines.Stamp = "replaced";
        await using EngineLease now = await RentAsync("a");

        Assert.NotSame(old.Loaded, now.Loaded);
    }

    [Fact]
    public async Task Two_idle_engines_stay_loaded_and_the_one_unused_for_longest_goes()
    {
        await UseAsync("a");
        await UseAsync("b");
        await UseAsync("a");
        await UseAsync("c");

        Assert.Equal([("a", false), ("b", true), ("c", false)], _engines.Loaded.Select(engine => (engine.Key.Model, engine.IsDisposed)));
    }

    [Fact]
    public async Task An_engine_in_use_is_not_idle()
    {
        await using EngineLease used = await RentAsync("a");
        await UseAsync("b");
        await UseAsync("c");
        await UseAsync("d");

        Assert.Equal([("a", false), ("b", true), ("c", false), ("d", false)], _engines.Loaded.Select(engine => (engine.Key.Model, engine.IsDisposed)));
    }

    [Fact]
    public async Task What_could_not_be_loaded_is_tried_again_by_the_next_job()
    {
        _engines.Fault = new(ReasonCode.ModelMissing, "It is not there.");
        Assert.Same(_engines.Fault, await Assert.ThrowsAsync<PoseBatchException>(() => RentAsync("a")));

        _engines.Fault = null;
        await UseAsync("a");

        Assert.Single(_engines.Loaded);
    }

    [Fact]
    public async Task Who_does_not_wait_any_longer_leaves_what_is_being_loaded_to_others()
    {
        TaskCompletionSource ready = new();
        _engines.Ready = ready.Task;
        using CancellationTokenSource impatient = new();
        Task<EngineLease> first = _pool.RentAsync(Key("a"), impatient.Token), second = RentAsync("a");
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        ready.SetResult();
        await (await second).DisposeAsync();

        Assert.Single(_engines.Loaded);
    }

    [Fact]
    public async Task A_network_that_hangs_is_given_up_for_all_and_the_next_job_loads_another()
    {
        await using EngineLease mine = await RentAsync("a"), shared = await RentAsync("a");
        mine.GiveUp();
        mine.GiveUp();   // once is enough

        Assert.Equal((1, true), (_pool.Hanging, shared.Hangs.IsCancellationRequested));
        await using EngineLease next = await RentAsync("a");
        Assert.NotSame(mine.Loaded, next.Loaded);
        Assert.False(next.Hangs.IsCancellationRequested);
    }

    [Fact]
    public async Task A_call_that_comes_back_after_all_hangs_no_more()
    {
        EngineLease lease = await RentAsync("a");
        lease.GiveUp();

        await lease.DisposeAsync();

        Assert.Equal((0, true), (_pool.Hanging, _engines.Loaded[0].IsDisposed));
    }

    [Fact]
    public async Task With_three_networks_that_hang_the_pool_is_spent()
    {
        List<EngineLease> hanging = [];
        for (int count = 0; count < 3; count++)
        {
            Assert.False(_pool.IsSpent);
            EngineLease lease = await RentAsync("a");
            lease.GiveUp();
            hanging.Add(lease);
        }

        Assert.True(_pool.IsSpent);
    }

    [Fact]
    public async Task Time_and_frames_are_summed_over_all_engines_and_time_over_those_that_are_gone()
    {
        await using EngineLease first = await RentAsync("a"), second = await RentAsync("b");
        (_engines.Loaded[0].WaitingCount, _engines.Loaded[0].Inferring) = (3, TimeSpan.FromSeconds(10));
        (_engines.Loaded[1].WaitingCount, _engines.Loaded[1].Inferring) = (4, TimeSpan.FromSeconds(5));
        Assert.Equal((7, TimeSpan.FromSeconds(15)), (_pool.Waiting, _pool.Inferring));

        first.GiveUp();

        Assert.Equal((4, TimeSpan.FromSeconds(15)), (_pool.Waiting, _pool.Inferring));
    }

    private static EngineKey Key(string model) => new(model, null, "auto", 0, false);

    private Task<EngineLease> RentAsync(string model) => _pool.RentAsync(Key(model), Stop);

    private async Task UseAsync(string model) => await (await RentAsync(model)).DisposeAsync();
}
