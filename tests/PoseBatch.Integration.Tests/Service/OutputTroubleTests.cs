using Microsoft.Data.Sqlite;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Promise P13: what is wrong around the service is said, waited for, and gone on from without anybody's help.</summary>
public sealed class OutputTroubleTests : IDisposable
{
    private static readonly (string, string)[] Impatient = [("Jobs:RetrySeconds", "0.2"), ("Jobs:MaxAttempts", "1")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-trouble-");

    private string Results => Path.Combine(_folder.FullName, "results");

    private string Inbox => Directory.CreateDirectory(Path.Combine(_folder.FullName, "inbox")).FullName;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_full_disk_is_waited_for_and_uses_up_no_attempt()
    {
        Mount("size=1m");
        try
        {
            Fill(Path.Combine(Results, "filler"));
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, Impatient);
            await using SqliteJobStore store = service.OpenStore();
            File.Copy(PoseBatchProgram.DemoClip, Path.Combine(Inbox, "clip.mp4"));

            JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.RetryWait)));
            Assert.Equal((ReasonCode.DiskFull, 0), (waiting.Reason, waiting.Attempt));
            Assert.Contains(Results, waiting.Message, StringComparison.Ordinal);
            Assert.Contains("Free space", waiting.Advice, StringComparison.Ordinal);

            File.Delete(Path.Combine(Results, "filler"));
            await AssertCompletesAsync(store);
        }
        finally
        {
            SystemProgram.Run("umount", Results);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_in_the_middle_is_waited_for_and_the_result_is_whole()
    {
        Soak.Require();
        Mount("size=400k");   // room to begin, not to end: the demo clip's result needs about as much
        try
        {
            string filler = Path.Combine(Results, "filler");
            await File.WriteAllBytesAsync(filler, new byte[300 * 1024], TestContext.Current.CancellationToken);
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, [.. Impatient, ("Output:SegmentSeconds", "2")]);
            await using SqliteJobStore store = service.OpenStore();
            TestVideos.Long(Path.Combine(Inbox, "clip.mp4"), seconds: 60);

            JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.RetryWait)));
            Assert.Equal(ReasonCode.DiskFull, waiting.Reason);
            Assert.Equal([filler], Visible());

            Assert.True(SystemProgram.Run("mount", "-o", "remount,size=16m", Results));
            await AssertCompletesAsync(store);
        }
        finally
        {
            SystemProgram.Run("umount", Results);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_waited_for()
    {
        Soak.Require();
        Mount("size=4m,ro");
        try
        {
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, Impatient);
            await using SqliteJobStore store = service.OpenStore();
            File.Copy(PoseBatchProgram.DemoClip, Path.Combine(Inbox, "clip.mp4"));

            JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.RetryWait)));
            Assert.Equal((ReasonCode.OutputUnwritable, 0), (waiting.Reason, waiting.Attempt));
            Assert.Contains("read-only", waiting.Advice, StringComparison.OrdinalIgnoreCase);

            Assert.True(SystemProgram.Run("mount", "-o", "remount,rw", Results));
            await AssertCompletesAsync(store);
        }
        finally
        {
            SystemProgram.Run("umount", Results);
        }
    }

    [Fact]
    public async Task An_output_folder_that_is_taken_away_in_the_middle_costs_the_attempt_and_nothing_else()
    {
        Soak.Require();
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, [.. Impatient, ("Output:SegmentSeconds", "2")]);
        await using SqliteJobStore store = service.OpenStore();
        TestVideos.Long(Path.Combine(Inbox, "clip.mp4"), seconds: 100);
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2));

        Directory.Move(Results, Results + ".away");
        await File.WriteAllTextAsync(Results, "A file, so that nobody makes the folder anew.", TestContext.Current.CancellationToken);
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status is JobStatus.RetryWait or JobStatus.Dead));
        File.Delete(Results);
        Directory.Move(Results + ".away", Results);

        await AssertCompletesAsync(store);
    }

    [Fact]
    public async Task A_disk_that_is_unmounted_is_waited_for_and_nothing_is_written_beneath()
    {
        string disk = Directory.CreateDirectory(Path.Combine(_folder.FullName, "disk")).FullName;
        Directory.CreateDirectory(Results);
        Assert.SkipUnless(SystemProgram.Run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk), "Needs the right to mount a small disk.");
        try
        {
            Assert.True(SystemProgram.Run("mount", "--bind", disk, Results));
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, [.. Impatient, ("Output:SegmentSeconds", "2")]);
            await using SqliteJobStore store = service.OpenStore();
            TestVideos.Long(Path.Combine(Inbox, "clip.mp4"), seconds: 100);
            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Segments >= 2));

            Assert.True(SystemProgram.Run("umount", "--lazy", Results));   // the empty folder beneath stays, and can be written
            JobRecord waiting = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status is JobStatus.RetryWait or JobStatus.Dead)));
            Assert.Equal((JobStatus.RetryWait, ReasonCode.DiskFull, 0), (waiting.Status, waiting.Reason, waiting.Attempt));
            Assert.Contains($"'{Results}' is not mounted", waiting.Message, StringComparison.Ordinal);
            Assert.Contains("goes on by itself", waiting.Advice, StringComparison.Ordinal);
            await service.SaysAsync("No job is begun until results can be written again");
            Assert.Empty(Directory.GetFiles(Results, "*", SearchOption.AllDirectories));

            Assert.True(SystemProgram.Run("mount", "--bind", disk, Results));
            await service.SaysAsync("Results can be written again");
            await AssertCompletesAsync(store);
        }
        finally
        {
            SystemProgram.Run("umount", "--lazy", Results);
            SystemProgram.Run("umount", "--lazy", disk);
        }
    }

    [Fact]
    public async Task While_a_disk_is_full_no_job_is_begun_in_vain()
    {
        Mount("size=1m");
        try
        {
            Fill(Path.Combine(Results, "filler"));
            await using RunningService service = await RunningService.StartAsync(_folder.FullName, [("Jobs:RetrySeconds", "0.01"), ("Jobs:Parallel", "1")]);
            await using SqliteJobStore store = service.OpenStore();
            TestVideos.Short(Path.Combine(Inbox, "a.mp4"));
            await service.SaysAsync("No job is begun until results can be written again");
            int begun = await BegunAsync();
            TestVideos.Short(Path.Combine(Inbox, "b.mp4"));
            await RunningService.JobsAsync(store, jobs => jobs.Count == 2);
            JobRecord cancelled = await store.CancelAsync((await store.ListAsync(new(), TestContext.Current.CancellationToken))[0].Id, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException();
            Assert.Equal(JobStatus.Cancelled, cancelled.Status);
            Assert.Equal(begun, await BegunAsync());

            File.Delete(Path.Combine(Results, "filler"));
            IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(2));
            Assert.Equal([JobStatus.Cancelled, JobStatus.Completed], over.Select(job => job.Status));

            async Task<int> BegunAsync() => (await store.EventsAsync(null, 0, 1000, TestContext.Current.CancellationToken)).Count(happened => happened.State == "leased");
        }
        finally
        {
            SystemProgram.Run("umount", Results);
        }
    }

    [Fact]
    public async Task While_another_process_locks_the_store_the_service_waits_and_then_goes_on()
    {
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, Impatient);
        await using SqliteJobStore store = service.OpenStore();
        using (Session other = new(Path.Combine(_folder.FullName, "posebatch.db"), SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5)))
        {
            other.Execute("BEGIN EXCLUSIVE");
            File.Copy(PoseBatchProgram.DemoClip, Path.Combine(Inbox, "clip.mp4"));
            await service.SaysAsync("locked by another process");

            other.Execute("ROLLBACK");
        }

        await AssertCompletesAsync(store);
    }

    private async Task AssertCompletesAsync(SqliteJobStore store)
    {
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Reason} {job.Message}");
        Assert.Equal(1, job.Attempt);
        Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems);
        Assert.False(Directory.Exists(Path.Combine(Results, ".work")));
    }

    private string[] Visible() => [.. Directory.GetFileSystemEntries(Results).Where(path => !Path.GetFileName(path).StartsWith('.'))];

    private static void Fill(string path)
    {
        byte[] block = new byte[4096];
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (file.Length >= 0)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    private void Mount(string options)
    {
        Directory.CreateDirectory(Results);
        Assert.SkipUnless(SystemProgram.Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", Results), "Needs the right to mount a small disk.");
    }
}
