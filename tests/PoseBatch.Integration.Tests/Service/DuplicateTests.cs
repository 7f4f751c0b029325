using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Promise P15: the same video with the same settings is computed once; a changed one again.</summary>
public sealed class DuplicateTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-duplicate-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_hundred_at_once_through_every_door_are_computed_once()
    {
        const int PerDoor = 33;
        string video = Path.Combine(_folder.FullName, "video.mp4");
        TestVideos.Short(video);
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Jobs:Parallel", "8"));
        await using SqliteJobStore store = service.OpenStore();
        string jobs = Directory.CreateDirectory(Path.Combine(_folder.FullName, "jobs")).FullName;

        IEnumerable<Task> store33 = Enumerable.Range(0, PerDoor).Select(_ => (Task)store.SubmitAsync(
            new NewJob { Spec = FilledJobs.Of("posebatch-small", new JobSpec { Source = new() { Path = video } }), Origin = "cli" }, TestContext.Current.CancellationToken));
        IEnumerable<Task> api33 = Enumerable.Range(0, PerDoor).Select(_ => (Task)service.SubmitAsync(new { source = new { path = "video.mp4" } }));
        Task cli = PoseBatchProgram.RunAsync(_folder.FullName, "submit", "video.mp4");
        for (int i = 0; i < PerDoor; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(jobs, $"{i}.json"), """{ "source": { "path": "video.mp4" } }""", TestContext.Current.CancellationToken);
        }

        await Task.WhenAll([.. store33, .. api33, cli]);
        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver((3 * PerDoor) + 1));

        Assert.Equal(["api", "cli", "jobs"], over.Select(job => job.Origin).Distinct().Order(StringComparer.Ordinal));
        JobRecord computed = Assert.Single(over, job => job.Status == JobStatus.Completed);
        Assert.Equal(3 * PerDoor, over.Count(job => job.Status == JobStatus.Duplicate && job.DuplicateOf == computed.Id && job.ResultPath == computed.ResultPath));
        Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "results")));
    }

    [Theory]
    [InlineData("keypoints.parquet", null, "keypoints.parquet is missing")]
    [InlineData("frames.parquet", 100, "frames.parquet has 100 bytes instead of ")]
    [InlineData("manifest.json", null, "manifest.json is missing")]
    [InlineData("manifest.json", 100, "manifest.json is damaged")]
    public async Task A_result_of_which_something_is_gone_is_no_result(string file, int? left, string says)
    {
        TestVideos.Short(Path.Combine(_folder.FullName, "video.mp4"));
        await using RunningService service = await RunningService.StartAsync(_folder.FullName);
        await using SqliteJobStore store = service.OpenStore();
        JobRecord first = await EndOfAsync(new { source = new { path = "video.mp4" } });
        string harmed = Path.Combine(first.ResultPath!, file);
        if (left is { } bytes)
        {
            await using FileStream cut = new(harmed, FileMode.Open);
            cut.SetLength(bytes);
        }
        else
        {
            File.Delete(harmed);
        }

        JobRecord refused = await EndOfAsync(new { source = new { path = "video.mp4" } });
        Assert.Equal((JobStatus.Dead, ReasonCode.OutputConflict), (refused.Status, refused.Reason));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Contains("replace", refused.Advice, StringComparison.Ordinal);
        Assert.Equal(left is not null, File.Exists(harmed));

        JobRecord replaced = await EndOfAsync(new { source = new { path = "video.mp4" }, output = new { overwrite = "replace" } });
        Assert.Equal((JobStatus.Completed, first.ResultPath), (replaced.Status, replaced.ResultPath));
        Assert.Empty(ResultInspector.Inspect(first.ResultPath!).Problems);

        async Task<JobRecord> EndOfAsync(object job)
        {
            string id = await service.SubmitAsync(job);
            return (await RunningService.JobsAsync(store, jobs => jobs.Any(one => one.Id == id && one.Status.IsOver()))).Single(one => one.Id == id);
        }
    }

    [Fact]
    public async Task A_touched_file_is_known_an_edited_or_replaced_one_is_computed()
    {
        string inbox = Directory.CreateDirectory(Path.Combine(_folder.FullName, "inbox")).FullName, video = Path.Combine(inbox, "video.mp4");
        string clip = TestVideos.Short(Path.Combine(_folder.FullName, "clip.mp4"));
        TestVideos.Copy(clip, Path.Combine(_folder.FullName, "other.mp4"), 2);
        File.Copy(clip, video);
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("Inbox:ScanSeconds", "0.1"));
        await using SqliteJobStore store = service.OpenStore();
        List<JobStatus> statuses = [];

        await NextAsync();
        File.SetLastWriteTimeUtc(video, DateTime.UtcNow.AddMinutes(-5));                                  // touched
        await NextAsync();
        await using (FileStream file = new(video, FileMode.Append))                                          // edited in place
        {
            file.Write([0, 0, 0, 8, (byte)'f', (byte)'r', (byte)'e', (byte)'e']);
        }

        await NextAsync();
        File.Move(Path.Combine(_folder.FullName, "other.mp4"), video, overwrite: true);                     // replaced
        await NextAsync();

        Assert.Equal([JobStatus.Completed, JobStatus.Duplicate, JobStatus.Completed, JobStatus.Completed], statuses);
        Assert.Equal(3, Directory.GetDirectories(Path.Combine(_folder.FullName, "results")).Length);

        async Task NextAsync()
        {
            IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(statuses.Count + 1));
            statuses.Add(jobs[0].Status);   // newest first
        }
    }
}
