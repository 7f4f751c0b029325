using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Promises P9, P10 and P11: several services on one store; some are frozen, some die, some are replaced.</summary>
public sealed class TakeOverTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-takeover-");

    private string Inbox => Directory.CreateDirectory(Path.Combine(_folder.FullName, "inbox")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_job_of_a_frozen_worker_goes_on_elsewhere_and_the_woken_one_commits_nothing()
    {
        double lease = Soak.IsWanted ? 10 : 2;
        (string, string)[] settings = [("Jobs:LeaseSeconds", FormattableString.Invariant($"{lease}")), ("Output:SegmentSeconds", "5"), ("Jobs:Parallel", "1")];
        TestVideos.Long(Path.Combine(Inbox, "clip.mp4"), seconds: 100);
        await using RunningService first = await RunningService.StartAsync(_folder.FullName, settings);
        await using SqliteJobStore store = first.OpenStore();
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2));
        await using RunningService second = await RunningService.StartAsync(_folder.FullName, settings);
        await using RunningService third = await RunningService.StartAsync(_folder.FullName, settings);

        DateTimeOffset frozen = DateTimeOffset.UtcNow;
        first.Signal("STOP");
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        first.Signal("CONT");
        await first.SaysAsync("another worker has it now");

        Assert.Equal((JobStatus.Completed, 2, 2L), (job.Status, job.Attempt, job.Token));
        IReadOnlyList<JobEvent> events = await store.EventsAsync(job.Id, 0, 1000, TestContext.Current.CancellationToken);
        JobEvent taken = Assert.Single(events, entry => entry.State == "leased" && entry.Token == 2);
        Assert.All(events.Where(entry => entry.Sequence >= taken.Sequence), entry => Assert.Equal((job.Worker, 2L), (entry.Worker, entry.Token)));
        Assert.Contains($":{first.ProcessId}:", events.First(entry => entry.State == "leased").Worker, StringComparison.Ordinal);
        Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems);
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "results")));
        JobRecord now = (await store.FindAsync(job.Id, TestContext.Current.CancellationToken))!;
        Assert.Equal((JobStatus.Completed, 2L), (now.Status, now.Token));

        double seconds = (taken.Time - frozen).TotalSeconds;
        output.WriteLine($"Frozen, lease {lease:0} s: taken over {seconds:0.00} s later.");
        if (Soak.IsWanted)
        {
            Assert.True(seconds <= lease * 1.1, $"Taken over after {seconds:0.00} s.");
        }
    }

    [Fact]
    public async Task Workers_that_are_replaced_one_after_the_other_lose_no_job_and_no_attempt()
    {
        Soak.Require();
        const int Jobs = 50;
        string clip = TestVideos.Short(Path.Combine(_folder.FullName, "clip.mp4"), seconds: 8);
        for (int i = 0; i < Jobs; i++)
        {
            TestVideos.Copy(clip, Path.Combine(Inbox, $"{i:00}.mp4"), i);
        }

        (string, string)[] settings = [("Output:SegmentSeconds", "2"), ("Jobs:Parallel", "2")];
        List<RunningService> workers = [];
        int restarts = 0;
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        try
        {
            for (int i = 0; i < 3; i++)
            {
                workers.Add(await RunningService.StartAsync(_folder.FullName, settings));
            }

            while (!await RunningService.AllOver(Jobs).IsSoAsync(store))
            {
                RunningService oldest = workers[0];
                workers.RemoveAt(0);
                Assert.Equal(0, await oldest.StopAsync());
                await oldest.DisposeAsync();
                workers.Add(await RunningService.StartAsync(_folder.FullName, settings));
                restarts++;
            }
        }
        finally
        {
            foreach (RunningService worker in workers)
            {
                await worker.DisposeAsync();
            }
        }

        IReadOnlyList<JobRecord> jobs = await store.ListAsync(new JobQuery { Most = 1000 }, TestContext.Current.CancellationToken);
        Assert.Equal(Jobs, jobs.Count);
        Assert.All(jobs, job => Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt)));
        Assert.All(jobs, job => Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems));
        output.WriteLine($"{Jobs} jobs over {restarts} restarts of 3 workers: all completed, one attempt each; most tokens {jobs.Max(job => job.Token)}.");
    }

    [Fact]
    public async Task A_job_that_kills_its_worker_is_set_aside_and_the_innocent_ones_beside_it_complete()
    {
        // No model was found that makes the runtime abort, so its part is played by what abort() does, done whenever the job
        // runs: the signal, and the signal again for whoever has caught it.
        (string, string)[] settings = [("Jobs:MaxAttempts", "2"), ("Output:SegmentSeconds", "1000"), ("Jobs:Parallel", "3"), ("Inbox:Path", "")];
        TestVideos.Long(Path.Combine(_folder.FullName, "killer.mp4"), seconds: 100);
        TestVideos.Long(Path.Combine(_folder.FullName, "innocent.mp4"), seconds: 60);
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        string? killer = null;
        for (int round = 1; round <= 2; round++)
        {
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, settings);
            killer ??= await service.SubmitAsync(new { source = new { path = "killer.mp4" }, priority = 9 });
            if (round == 1)
            {
                await service.SubmitAsync(new { source = new { path = "innocent.mp4" } });
                await RunningService.JobsAsync(store, jobs => jobs.Count(job => job.Progress?.Frames > 0) == 2);
            }

            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Id == killer && job.Attempt == round && job.Progress?.Frames > 20));
            await service.AbortAsync();
        }

        await using RunningService last = await RunningService.StartAsync(_folder.FullName, settings);
        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(2));

        JobRecord dead = over.Single(job => job.Id == killer), innocent = over.Single(job => job.Id != killer);
        Assert.Equal((JobStatus.Dead, ReasonCode.MaxAttempts, 2), (dead.Status, dead.Reason, dead.Attempt));

        // It was beside the first death; at the second one the killer ran alone.
        Assert.Equal((JobStatus.Completed, 2), (innocent.Status, innocent.Attempt));
    }

    [Fact]
    public async Task After_a_crash_long_videos_do_not_keep_short_ones_waiting()
    {
        (string, string)[] settings = [("Output:SegmentSeconds", "2"), ("Jobs:Parallel", "3"), ("Inbox:Path", "")];
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        foreach (int seconds in new[] { 2000, 2001 })
        {
            TestVideos.Long(Path.Combine(_folder.FullName, $"{seconds}.mp4"), seconds);
        }

        TestVideos.Short(Path.Combine(_folder.FullName, "short.mp4"));
        await using (RunningService first = await RunningService.StartAsync(_folder.FullName, settings))
        {
            await first.SubmitAsync(new { source = new { path = "2000.mp4" } });
            await first.SubmitAsync(new { source = new { path = "2001.mp4" } });
            await RunningService.JobsAsync(store, jobs => jobs.Count(job => job.Progress?.Segments > 0) == 2);
            await first.KillAsync();
        }

        await using RunningService second = await RunningService.StartAsync(_folder.FullName, settings);
        string brief = await second.SubmitAsync(new { source = new { path = "short.mp4" } });
        IReadOnlyList<JobRecord> now = await RunningService.JobsAsync(store, jobs => jobs.Single(job => job.Id == brief).Status.IsOver());

        Assert.Equal(JobStatus.Completed, now.Single(job => job.Id == brief).Status);
        Assert.All(now.Where(job => job.Id != brief), job => Assert.False(job.Status.IsOver(), "The long ones ended first."));
        await RunningService.JobsAsync(store, jobs => jobs.Count(job => job.Status == JobStatus.Running && job.Attempt == 2 && job.Reason is null) == 2);
    }

    [Fact]
    public async Task A_video_of_unknown_length_takes_the_place_of_short_ones_only_if_it_is_short()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Jobs:Parallel", "2"), ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        foreach (int seconds in new[] { 2000, 2001 })
        {
            TestVideos.Long(Path.Combine(_folder.FullName, $"{seconds}.mp4"), seconds);
        }

        TestVideos.Short(Path.Combine(_folder.FullName, "short.mp4"));
        await service.SubmitAsync(new { source = new { path = "2000.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Frames > 0));
        string waits = await service.SubmitAsync(new { source = new { path = "2001.mp4" } });
        string brief = await service.SubmitAsync(new { source = new { path = "short.mp4" } });

        IReadOnlyList<JobRecord> now = await RunningService.JobsAsync(store, jobs => jobs.Single(job => job.Id == brief).Status.IsOver());

        Assert.Equal(JobStatus.Completed, now.Single(job => job.Id == brief).Status);
        Assert.Equal((JobStatus.Queued, 0), (now.Single(job => job.Id == waits).Status, now.Single(job => job.Id == waits).Attempt));
        Assert.Single(now, job => job.Status == JobStatus.Running);
    }

    [Fact]
    public async Task Cancelling_frees_decoder_processor_and_disk()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Output:SegmentSeconds", "2"));
        await using SqliteJobStore store = service.OpenStore();
        TestVideos.Long(Path.Combine(Inbox, "clip.mp4"), seconds: 100);
        JobRecord running = (await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2)))[0];
        Assert.NotEmpty(ProcessFacts.Descendants(service.ProcessId));

        long since = System.Diagnostics.Stopwatch.GetTimestamp();
        await store.CancelAsync(running.Id, TestContext.Current.CancellationToken);
        await RunningService.JobsAsync(store, jobs => jobs[0].Status == JobStatus.Cancelled);
        Assert.Empty(ProcessFacts.Descendants(service.ProcessId));   // it is said when nothing runs any more
        await GoneAsync(Path.Combine(_folder.FullName, "results", ".work"));

        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalSeconds;
        output.WriteLine($"Cancelled: state, decoder and segments gone after {seconds:0.00} s.");
        if (Soak.IsWanted)
        {
            Assert.True(seconds <= 2, $"It took {seconds:0.00} s.");
        }
    }

    /// <summary>Returns when a folder is not there any more.</summary>
    private static async Task GoneAsync(string folder)
    {
        TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(Path.GetDirectoryName(folder)!, Path.GetFileName(folder)) { NotifyFilter = NotifyFilters.DirectoryName };
        watcher.Deleted += (_, _) => gone.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (Directory.Exists(folder))
        {
            await gone.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
