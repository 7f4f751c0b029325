using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;

namespace PoseBatch.Cases;

/// <summary>r-stop-takes-longer: the service owns its end, and what is in work is handed over, at whatever moment.</summary>
public sealed class StopTests : IDisposable
{
    // A test run in the background hands its ignored SIGINT and SIGQUIT down, and what was ignored at the start stays so.
    private static readonly string[] NothingIgnored = ["env", "--default-signal"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task A_job_whose_segment_takes_longer_than_the_drain_is_handed_over_as_it_is(string signal)
    {
        // The only segment is as long as the video, so no stop meets its end.
        (string, string)[] settings = [("Output:SegmentSeconds", "1000"), ("Jobs:DrainSeconds", "0.5")];
        TestVideos.Long(_folder["long.mp4"], seconds: 100);
        await using RunningService service = await RunningService.StartAsync(NothingIgnored, _folder.Path, settings);
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "long.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Frames > 20));

        service.Signal(signal);

        Assert.Equal(0, await service.ExitAsync());
        await AssertHandedOverAsync(store);
    }

    [Fact]
    public async Task Stopped_again_and_again_in_the_middle_of_segments_it_ends_with_the_bytes_of_an_undisturbed_run()
    {
        const double SegmentSeconds = 20;
        (string, string)[] settings = [("Output:SegmentSeconds", "20"), ("Jobs:DrainSeconds", "0")];
        TestVideos.Long(_folder["long.mp4"], seconds: 60);
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        for (int round = 0; round < 3; round++)
        {
            await using RunningService stopped = await RunningService.StartAsync(_folder.Path, settings);
            if (round == 0)
            {
                await stopped.SubmitAsync(new { source = new { path = "long.mp4" } });
            }

            // One place of a segment further each time, and never at its end.
            await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.Running && job.Progress?.Seconds > (SegmentSeconds * round / 2) + 1));
            Assert.Equal(0, await stopped.StopAsync());
            await AssertHandedOverAsync(store);
        }

        await using RunningService last = await RunningService.StartAsync(_folder.Path, settings);
        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));

        await File.WriteAllTextAsync(_folder["whole.json"], """{ "Output": { "SegmentSeconds": 20 } }""", TestContext.Current.CancellationToken);
        PoseBatchProgram.Ended plain = await PoseBatchProgram.RunAsync(_folder.Path, "process", "long.mp4", "--out", "plain", "--config", "whole.json", "--json");
        Assert.Equal(0, plain.ExitCode);
        string[] tables = Directory.GetFiles(Assert.Single(Directory.GetDirectories(_folder["plain"])), "*.parquet");
        Assert.NotEmpty(tables);
        Assert.All(tables, table => Assert.Equal(File.ReadAllBytes(table), File.ReadAllBytes(Path.Combine(job.ResultPath!, Path.GetFileName(table)))));
    }

    [Fact]
    public async Task A_second_signal_hands_over_without_waiting_for_the_end_of_the_segment()
    {
        TestVideos.Long(_folder["long.mp4"], seconds: 100);
        await using RunningService service = await RunningService.StartAsync(
            _folder.Path, ("Output:SegmentSeconds", "1000"), ("Jobs:DrainSeconds", "3600"));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "long.mp4" } });
        await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Progress?.Frames > 20));

        service.Signal("TERM");
        await service.SaysAsync("PoseBatch stops");
        service.Signal("TERM");

        Assert.Equal(0, await service.ExitAsync());
        await AssertHandedOverAsync(store);
    }

    [Theory]
    [InlineData("probed", "ffprobe")]
    [InlineData("opened by the decoder", "ffmpeg")]
    public async Task A_job_without_a_first_frame_is_handed_over_at_once(string moment, string program)
    {
        // The child says that it has begun, and then nothing.
        string begun = _folder["begun"];
        string script = _folder.Script("child", $"echo {moment} > '{begun}'; exec sleep 1000");
        TestVideos.Short(_folder["clip.mp4"]);
        await using RunningService service = await RunningService.StartAsync(
            _folder.Path, ("Jobs:DrainSeconds", "3600"), ("Inbox:Path", string.Empty), ("Service:Confine", "false"),
            (program == "ffprobe" ? "Decode:FfprobePath" : "Decode:FfmpegPath", script));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" } });
        await FileSystemNotice.AppearsAsync(begun);

        Assert.Equal(0, await service.StopAsync());
        await AssertHandedOverAsync(store);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task Asked_to_stop_while_it_starts_it_ends_cleanly(string signal)
    {
        for (int round = 0; round < 3; round++)
        {
            using Process starting = StartRun();
            await ListensAsync(starting);
            Assert.True(SystemProgram.Run("kill", "-" + signal, starting.Id.ToString(CultureInfo.InvariantCulture)));
            Assert.Equal((0, string.Empty), (await ExitAsync(starting), await starting.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)));
        }
    }

    [Fact]
    public async Task Asked_to_stop_while_another_program_locks_the_store_it_ends_cleanly()
    {
        await (await RunningService.StartAsync(_folder.Path)).DisposeAsync();
        await using SqliteConnection locking = new($"Data Source={_folder["posebatch.db"]};Pooling=False");
        await locking.OpenAsync(TestContext.Current.CancellationToken);
        await using SqliteCommand command = locking.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        using Process starting = StartRun();
        await ListensAsync(starting);
        Assert.True(SystemProgram.Run("kill", "-TERM", starting.Id.ToString(CultureInfo.InvariantCulture)));

        Assert.Equal(0, await ExitAsync(starting));
    }

    [Fact]
    public async Task A_service_whose_address_is_taken_leaves_no_job_held()
    {
        TestVideos.Long(_folder["long.mp4"], seconds: 100);
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        PoseBatchProgram.Ended submitted = await PoseBatchProgram.RunAsync(_folder.Path, "submit", "long.mp4");
        Assert.Equal(0, submitted.ExitCode);
        using System.Net.Sockets.TcpListener taken = new(System.Net.IPAddress.Loopback, 0);
        taken.Start();

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(_folder.Path, "run", "--url", $"http://127.0.0.1:{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("is taken", run.Errors, StringComparison.Ordinal);
        JobRecord job = Assert.Single(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((JobStatus.Queued, 0), (job.Status, job.Attempt));
    }

    private Process StartRun()
    {
        string[] line = [.. NothingIgnored, PoseBatchProgram.Executable, "run", "--url", "http://127.0.0.1:0"];
        return Process.Start(new ProcessStartInfo(line[0], line[1..])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    private static async Task AssertHandedOverAsync(SqliteJobStore store)
    {
        JobRecord job = Assert.Single(await store.ListAsync(new JobQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((JobStatus.Queued, 0), (job.Status, job.Attempt));
        IReadOnlyList<JobEvent> events = await store.EventsAsync(job.Id, 0, 1000, TestContext.Current.CancellationToken);
        Assert.Contains("Handed over: the service stops", events[^1].Message, StringComparison.Ordinal);
    }

    private static async Task<int> ExitAsync(Process process)
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    // SIGHUP, the first bit, is caught by nobody but the service itself, and it is among the last.
    private static async Task ListensAsync(Process process)
    {
        while (true)
        {
            string caught = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal))["SigCgt:".Length..];
            if ((ulong.Parse(caught.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0)
            {
                return;
            }

            await Task.Yield();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }
}
