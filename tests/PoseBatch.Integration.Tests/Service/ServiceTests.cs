using System.Diagnostics;
using System.Net;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;
using PoseBatch.Shared;

namespace PoseBatch.Service;

/// <summary>The service from outside: started as a user starts it, watched through its store.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-service-");

    private string Inbox => Directory.CreateDirectory(Path.Combine(_folder.FullName, "inbox")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Without_any_configuration_a_video_dropped_into_the_inbox_becomes_a_result()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName);
        await using SqliteJobStore store = service.OpenStore();
        File.Copy(PoseBatchProgram.DemoClip, Path.Combine(Inbox, "my clip.mp4"));

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));

        Assert.Equal((JobStatus.Completed, "folder", 1), (job.Status, job.Origin, job.Attempt));
        Assert.Equal("posebatch-small", job.Spec.Model.Name);
        Assert.True(ResultInspector.Inspect(job.ResultPath!).IsSound);
        Assert.Equal(Path.Combine(_folder.FullName, "results"), Path.GetDirectoryName(job.ResultPath));
        Assert.Equal(0, await service.StopAsync());
        Assert.True(File.Exists(Path.Combine(Inbox, "my clip.mp4")), "The source was not left in place.");
    }

    [Fact]
    public async Task Confined_decoders_leave_nothing_in_the_temporary_folder()
    {
        string temporary = Directory.CreateDirectory(Path.Combine(_folder.FullName, "tmp")).FullName;
        TestVideos.Short(Path.Combine(Inbox, "clip.mp4"));
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("TMPDIR", temporary), ("Service:Confine", "true"));
        await using SqliteJobStore store = service.OpenStore();

        Assert.Equal(JobStatus.Completed, Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1))).Status);

        // The service's own, which it removes when it ends, carry its number.
        Assert.DoesNotContain(
            Directory.GetFiles(temporary).Select(Path.GetFileName),
            name => name!.Contains("-pipe-", StringComparison.Ordinal) && !name.Contains($"-{service.ProcessId}-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_in_the_middle_it_goes_on_and_gives_the_same_bytes()
    {
        string clip = LongClip(seconds: 100);
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        (string, string)[] settings = [("Output:SegmentSeconds", "5"), ("Jobs:MaxAttempts", "9")];
        for (int round = 1; round <= 2; round++)
        {
            await using RunningService killed = await RunningService.StartAsync(_folder.FullName, settings);
            if (round == 1)
            {
                File.Move(clip, Path.Combine(Inbox, "clip.mp4"));
            }

            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Attempt == round && job.Progress?.Segments >= 3 * round));
            await killed.KillAsync();
        }

        await using RunningService last = await RunningService.StartAsync(_folder.FullName, settings);
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Completed, 3), (job.Status, job.Attempt));

        string whole = Path.Combine(_folder.FullName, "whole.json");
        await File.WriteAllTextAsync(whole, """{ "Output": { "SegmentSeconds": 5 } }""", TestContext.Current.CancellationToken);
        PoseBatchProgram.Ended plain = await PoseBatchProgram.RunAsync(
            _folder.FullName, "process", Path.Combine(Inbox, "clip.mp4"), "--out", "plain", "--config", whole, "--json");
        Assert.Equal(0, plain.ExitCode);
        string expected = Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "plain")));
        Assert.Equal(Path.GetFileName(expected), Path.GetFileName(job.ResultPath));
        foreach (string table in Directory.GetFiles(expected, "*.parquet"))
        {
            Assert.True(
                File.ReadAllBytes(table).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(job.ResultPath!, Path.GetFileName(table)))),
                $"{Path.GetFileName(table)} differs from the one that was written in one go.");
        }
    }

    [Fact]
    public async Task A_job_whose_worker_dies_again_and_again_is_set_aside_and_the_others_are_done()
    {
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        string clip = LongClip(seconds: 100);
        File.Move(clip, Path.Combine(Inbox, "a-killer.mp4"));
        for (int round = 1; round <= 2; round++)
        {
            await using RunningService killed = await RunningService.StartAsync(_folder.FullName, ("Jobs:MaxAttempts", "2"), ("Output:SegmentSeconds", "1000"));
            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Attempt == round && job.Progress?.Frames > 20));
            await killed.KillAsync();
        }

        File.Copy(PoseBatchProgram.DemoClip, Path.Combine(Inbox, "good.mp4"));
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Jobs:MaxAttempts", "2"));
        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(2));

        JobRecord dead = jobs.Single(job => job.Spec.SourceId == "a-killer.mp4");
        Assert.Equal((JobStatus.Dead, ReasonCode.MaxAttempts, 2), (dead.Status, dead.Reason, dead.Attempt));
        Assert.Equal(JobStatus.Completed, jobs.Single(job => job.Spec.SourceId == "good.mp4").Status);
        Assert.Equal(0, await service.StopAsync());
    }

    [Fact]
    public async Task Asked_to_stop_it_hands_over_without_using_up_an_attempt()
    {
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        File.Move(LongClip(seconds: 100), Path.Combine(Inbox, "clip.mp4"));
        await using (RunningService first = await RunningService.StartAsync(_folder.FullName, ("Output:SegmentSeconds", "5")))
        {
            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2));
            Assert.Equal(0, await first.StopAsync());
        }

        JobRecord waiting = Assert.Single(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((JobStatus.Queued, 0), (waiting.Status, waiting.Attempt));

        await using RunningService second = await RunningService.StartAsync(_folder.FullName, ("Output:SegmentSeconds", "5"));
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task Cancelled_in_the_middle_it_leaves_nothing_behind()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Output:SegmentSeconds", "2"));
        await using SqliteJobStore store = service.OpenStore();
        File.Move(LongClip(seconds: 100), Path.Combine(Inbox, "clip.mp4"));
        JobRecord running = (await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2)))[0];

        await store.CancelAsync(running.Id, TestContext.Current.CancellationToken);
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));

        Assert.Equal((JobStatus.Cancelled, ReasonCode.Cancelled), (job.Status, job.Reason));
        Assert.Equal(0, await service.StopAsync());
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.FullName, "results")));
    }

    [Fact]
    public async Task The_same_video_many_times_is_computed_once()
    {
        const int Copies = 30;
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Jobs:Parallel", "8"));
        await using SqliteJobStore store = service.OpenStore();
        string video = Path.Combine(Inbox, "..", "video.mp4");
        File.Copy(PoseBatchProgram.DemoClip, video);
        await Task.WhenAll(Enumerable.Range(0, Copies).Select(_ => store.SubmitAsync(
            new NewJob { Spec = FilledJobs.Of("posebatch-small", new JobSpec { Source = new() { Path = Path.GetFullPath(video) } }), Origin = "cli" },
            TestContext.Current.CancellationToken)));

        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(Copies));

        JobRecord computed = Assert.Single(jobs, job => job.Status == JobStatus.Completed);
        Assert.Equal(Copies - 1, jobs.Count(job => job.Status == JobStatus.Duplicate && job.DuplicateOf == computed.Id && job.ResultPath == computed.ResultPath));
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "results")));
    }

    [Fact]
    public async Task A_job_may_ask_for_the_crop_region_and_gets_what_process_gives()
    {
        string video = SharedMedia.File("media", "videos", "squats.mp4"), model = SharedMedia.File("models", "movenet-lightning-4head");
        await using RunningService service = await RunningService.StartAsync(
            _folder.FullName, ("Jobs:Roots", Path.GetDirectoryName(video)!), ("Models:Root", Path.GetDirectoryName(model)!));
        await using SqliteJobStore store = service.OpenStore();
        string name = Path.GetFileName(model);
        string plain = await service.SubmitAsync(new { source = new { path = video }, model = new { name } });
        string around = await service.SubmitAsync(new { source = new { path = video }, model = new { name }, inference = new { crop_region = true } });
        string impossible = await service.SubmitAsync(new { source = new { path = video }, model = new { name = "posenet-mnv1-075-s16" }, inference = new { crop_region = true } });

        Dictionary<string, JobRecord> jobs = (await RunningService.JobsAsync(store, RunningService.AllOver(3))).ToDictionary(job => job.Id);

        Assert.Equal((JobStatus.Completed, false), (jobs[plain].Status, jobs[plain].Spec.Inference.CropRegion));
        Assert.Equal((JobStatus.Completed, true), (jobs[around].Status, jobs[around].Spec.Inference.CropRegion));
        Assert.Equal((JobStatus.Dead, ReasonCode.ModelMismatch), (jobs[impossible].Status, jobs[impossible].Reason));
        Assert.NotEqual(jobs[plain].ResultKey, jobs[around].ResultKey);
        PoseBatchProgram.Ended process = await PoseBatchProgram.RunAsync(
            _folder.FullName, "process", video, "--model", model, "--crop-region", "on", "--out", "alone", "--json");
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(Path.GetFileName(process.Json[0].GetProperty("result").GetString()), Path.GetFileName(jobs[around].ResultPath));
    }

    [Fact]
    public async Task The_end_of_a_job_is_told_however_it_comes_and_a_redirect_is_no_answer()
    {
        using HttpListener listener = Listen(out string address);
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        string missing = await service.SubmitAsync(new { source = new { path = "nothing.mp4" }, notify = new { url = address + "missing" } });
        string waiting = await service.SubmitAsync(new { source = new { path = "nothing.mp4" }, requires = new { gpu = true }, notify = new { url = address + "cancelled" } });
        await service.SubmitAsync(new { source = new { path = "nothing.mp4" }, notify = new { url = "http://127.0.0.1:1/nobody" } });
        await store.CancelAsync(waiting, TestContext.Current.CancellationToken);

        Dictionary<string, (string Id, string Status)> told = [];
        bool isMoved = false;
        while (told.Count < 2)
        {
            HttpListenerContext call = await listener.GetContextAsync().WaitAsync(TestContext.Current.CancellationToken);
            using JsonDocument job = await JsonDocument.ParseAsync(call.Request.InputStream, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal("POST", call.Request.HttpMethod);
            if (!isMoved)
            {
                isMoved = true;
                call.Response.Redirect(address + "elsewhere");
            }
            else
            {
                told[call.Request.Url!.AbsolutePath] = (job.RootElement.GetProperty("job_id").GetString()!, job.RootElement.GetProperty("status").GetString()!);
            }

            call.Response.Close();
        }

        Assert.Equal(new() { ["/missing"] = (missing, "dead"), ["/cancelled"] = (waiting, "cancelled") }, told);
    }

    [Fact]
    public async Task A_model_that_was_taken_away_is_missed_and_one_that_came_back_is_used()
    {
        string shipped = Path.Combine(Path.GetDirectoryName(PoseBatchProgram.Executable)!, "models", "posebatch-small");
        string root = Directory.CreateDirectory(Path.Combine(_folder.FullName, "models")).FullName, mine = Path.Combine(root, "mine");
        Directory.CreateDirectory(mine);
        foreach (string file in Directory.GetFiles(shipped))
        {
            File.Copy(file, Path.Combine(mine, Path.GetFileName(file)));
        }

        TestVideos.Short(Path.Combine(_folder.FullName, "clip.mp4"));
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Models:Root", root), ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" }, model = new { name = "mine" } });
        Assert.Equal(JobStatus.Completed, Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1))).Status);

        Directory.Move(mine, mine + ".away");
        string missed = await service.SubmitAsync(new { source = new { path = "clip.mp4" }, model = new { name = "mine" }, frames = new { stride = 2 } });
        JobRecord dead = (await RunningService.JobsAsync(store, RunningService.AllOver(2))).Single(job => job.Id == missed);
        Assert.Equal((JobStatus.Dead, ReasonCode.ModelMissing), (dead.Status, dead.Reason));

        Directory.Move(mine + ".away", mine);
        await store.RetryAsync(missed, TestContext.Current.CancellationToken);
        Assert.All(await RunningService.JobsAsync(store, RunningService.AllOver(2)), job => Assert.Equal(JobStatus.Completed, job.Status));
    }

    [Fact]
    public async Task A_decoder_that_is_killed_from_outside_is_not_taken_for_a_damaged_video()
    {
        await using RunningService service = await RunningService.StartAsync(
            _folder.FullName, ("Inbox:Path", ""), ("Jobs:RetrySeconds", "0"), ("Output:SegmentSeconds", "5"));
        await using SqliteJobStore store = service.OpenStore();
        LongClip(seconds: 300);
        string id = await service.SubmitAsync(new { source = new { path = "long.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs[0].Progress?.Segments > 0);
        foreach (int decoder in ProcessFacts.Descendants(service.ProcessId))
        {
            using Process ffmpeg = Process.GetProcessById(decoder);
            ffmpeg.Kill();
        }

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));

        Assert.Equal((JobStatus.Completed, 2), (job.Status, job.Attempt));
        JobEvent failed = Assert.Single(await store.EventsAsync(id, 0, 1000, TestContext.Current.CancellationToken), entry => entry.State == "failed_attempt");
        Assert.Equal(ReasonCode.OutOfMemory, failed.Reason);
        Assert.Contains("killed from outside (signal 9)", failed.Message, StringComparison.Ordinal);
        Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems);
    }

    private static HttpListener Listen(out string address)
    {
        while (true)
        {
            using (System.Net.Sockets.TcpListener reserved = new(IPAddress.Loopback, 0))
            {
                reserved.Start();
                address = $"http://{reserved.LocalEndpoint}/";
            }

            HttpListener listener = new() { Prefixes = { address } };
            try
            {
                listener.Start();
                return listener;
            }
            catch (HttpListenerException)
            {
                listener.Close();   // somebody was faster
            }
        }
    }

    /// <summary>The demo clip, over and over: somebody is in it, and it takes a while.</summary>
    private string LongClip(int seconds)
    {
        string path = Path.Combine(_folder.FullName, "long.mp4");
        PoseBatch.Ffmpeg.Clips.Make("-stream_loop", "-1", "-i", PoseBatchProgram.DemoClip, "-t", $"{seconds}", "-c", "copy", path);
        return path;
    }
}
