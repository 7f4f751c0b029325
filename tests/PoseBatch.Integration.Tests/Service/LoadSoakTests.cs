using System.Diagnostics;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;
using PoseBatch.Service.Intake;
using PoseBatch.Shared;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service;

/// <summary>Promise P20 and what goes with it: very many jobs and files, short videos beside long ones, a folder full of oddities.</summary>
public sealed class LoadSoakTests(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-load-");

    private string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task With_ten_thousand_jobs_and_a_hundred_thousand_files_it_starts_at_once_and_then_rests()
    {
        Soak.Require();
        const int Waiting = 10_000, Folders = 4, FilesEach = 25_000;
        static Writers Nobody(string path) => Writers.None;
        await using Inbox inbox = new(Nobody);
        for (int file = 0; file < Folders * FilesEach; file++)
        {
            string folder = Directory.CreateDirectory(inbox[$"participant {file % Folders}"]).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, $"recording {file:000000}.mp4"), "video", TestContext.Current.CancellationToken);
        }

        await inbox.ScanAsync();
        await inbox.ScanAsync(after: 10);
        string store = inbox.Beside("jobs.db");
        using (Session session = new(store, Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(30)))
        {
            // The waiting ones ask for a GPU, so that they go on waiting.
            session.Execute($"""
                UPDATE jobs SET status = 'completed', finished_at = submitted_at WHERE seq > {Waiting};
                UPDATE jobs SET requires_gpu = 1 WHERE seq <= {Waiting};
                """);
        }

        TestVideos.Short(inbox.Beside("one.mp4"));
        await using SqliteJobStore jobs = SqliteJobStore.Open(store, TimeProvider.System);
        JobSubmission one = await jobs.SubmitAsync(
            new NewJob { Spec = FilledJobs.Of("posebatch-small", new JobSpec { Source = new() { Path = inbox.Beside("one.mp4") } }), Origin = "cli" },
            TestContext.Current.CancellationToken);
        DateTimeOffset started = DateTimeOffset.UtcNow;
        using ServiceBeats beats = new();
        await using RunningService service = await RunningService.StartAsync(
            inbox.Beside(""),
            [("Jobs:Store", store), ("Inbox:Path", inbox.Root), ("Inbox:ScanSeconds", "5"), ("Inbox:SettleSeconds", "10"), .. beats.Settings]);
        double ready = (DateTimeOffset.UtcNow - started).TotalSeconds;
        JobRecord done = (await RunningService.JobsAsync(jobs, list => list.Any(job => job.Id == one.Job.Id && job.Status.IsOver())))
            .Single(job => job.Id == one.Job.Id);
        double claimed = (done.StartedAt!.Value - started).TotalSeconds;
        output.WriteLine($"Start to ready {ready:0.00} s, to the first claim {claimed:0.00} s, with {Waiting} waiting jobs and {Folders * FilesEach} known files.");

        await beats.HearAsync(30);   // the first scans
        for (int minute = 0; minute < 3; minute++)
        {
            TimeSpan before = ProcessFacts.Cpu(service.ProcessId);
            long since = Stopwatch.GetTimestamp();
            await beats.HearAsync(30);
            TimeSpan used = ProcessFacts.Cpu(service.ProcessId) - before;
            output.WriteLine($"At rest: {100 * used / Stopwatch.GetElapsedTime(since):0.00} % of a core, {ProcessFacts.Status(service.ProcessId, "VmRSS") / 1024} MiB.");
        }

        Assert.Equal(JobStatus.Completed, done.Status);
        Assert.Equal(Waiting, (await jobs.CountAsync(TestContext.Current.CancellationToken))[JobStatus.Queued]);
        Assert.True(claimed < 10, $"The first claim came after {claimed:0.0} s.");
    }

    [Fact]
    public async Task Short_videos_pass_long_ones_and_many_at_once_are_as_fast_as_one()
    {
        Soak.Require();
        const int Shorts = 8;
        TestVideos.Long(this["long.mp4"], seconds: 10 * Shorts);
        for (int i = 0; i < Shorts; i++)
        {
            TestVideos.Copy(TestVideos.Long(this["ten.mp4"], seconds: 10), this[$"short {i}.mp4"], i);
        }

        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "ten.mp4" } });   // the model is loaded then
        await RunningService.JobsAsync(store, RunningService.AllOver(1));

        double alone = await RateAsync(2, "long.mp4");
        double together = await RateAsync(2 + Shorts, [.. Enumerable.Range(0, Shorts).Select(i => $"short {i}.mp4")]);
        output.WriteLine($"One long video {alone:0.0} frames/s, {Shorts} short ones at once {together:0.0}, ratio {together / alone:0.000}.");

        // Two long ones take all places but the last.
        TestVideos.Copy(this["long.mp4"], this["long 2.mp4"], 1);
        TestVideos.Copy(this["long.mp4"], this["long 3.mp4"], 2);
        TestVideos.Copy(this["long.mp4"], this["long 4.mp4"], 3);
        TestVideos.Copy(this["ten.mp4"], this["late.mp4"], 99);
        string inbox = Directory.CreateDirectory(this["inbox"]).FullName;
        await using RunningService watched = await RunningService.StartAsync(_folder.FullName, ("Jobs:Parallel", "3"), ("Jobs:ShortSeconds", "20"));
        await service.StopAsync();
        foreach (string name in new[] { "long 2.mp4", "long 3.mp4", "long 4.mp4" })
        {
            File.Move(this[name], Path.Combine(inbox, name));
        }

        await RunningService.JobsAsync(store, jobs => jobs.Count(job => job.Status == JobStatus.Running) == 2);
        File.Move(this["late.mp4"], Path.Combine(inbox, "late.mp4"));
        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(2 + Shorts + 4));
        JobRecord late = over.Single(job => job.Spec.SourceId == "late.mp4");
        Assert.All(over.Where(job => job.Spec.SourceId!.StartsWith("long ", StringComparison.Ordinal)), job => Assert.True(late.FinishedAt < job.FinishedAt));

        async Task<double> RateAsync(int jobsAfter, params string[] videos)
        {
            long since = Stopwatch.GetTimestamp();
            await Task.WhenAll(videos.Select(video => service.SubmitAsync(new { source = new { path = video } })));
            IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(jobsAfter));
            double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
            return jobs.Where(job => videos.Contains(job.Spec.SourceId)).Sum(job => ResultInspector.Inspect(job.ResultPath!).Counts.SourceFrames) / seconds;
        }
    }

    [Fact]
    public async Task Everything_of_the_shared_material_dropped_at_once_ends_as_its_list_says()
    {
        Soak.Require();
        SharedMedia.Require();
        Dictionary<string, ReasonCode> refused = new()
        {
            ["sq-no-moov.mp4"] = ReasonCode.SourceUnsettled,
            ["zero-byte.mp4"] = ReasonCode.SourceUnsettled,   // in a watched folder somebody may be about to write it
            ["text.mp4"] = ReasonCode.NotVideo,
        };
        Dictionary<string, int> frames = PoseBatch.Ffmpeg.SharedMediaTests.Files.ToDictionary(
            row => Path.GetFileName(row.Data.Item1), row => row.Data.Item2 + row.Data.Item3);
        string inbox = Directory.CreateDirectory(this["inbox"]).FullName;
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Inbox:UnsettledLimitSeconds", "5"));
        await using SqliteJobStore store = service.OpenStore();
        string[] files = [.. new[] { "videos", "derived" }.SelectMany(folder => Directory.GetFiles(SharedMedia.File("media", folder)))];
        foreach (string file in files)
        {
            File.Copy(file, Path.Combine(inbox, Path.GetFileName(file)));
        }

        // Sound files are passed over by their extension.
        string[] taken = [.. files.Select(file => Path.GetFileName(file)!).Where(name => !name.EndsWith(".m4a", StringComparison.Ordinal))];
        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(taken.Length));

        Assert.Equal(taken.Order(StringComparer.Ordinal), jobs.Select(job => job.Spec.SourceId).Order(StringComparer.Ordinal));
        foreach (JobRecord job in jobs)
        {
            string name = job.Spec.SourceId!;
            if (refused.TryGetValue(name, out ReasonCode reason))
            {
                Assert.Equal((name, JobStatus.Dead, reason), (name, job.Status, job.Reason));
                continue;
            }

            Assert.True(job.Status == JobStatus.Completed, $"{name}: {job.Status} {job.Reason} {job.Message}");
            ResultInspection result = ResultInspector.Inspect(job.ResultPath!);
            Assert.Empty(result.Problems);
            Assert.Equal((name, frames[name]), (name, (int)result.Counts.SourceFrames));
        }

        output.WriteLine($"{jobs.Count} files: {jobs.Count(job => job.Status == JobStatus.Completed)} completed, {jobs.Count(job => job.Status == JobStatus.Dead)} refused as their list says.");
    }
}
