using System.Diagnostics;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.Service;

/// <summary>Promise P7: memory does not depend on the length of the video, and a thousand jobs leave nothing behind.</summary>
public sealed class MemorySoakTests(ITestOutputHelper output) : IDisposable
{
    private const int MinutesOfLong = 240;
    private const double MostGrowth = 1.05;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-memory-");

    private string this[string name] => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Four_hours_need_no_more_memory_than_one_minute_in_process()
    {
        Soak.Require();
        MakeVideos();
        long minute = await PeakOfProcessAsync("minute.mp4"), hours = await PeakOfProcessAsync("hours.mp4");
        Report("process", minute, hours);
    }

    [Fact]
    public async Task Four_hours_need_no_more_memory_than_one_minute_in_the_service()
    {
        Soak.Require();
        MakeVideos();
        long minute = await PeakOfServiceAsync("minute.mp4"), hours = await PeakOfServiceAsync("hours.mp4");
        Report("run", minute, hours);
    }

    [Fact]
    public async Task A_thousand_short_jobs_leave_no_handle_no_thread_no_file_and_no_memory_behind()
    {
        Soak.Require();
        const int Jobs = 1000, First = 200;
        string inbox = Directory.CreateDirectory(this["inbox"]).FullName, clip = TestVideos.Short(this["clip.mp4"]);
        string temporary = Directory.CreateDirectory(this["tmp"]).FullName;
        await using RunningService service = await RunningService.StartAsync(_folder.FullName, ("TMPDIR", temporary));
        await using SqliteJobStore store = service.OpenStore();
        List<(int Jobs, long Memory, int Handles, long Threads, int Files)> samples = [];
        for (int made = 0; made < Jobs;)
        {
            for (int end = made + First; made < end; made++)
            {
                TestVideos.Copy(clip, this["next"], made);
                File.Move(this["next"], Path.Combine(inbox, $"{made:0000}.mp4"));
            }

            IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(made));
            Assert.All(jobs, job => Assert.Equal(JobStatus.Completed, job.Status));
            samples.Add((made, ProcessFacts.Status(service.ProcessId, "VmRSS") / 1024, ProcessFacts.Handles(service.ProcessId), ProcessFacts.Status(service.ProcessId, "Threads"),
                Directory.GetFileSystemEntries(temporary, "*", SearchOption.AllDirectories).Length));
            output.WriteLine($"{samples[^1]}");
        }

        Assert.True(samples[^1].Handles <= samples[0].Handles + 10, "Handles grow.");
        Assert.True(samples[^1].Files <= samples[0].Files, "Temporary files grow.");
        Assert.True(samples[^1].Threads <= samples[0].Threads + 10, "Threads grow.");
        Assert.True(samples[^1].Memory <= samples[1].Memory * 1.1, "Memory grows.");
        Assert.Empty(ProcessFacts.Descendants(service.ProcessId));
        Assert.False(Directory.Exists(this["results/.work"]));
        Assert.Equal(0, await service.StopAsync());
    }

    private void MakeVideos()
    {
        Clips.Make(
            "-stream_loop", "-1", "-i", PoseBatchProgram.DemoClip, "-vf", "scale=96:96,fps=10", "-t", "60",
            "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", this["minute.mp4"]);
        File.WriteAllText(this["list.txt"], string.Concat(Enumerable.Repeat("file minute.mp4\n", MinutesOfLong)));
        Clips.Make("-f", "concat", "-i", this["list.txt"], "-c", "copy", this["hours.mp4"]);
    }

    private void Report(string verb, long minute, long hours)
    {
        output.WriteLine($"{verb}: peak {minute} KiB for one minute, {hours} KiB for {MinutesOfLong} minutes, ratio {(double)hours / minute:0.000}.");
        Assert.True(hours <= minute * MostGrowth, "Memory depends on the length of the video.");
    }

    private async Task<long> PeakOfProcessAsync(string video)
    {
        // The line comes when the first video is done; a second one keeps the process alive while its peak is read.
        TestVideos.Short(this["last.mp4"], seconds: 5);
        using Process process = PoseBatchProgram.Start(_folder.FullName, "process", video, "last.mp4", "--json", "--quiet", "--overwrite");
        process.StandardInput.Close();
        Assert.NotNull(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        long peak = ProcessFacts.Status(process.Id, "VmHWM");
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return peak;
    }

    private async Task<long> PeakOfServiceAsync(string video)
    {
        string place = Directory.CreateDirectory(this["service " + video]).FullName;
        File.Copy(this[video], Path.Combine(place, video));
        await using RunningService service = await RunningService.StartAsync(place, ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = video } });
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal(JobStatus.Completed, job.Status);
        return ProcessFacts.Status(service.ProcessId, "VmHWM");
    }
}
