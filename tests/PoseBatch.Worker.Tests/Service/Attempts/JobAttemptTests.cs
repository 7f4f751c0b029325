using Microsoft.Extensions.Logging.Abstractions;
using PoseBatch.Jobs;
using PoseBatch.Pipeline;
using PoseBatch.Results;
using PoseBatch.Service.Jobs;
using PoseBatch.Worker.Hosting;
using PoseBatch.Worker.Service.Attempts;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Attempts;

/// <summary>A whole attempt, with a network that does what a test says.</summary>
public sealed class JobAttemptTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posebatch-attempt-").FullName;
    private readonly ManualClock _clock = new();
    private readonly StubStore _store = new();
    private readonly FakeEngines _engines = new();
    private readonly FakeResults _results = new();
    private readonly CancellationTokenSource _drain = new();
    private readonly AttemptParts _parts;
    private JobLease _lease;

    public JobAttemptTests()
    {
        Settings settings = new()
        {
            Models = new() { Default = "m" },
            Output = new() { Root = Path.Combine(_folder, "results") },
            Jobs = new() { Roots = [_folder] },
        };
        JobSpec spec = JobFields.Fill(new() { Source = new() { Path = Path.Combine(_folder, "clip.mp4") } }, JobDefaults.Of(settings));
        _lease = SomeJob.Lease(spec: spec);
        _store.Found = _lease.Job;
        JobSubmitter submitter = JobSubmitter.Open(_store, settings);
        _parts = new()
        {
            Store = new(_store, new(NullLogger.Instance, _clock), _clock),
            Engines = new(_engines),
            Submitter = submitter,
            Results = _results,
            Output = new(new(submitter.Mounts, _results, submitter.Paths.OutputRoot), NullLogger.Instance, _clock),
            Lost = new(_clock),
            Metrics = new(Guid.NewGuid().ToString()),
            Settings = settings,
            Logger = NullLogger.Instance,
            Chance = () => 0.5,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _drain.Dispose();
        _parts.Metrics.Dispose();
        await _parts.Engines.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_run_that_completes_completes_the_job_and_frees_whoever_waits_for_it()
    {
        _engines.Run = (job, _) => Task.FromResult(new JobReport { Path = job.Path, State = RunOutcome.Completed, ResultPath = "/r/clip" });
        using JobAttempt attempt = Open();

        await attempt.RunAsync(() => { });

        Assert.Equal(["complete /r/clip"], _store.Told);
        Assert.True(attempt.HasFrames.IsCompleted);
        Assert.True(attempt.HasCheckpointed.IsCompleted);
    }

    [Theory]
    [InlineData(false, "fail internal")]
    [InlineData(true, "fail model_missing")]
    public async Task Whatever_a_run_throws_fails_the_attempt(bool isKnown, string told)
    {
        _engines.Run = (_, _) => throw (isKnown ? new PoseBatchException(ReasonCode.ModelMissing, "It is gone.") : new InvalidOperationException("A defect."));
        using JobAttempt attempt = Open();

        await attempt.RunAsync(() => { });

        Assert.Equal([told], _store.Told);
    }

    [Fact]
    public async Task A_model_that_is_not_the_one_the_job_was_written_for_is_not_run()
    {
        JobSpec spec = _lease.Job.Spec;
        _lease = SomeJob.Lease(spec: spec with { Model = spec.Model with { Sha256 = new string('0', 64) } });
        using JobAttempt attempt = Open();

        await attempt.RunAsync(() => { });

        Assert.Equal(["fail model_mismatch"], _store.Told);
    }

    [Fact]
    public async Task A_job_that_is_handed_over_goes_back_to_the_queue()
    {
        _engines.Run = UntilToldAsync;
        using JobAttempt attempt = Open();
        Task running = attempt.RunAsync(() => { });

        attempt.HandOver();
        await running;

        Assert.Equal(["release job"], _store.Told);
    }

    [Theory]
    [InlineData(60.0, 1)]   // a call of the network
    [InlineData(0.0, 0)]    // of something else
    public async Task What_does_not_stop_is_left_behind_and_a_network_that_hangs_with_it(double seconds, int hanging)
    {
        TaskCompletionSource<JobReport> never = new();
        TaskCompletionSource began = new();
        JobSpec spec = _lease.Job.Spec;
        _lease = SomeJob.Lease(spec: spec with { Limits = spec.Limits with { StallTimeoutSeconds = 30 } });
        _engines.LongestCall = TimeSpan.FromSeconds(seconds);
        _engines.Run = (_, _) =>
        {
            began.SetResult();
            return never.Task;
        };
        using JobAttempt attempt = Open();
        Task running = attempt.RunAsync(() => { });
        await began.Task;
        await LetPassAsync(running);

        Assert.Equal("fail stalled", _store.Told[^1]);
        Assert.Equal(hanging, _parts.Engines.Hanging);
        never.SetResult(new() { Path = spec.Source.Path, State = RunOutcome.Cancelled });
    }

    [Fact]
    public async Task The_end_is_told_when_the_store_is_back()
    {
        _engines.Run = (job, _) =>
        {
            _store.IsAway = true;
            return Task.FromResult(new JobReport { Path = job.Path, State = RunOutcome.Completed, ResultPath = "/r/clip" });
        };
        using JobAttempt attempt = Open();
        Task running = attempt.RunAsync(() => { });
        await AwayAsync();
        Assert.False(running.IsCompleted);

        _store.IsAway = false;
        await LetPassAsync(running);

        Assert.Contains("complete /r/clip", _store.Told);
    }

    [Fact]
    public async Task A_service_that_stops_waits_eight_seconds_for_a_store_that_is_locked()
    {
        long since = _clock.GetTimestamp();
        _engines.Run = (job, _) =>
        {
            _store.IsAway = true;
            return Task.FromResult(new JobReport { Path = job.Path, State = RunOutcome.Failed, Reason = ReasonCode.NotVideo });
        };
        await _drain.CancelAsync();
        using JobAttempt attempt = Open();
        Task running = attempt.RunAsync(() => { });
        await AwayAsync();
        await LetPassAsync(running);

        Assert.Empty(_store.Told);
        Assert.True(_clock.GetElapsedTime(since) > TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData(JobStatus.Duplicate, 1)]
    [InlineData(JobStatus.RetryWait, 0)]
    public async Task Segments_of_a_result_that_is_there_are_forgotten_when_the_job_is_over(JobStatus status, int forgotten)
    {
        _store.KeyOwners[string.Empty] = SomeJob.Record("other", JobStatus.Completed) with { ResultPath = "/r/clip" };
        _store.Found = _lease.Job with { Status = status };
        _engines.Run = async (job, cancellation) =>
            await job.Admit!(SomeResult.Request(_folder), cancellation) is not null
                ? new JobReport { Path = job.Path, State = RunOutcome.Exists, ResultPath = "/r/clip" }
                : throw new InvalidOperationException("It was admitted.");
        _store.KeyOwners["other"] = SomeJob.Record("third");   // "/r/clip" is no whole result
        using JobAttempt attempt = Open();

        await attempt.RunAsync(() => { });

        Assert.Equal("complete /r/clip", _store.Told[^1]);
        Assert.Equal(forgotten, _results.Forgotten.Count);
    }

    private JobAttempt Open() => new(_lease, _parts, null, _drain.Token);

    /// <summary>Moves the clock until the attempt has ended.</summary>
    private async Task LetPassAsync(Task running)
    {
        while (!running.IsCompleted)
        {
            _clock.Advance(0.5);
            await Task.Yield();
        }
    }

    private async Task AwayAsync()
    {
        while (_parts.Store.Health.Problem is null)
        {
            await Task.Yield();
        }
    }

    private static async Task<JobReport> UntilToldAsync(VideoJob job, CancellationToken cancellation)
    {
        TaskCompletionSource<JobReport> told = new();
        await using CancellationTokenRegistration registration = cancellation.Register(() => told.SetCanceled(cancellation));
        return await told.Task;
    }
}
