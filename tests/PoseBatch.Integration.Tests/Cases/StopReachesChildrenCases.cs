using System.Diagnostics;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;
using PoseBatch.Video;

namespace PoseBatch.Cases;

/// <summary>r-stop-reaches-children: a signal to everything that runs here stops the service and condemns no video.</summary>
public sealed class StopReachesChildrenCases : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_signal_to_the_process_group_stops_the_service_and_the_job_is_handed_over()
    {
        using Process service = StartInItsOwnGroup();
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        await RunningService.JobsAsync(store, jobs => jobs.Count == 1 && jobs[0].Progress?.Segments > 0);

        Clips.Run("kill", "-TERM", "--", $"-{service.Id}");
        await service.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, service.ExitCode);
        JobRecord job = Assert.Single(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((JobStatus.Queued, 0, (ReasonCode?)null), (job.Status, job.Attempt, job.Reason));
    }

    [Fact]
    public async Task A_supervisor_that_ends_the_decoders_first_condemns_no_job()
    {
        using Process service = StartInItsOwnGroup();
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        await RunningService.JobsAsync(store, jobs => jobs.Count == 1 && jobs[0].Progress?.Segments > 0);

        // A control group's members are met in any order.
        IReadOnlyList<int> children = ProcessFacts.Descendants(service.Id);
        Assert.NotEmpty(children);
        Clips.Run("kill", ["-TERM", .. children.Append(service.Id).Select(id => $"{id}")]);
        await service.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, service.ExitCode);
        JobRecord job = Assert.Single(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((JobStatus.Queued, 0), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task A_child_is_in_a_session_of_its_own_and_ends_with_the_service_that_is_killed()
    {
        using Process service = StartInItsOwnGroup();
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        await RunningService.JobsAsync(store, jobs => jobs.Count == 1 && jobs[0].Progress?.Segments > 0);
        IReadOnlyList<int> children = ProcessFacts.Descendants(service.Id);
        Assert.NotEmpty(children);
        Assert.All(children, child => Assert.Equal((child, child), GroupAndSession(child)));
        List<Process> held = [.. children.Select(Process.GetProcessById)];

        service.Kill();

        foreach (Process child in held)
        {
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            child.Dispose();
        }
    }

    [Fact]
    public async Task Without_a_launcher_a_child_has_its_own_session_too()
    {
        Clips.Make("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=4", _folder["a.mp4"]);
        VideoInfo video = await Clips.Decoder.ProbeAsync(_folder["a.mp4"], null, TestContext.Current.CancellationToken);
        await using FfmpegVideoReader reader = (FfmpegVideoReader)Clips.Decoder.Open(video, new(PixelLayout.Rgb24, new(1024, 1024)), TestContext.Current.CancellationToken);
        Assert.True(reader.TryRead(new byte[1024 * 1024 * 3], out _));

        Assert.Equal((reader.ProcessId, reader.ProcessId), GroupAndSession(reader.ProcessId));
    }

    // proc(5): the fifth and sixth field.
    private static (int Group, int Session) GroupAndSession(int process)
    {
        string facts = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = facts[(facts.LastIndexOf(')') + 2)..].Split(' ');
        return (int.Parse(fields[2], System.Globalization.CultureInfo.InvariantCulture), int.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture));
    }

    // A process that leads no group becomes the leader of its own one, in place: the number stays.
    private Process StartInItsOwnGroup()
    {
        TestVideos.Long(Path.Combine(Directory.CreateDirectory(_folder["inbox"]).FullName, "long.mp4"), seconds: 600);
        ProcessStartInfo start = new("setsid", [PoseBatchProgram.Executable, "run"]) { WorkingDirectory = _folder.Path };
        start.Environment["POSEBATCH__Service__Url"] = string.Empty;
        start.Environment["POSEBATCH__Inbox__ScanSeconds"] = "0.2";
        start.Environment["POSEBATCH__Inbox__SettleSeconds"] = "0";
        start.Environment["POSEBATCH__Output__SegmentSeconds"] = "5";
        return Process.Start(start)!;
    }
}
