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
    public void The_store_is_asked_before_anything_counts()
    {
        _fence.BeforeCommit(0);
        _fence.Committed(0);
        _fence.Finalizing();
        _fence.BeforePublish();

        Assert.Equal(["heartbeat", "segment 0", "advance finalizing", "heartbeat"], _attempt.Store.Told);
        Assert.Equal((3, 1), (_fence.Attempt, _attempt.Progress.Now().Segments));
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);
    }

    [Fact]
    public void Nothing_is_committed_for_a_job_that_another_worker_has()
    {
        _attempt.Store.State = LeaseState.Lost;

        Assert.Equal(ReasonCode.LeaseLost, Assert.Throws<PoseBatchException>(() => _fence.BeforeCommit(0)).Reason);
        Assert.Equal(ReasonCode.LeaseLost, Assert.Throws<PoseBatchException>(_fence.BeforePublish).Reason);
        Assert.False(_attempt.Progress.HasCheckpointed.IsCompleted);
    }

    [Fact]
    public async Task A_service_that_stops_hands_over_at_the_end_of_the_segment()
    {
        await _drain.CancelAsync();
        _fence.BeforeCommit(0);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);

        _fence.Committed(0);

        Assert.Equal(StopCause.Drained, _attempt.Stop.Cause);
        Assert.True(_attempt.Progress.HasCheckpointed.IsCompleted);
    }

    [Fact]
    public void Room_for_a_job_that_has_to_run_alone_is_made_at_the_end_of_the_segment()
    {
        _fence.Preempt();
        _fence.BeforeCommit(4);
        Assert.Equal(StopCause.None, _attempt.Stop.Cause);

        _fence.Committed(4);

        Assert.Equal(StopCause.Yielded, _attempt.Stop.Cause);
    }
}
