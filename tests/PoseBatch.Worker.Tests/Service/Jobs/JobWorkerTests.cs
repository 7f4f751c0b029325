using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

public sealed class JobWorkerTests : IDisposable
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly SomeWorker _parts = new(slots: 3);
    private readonly CancellationTokenSource _atOnce = new();
    private readonly JobWorker _worker;

    public JobWorkerTests() => _worker = new(
        _parts.Running, _parts.Claims, new(_parts.Watched, name => name == "dead:1:1", NullLogger.Instance), _parts, _parts.Settings, _parts.Clock)
    { AtOnce = _atOnce.Token };

    public void Dispose()
    {
        _worker.Dispose();
        _atOnce.Dispose();
    }

    [Fact]
    public async Task Jobs_of_workers_that_are_known_to_be_dead_are_freed_at_the_start()
    {
        _parts.Store.Workers["dead:1:1"] = 2;
        _parts.Store.Workers["elsewhere:1:1"] = 1;

        await _worker.StartAsync(Stop);
        await _parts.Clock.SomebodyWaitsAsync();

        Assert.Equal(["expire dead:1:1"], _parts.Store.Told);
        await _worker.StopAsync(Stop);
    }

    [Fact]
    public async Task The_first_job_has_half_a_second_for_its_first_frame_before_the_next_begins()
    {
        await StartAsync("a", "b");
        await _parts.Clock.SomebodyWaitsAsync();
        Assert.Single(_parts.Begun);

        _parts.Clock.Advance(0.5);
        await WaitForAsync(begun: 2);

        await EndAllAsync();
    }

    [Fact]
    public async Task With_its_first_frame_the_next_begins_at_once()
    {
        await StartAsync("a", "b");

        _parts.Begun[0].Frames.SetResult();
        await WaitForAsync(begun: 2);

        await EndAllAsync();
    }

    [Fact]
    public async Task The_attempt_in_the_slot_for_short_videos_gives_a_long_one_back()
    {
        await StartAsync("a", "b", "c");
        _parts.Begun[0].Frames.SetResult();
        await WaitForAsync(begun: 3);

        Assert.Equal([null, null, 90.0], _parts.Begun.Select(attempt => attempt.MostSeconds));
        await EndAllAsync();
    }

    [Fact]
    public async Task A_job_with_which_a_worker_died_runs_alone_until_it_has_passed_that_place()
    {
        _parts.Store.Waiting.Enqueue(SomeJob.Lease("suspect", attempt: 2, reason: ReasonCode.LeaseLost));
        _parts.Store.Waiting.Enqueue(SomeJob.Lease("b"));
        await _worker.StartAsync(Stop);
        await WaitForAsync(begun: 1);
        _parts.Begun[0].Frames.SetResult();
        _parts.Clock.Advance(60);
        Assert.Single(_parts.Begun);

        _parts.Begun[0].Checkpoint.SetResult();
        await WaitForAsync(begun: 2);

        await EndAllAsync();
    }

    [Fact]
    public async Task A_service_that_stops_hands_over_at_once_what_has_no_frame_and_the_rest_when_its_time_is_over()
    {
        await StartAsync("a", "b");
        _parts.Begun[0].Frames.SetResult();
        await WaitForAsync(begun: 2);
        Assert.True(_worker.IsAlive);

        Task stopping = _worker.StopAsync(Stop);
        await HandedOverAsync(1);
        await _parts.Clock.SomebodyWaitsAsync();   // the drain
        Assert.True(_parts.Begun[0].Drain.IsCancellationRequested);
        Assert.False(_parts.Begun[0].IsHandedOver);
        Assert.True(_worker.HoldsJobs);

        _parts.Clock.Advance(20);
        await HandedOverAsync(0);
        Assert.False(_worker.IsAlive);
        End();
        await stopping;
        Assert.False(_worker.HoldsJobs);
    }

    [Fact]
    public async Task A_second_signal_hands_over_at_once()
    {
        await StartAsync("a");
        _parts.Begun[0].Frames.SetResult();
        Task stopping = _worker.StopAsync(Stop);

        await _atOnce.CancelAsync();
        await HandedOverAsync(0);

        End();
        await stopping;
    }

    [Fact]
    public void A_worker_whose_process_has_too_many_hanging_networks_counts_as_dead()
    {
        Assert.True(_worker.IsAlive);
        _parts.IsSpent = true;
        Assert.False(_worker.IsAlive);
    }

    private async Task StartAsync(params string[] jobs)
    {
        foreach (string job in jobs)
        {
            _parts.Store.Waiting.Enqueue(SomeJob.Lease(job));
        }

        await _worker.StartAsync(Stop);
        await WaitForAsync(begun: 1);
    }

    private async Task WaitForAsync(int begun)
    {
        while (_parts.BegunCount < begun)
        {
            await Task.Yield();
        }
    }

    private async Task HandedOverAsync(int index)
    {
        while (!_parts.Begun[index].IsHandedOver)
        {
            await Task.Yield();
        }
    }

    private async Task EndAllAsync()
    {
        Task stopping = _worker.StopAsync(Stop);
        End();
        await stopping;
    }

    private void End() => _parts.Begun.ForEach(attempt => attempt.End());
}
