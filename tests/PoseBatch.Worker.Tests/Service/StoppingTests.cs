using System.Runtime.InteropServices;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service;
using PoseBatch.Worker.Service.Attempts;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service;

/// <summary>What a service decides when it is asked to stop.</summary>
public class StoppingTests
{
    private readonly ManualClock _clock = new();
    private readonly List<TimeSpan> _overdue = [];
    private readonly List<int> _ends = [];

    [Theory]
    [InlineData(PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGHUP, 129)]
    [InlineData(PosixSignal.SIGQUIT, 131)]
    public void The_first_signal_asks_the_second_hurries_and_the_third_ends_it(PosixSignal signal, int exitCode)
    {
        using StopSignals signals = new(_ends.Add);
        Assert.False(signals.Asked.IsCancellationRequested);

        signals.Receive(signal);
        Assert.Equal((true, false), (signals.Asked.IsCancellationRequested, signals.AtOnce.IsCancellationRequested));

        signals.Receive(signal);
        Assert.True(signals.AtOnce.IsCancellationRequested);
        Assert.Empty(_ends);

        signals.Receive(signal);
        Assert.Equal([exitCode], _ends);   // 128 and the number of the signal, as a shell counts
    }

    [Fact]
    public void A_service_that_hangs_while_it_starts_ends_after_ten_seconds_and_has_nothing_to_hand_over()
    {
        using CancellationTokenSource asked = new();
        using StopDeadline deadline = new(_clock, _overdue.Add, _ends.Add, asked.Token);
        _clock.Advance(1000);
        asked.Cancel();

        _clock.Advance(9.9);
        Assert.Empty(_ends);
        _clock.Advance(0.1);
        Assert.Equal([ExitCode.Done], _ends);
    }

    [Fact]
    public void A_service_that_hangs_with_jobs_in_hand_ends_twenty_seconds_after_the_drain_and_says_so()
    {
        using CancellationTokenSource asked = new();
        using StopDeadline deadline = new(_clock, _overdue.Add, _ends.Add, asked.Token);
        deadline.JobsBegin(TimeSpan.FromSeconds(30));
        asked.Cancel();

        _clock.Advance(49.9);
        Assert.Empty(_ends);
        _clock.Advance(0.1);
        Assert.Equal([ExitCode.Cancelled], _ends);
        Assert.Equal([TimeSpan.FromSeconds(50)], _overdue);
    }

    [Fact]
    public void What_hangs_when_all_jobs_are_handed_over_makes_the_end_no_worse()
    {
        using CancellationTokenSource asked = new();
        using StopDeadline deadline = new(_clock, _overdue.Add, _ends.Add, asked.Token);
        deadline.JobsBegin(TimeSpan.FromSeconds(1));
        asked.Cancel();
        deadline.JobsEnded();
        Assert.Equal(ExitCode.Done, deadline.ExitCodeNow);

        _clock.Advance(21);
        Assert.Equal([ExitCode.Done], _ends);
    }

    [Fact]
    public void Jobs_that_begin_after_the_signal_have_the_time_of_the_drain_counted_from_the_signal()
    {
        using CancellationTokenSource asked = new();
        using StopDeadline deadline = new(_clock, _overdue.Add, _ends.Add, asked.Token);
        asked.Cancel();
        _clock.Advance(5);
        deadline.JobsBegin(TimeSpan.FromSeconds(2));

        _clock.Advance(16.9);
        Assert.Empty(_ends);
        _clock.Advance(0.1);   // 22 s after the signal
        Assert.Single(_ends);
    }

    [Fact]
    public void Who_has_ended_in_time_is_not_ended_again()
    {
        using CancellationTokenSource asked = new();
        StopDeadline deadline = new(_clock, _overdue.Add, _ends.Add, asked.Token);
        asked.Cancel();
        deadline.Dispose();
        _clock.Advance(1000);
        Assert.Empty(_ends);
    }

    [Fact]
    public async Task Jobs_that_end_by_themselves_are_not_handed_over()
    {
        TaskCompletionSource jobs = new();
        Task<bool> ended = new DrainWait(TimeSpan.FromSeconds(20), _clock, CancellationToken.None).HasEndedAsync(jobs.Task);
        _clock.Advance(19);
        Assert.False(ended.IsCompleted);

        jobs.SetResult();
        Assert.True(await ended);
    }

    [Fact]
    public async Task Jobs_that_are_not_at_the_end_of_their_segment_in_time_are_handed_over()
    {
        Task<bool> ended = new DrainWait(TimeSpan.FromSeconds(20), _clock, CancellationToken.None).HasEndedAsync(new TaskCompletionSource().Task);
        _clock.Advance(19.9);
        Assert.False(ended.IsCompleted);

        _clock.Advance(0.1);
        Assert.False(await ended);
    }

    [Fact]
    public async Task Nobody_waits_for_the_end_of_a_segment_when_told_to_be_quick()
    {
        using CancellationTokenSource atOnce = new();
        Task<bool> ended = new DrainWait(TimeSpan.FromSeconds(20), _clock, atOnce.Token).HasEndedAsync(new TaskCompletionSource().Task);

        await atOnce.CancelAsync();
        Assert.False(await ended);
    }

    [Theory]
    [InlineData(null, 0.0, 1e9, nameof(RuntimeVerdict.Within))]
    [InlineData(null, 60.0, 60.0, nameof(RuntimeVerdict.Within))]
    [InlineData(null, 60.0, 60.1, nameof(RuntimeVerdict.ServiceLimit))]
    [InlineData(30.0, 60.0, 30.1, nameof(RuntimeVerdict.JobLimit))]
    [InlineData(30.0, 60.0, 99.0, nameof(RuntimeVerdict.JobLimit))]
    [InlineData(90.0, 60.0, 60.1, nameof(RuntimeVerdict.ServiceLimit))]
    [InlineData(30.0, 0.0, 30.1, nameof(RuntimeVerdict.JobLimit))]
    public void The_smaller_of_two_limits_counts_and_a_job_cannot_ask_for_more(double? job, double service, double elapsed, string verdict)
    {
        RuntimeLimit limit = new(job, service, _clock);
        _clock.Advance(elapsed);
        Assert.Equal(verdict, limit.Verdict.ToString());
    }
}
