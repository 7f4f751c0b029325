using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Worker.FileSystem;

namespace PoseBatch.Service;

/// <summary>Promise P13: a disk or share with the videos that goes away takes no job with it.</summary>
public sealed class SourceTroubleTests : IDisposable
{
    private static readonly (string, string)[] Impatient = [("Jobs:RetrySeconds", "0.2"), ("Jobs:MaxAttempts", "1")];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Jobs_wait_for_a_folder_that_is_not_there_and_use_up_no_attempt()
    {
        await using RunningService service = await RunningService.StartAsync(_folder[""], Impatient);
        await using SqliteJobStore store = service.OpenStore();
        Directory.Move(_folder["inbox"], _folder["away"]);
        File.Copy(PoseBatchProgram.DemoClip, _folder["away/clip.mp4"]);
        await service.SubmitAsync(new { source = new { path = _folder["inbox/clip.mp4"] } });

        JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.RetryWait)));
        Assert.Equal((ReasonCode.SourceMissing, 0), (waiting.Reason, waiting.Attempt));
        Assert.Contains($"The folder '{_folder["inbox"]}' is not there.", waiting.Message, StringComparison.Ordinal);
        Assert.Contains("mounted", waiting.Advice, StringComparison.Ordinal);

        Directory.Move(_folder["away"], _folder["inbox"]);
        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(1));
        Assert.All(over, job => Assert.True(job.Status is JobStatus.Completed or JobStatus.Duplicate, $"{job.Status}: {job.Reason} {job.Message}"));
    }

    [Fact]
    public async Task A_file_that_was_deleted_from_a_folder_that_is_there_is_missing()
    {
        await using RunningService service = await RunningService.StartAsync(_folder[""], Impatient);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = _folder["inbox/clip.mp4"] } });

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Dead, ReasonCode.SourceMissing, 1), (job.Status, job.Reason, job.Attempt));
    }

    [Fact]
    public async Task A_video_that_is_deleted_while_it_runs_is_missing()
    {
        TestVideos.Long(_folder["long.mp4"], seconds: 100);
        await using RunningService service = await RunningService.StartAsync(_folder[""], [.. Impatient, ("Output:SegmentSeconds", "2")]);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "long.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 1));
        File.Delete(_folder["long.mp4"]);

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));

        Assert.Equal((JobStatus.Dead, ReasonCode.SourceMissing), (job.Status, job.Reason));
        Assert.Contains("was removed or renamed", job.Message, StringComparison.Ordinal);
        Assert.Contains("Put it back", job.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_video_whose_disk_is_unmounted_while_it_runs_is_begun_again_when_it_is_back()
    {
        Directory.CreateDirectory(_folder["disk"]);
        Directory.CreateDirectory(_folder["inbox"]);
        Assert.SkipUnless(SystemProgram.Run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", _folder["disk"]), "Needs the right to mount a small disk.");
        try
        {
            Assert.True(SystemProgram.Run("mount", "--bind", _folder["disk"], _folder["inbox"]));
            TestVideos.Long(_folder["disk/long.mp4"], seconds: 100);
            await using RunningService service = await RunningService.StartAsync(_folder[""], [.. Impatient, ("Output:SegmentSeconds", "2")]);
            await using SqliteJobStore store = service.OpenStore();
            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 1));

            Assert.True(SystemProgram.Run("umount", "--lazy", _folder["inbox"]));   // the empty folder beneath stays
            JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status is JobStatus.RetryWait or JobStatus.Dead)));
            Assert.Equal((ReasonCode.SourceMissing, 0), (waiting.Reason, waiting.Attempt));
            Assert.Contains($"'{_folder["inbox"]}' is not mounted", waiting.Message, StringComparison.Ordinal);

            Assert.True(SystemProgram.Run("mount", "--bind", _folder["disk"], _folder["inbox"]));
            JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
            Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Reason} {job.Message}");
        }
        finally
        {
            SystemProgram.Run("umount", "--lazy", _folder["inbox"]);
            SystemProgram.Run("umount", "--lazy", _folder["disk"]);
        }
    }

    [Fact]
    public void Nothing_is_away_while_all_folders_are_as_they_were()
    {
        File.WriteAllText(_folder["x.mp4"], "x");
        File.CreateSymbolicLink(_folder["loop"], _folder["loop"]);
        SeenMounts mounts = new([_folder[""]]);
        mounts.Note(_folder["x.mp4"]);
        mounts.Note("/proc/self/status");   // another file system, as long as the system runs
        File.Delete(_folder["x.mp4"]);

        Assert.Null(mounts.WhyAway(_folder["x.mp4"]));
        Assert.Null(mounts.WhyAway("/proc/self/nothing"));
        Assert.Null(mounts.WhyAway(_folder["loop"]));
    }
}
