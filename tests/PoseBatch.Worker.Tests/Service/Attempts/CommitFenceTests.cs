using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public sealed class CommitFenceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-fence-");
    private readonly SomeAttempt _attempt = new(SomeJob.Lease(attempt: 3));
    private readonly CancellationTokenSource _drain = new();
    private readonly CommitFence _fence;

    public CommitFenceTests() =>
        _fence = new(_attempt.Held, new(new([_folder.FullName], _folder.FullName)), _attempt.Progress, _attempt.Stop, _drain.Token);

    public void Dispose()
    {
        _drain.Dispose();
        _attempt.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_store_is_asked_before_anything_counts()
    {
        await _fence.BeforeCommitAsync(0);
        await _fence.CommittedAsync(0);
        await _fence.FinalizingAsync();
        await _fence.BeforePublishAsync();

        Assert.Equal(["heartbeat", "segment 0", "advance finalizing", "heartbeat"], _attempt.Store.Told);
        Assert.Equal((3, 1), (_fence.Attempt, _attempt.Progress.Now().Segments));
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
    }

    [Fact]
    public async Task Nothing_is_committed_for_a_job_that_another_worker_has()
    {
        _attempt.Store.State = LeaseState.Lost;

        Assert.Equal(ReasonCode.LeaseLost, (await Assert.ThrowsAsync<PoseBatchException>(() => _fence.BeforeCommitAsync(0))).Reason);
        Assert.Equal(ReasonCode.LeaseLost, (await Assert.ThrowsAsync<PoseBatchException>(_fence.BeforePublishAsync)).Reason);
        Assert.False(_attempt.Progress.HasCheckpointed.IsCompleted);
    }

    [Fact]
    public async Task A_service_that_stops_hands_over_at_the_end_of_the_segment()
    {
        await _drain.CancelAsync();
        await _fence.BeforeCommitAsync(0);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);

        await _fence.CommittedAsync(0);

        Assert.Equal(StopCause.Drained, _attempt.Stop.Cause);
        Assert.True(_attempt.Progress.HasCheckpointed.IsCompleted);
    }

    [Fact]
    public async Task Room_for_a_job_that_has_to_run_alone_is_made_at_the_end_of_the_segment()
    {
        _fence.Preempt();
        await _fence.BeforeCommitAsync(4);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);

        await _fence.CommittedAsync(4);

        Assert.Equal(StopCause.Yielded, _attempt.Stop.Cause);
    }
}
