using Microsoft.Data.Sqlite;
using PoseBatch.Commands;
using PoseBatch.Jobs;
using PoseBatch.Parquet.Results;

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
            Assert.Equal((ReasonCode.DiskFull, 0), (waiting.Reason, waiting.Attempt));
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
