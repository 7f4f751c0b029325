using System.Net;
using System.Text.Json;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Onnx;

namespace PoseBatch.Service;

/// <summary>A call of ONNX Runtime that never comes back: it cannot be interrupted, so the service has to live with it.</summary>
public sealed class HangingNetworkTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-test-");
    private readonly PackageFolder _packages = new();

    public void Dispose()
    {
        _packages.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_job_ends_as_stalled_and_the_service_works_on_and_can_be_stopped()
    {
        _packages.Write("treadmill", TinyOnnx.Treadmill());
        Clip("dark", "black");
        Clip("bright", "white");
        await using RunningService service = await RunningService.StartAsync(
            _folder.FullName, ("Models:Root", _packages.Root), ("Inbox:Path", ""), ("Jobs:Parallel", "1"), ("Inference:ThreadsPerRun", "1"));
        await using SqliteJobStore store = service.OpenStore();

        string hangs = await service.SubmitAsync(new
        {
            source = new { path = "bright.mp4" },
            model = new { name = "treadmill" },
            limits = new { stall_timeout_s = 15, max_attempts = 1 },
        });
        string other = await service.SubmitAsync(new { source = new { path = "dark.mp4" }, model = new { name = "treadmill" } });

        // The only place comes free, and the other job gets a network that does not hang.
        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(2));
        JobRecord stalled = jobs.Single(job => job.Id == hangs);
        Assert.Equal((JobStatus.Dead, ReasonCode.Stalled), (stalled.Status, stalled.Reason));
        Assert.Contains("cannot be interrupted", stalled.Message, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Completed, jobs.Single(job => job.Id == other).Status);
        await service.SaysAsync("networks that hang: 1");

        Assert.Equal(0, await service.StopAsync());
    }

    [Fact]
    public async Task A_video_that_only_waits_for_its_last_inference_has_left_its_place_to_the_next_but_not_to_any_number()
    {
        _packages.Write("treadmill", TinyOnnx.Treadmill());
        string[] shades = ["white", "silver", "gray", "gold"];
        Array.ForEach(shades, shade => Clip(shade, shade));
        using ServiceBeats beats = new();
        await using RunningService service = await RunningService.StartAsync(
            _folder.FullName,
            [("Models:Root", _packages.Root), ("Inbox:Path", ""), ("Jobs:Parallel", "2"), ("Inference:ThreadsPerRun", "1"), .. beats.Settings]);
        await using SqliteJobStore store = service.OpenStore();
        foreach (string shade in shades)
        {
            await service.SubmitAsync(Job(shade, "treadmill", stallTimeout: 3600));
        }

        // Ten frames each: all of them are decoded while the first is inferred for ever.
        await RunningService.JobsAsync(store, jobs => jobs.Count(job => job.Status == JobStatus.Running) == 3);

        await beats.HearAsync(3);
        IReadOnlyDictionary<JobStatus, long> counts = await store.CountAsync(TestContext.Current.CancellationToken);
        Assert.Equal((3, 1), (counts[JobStatus.Running], counts[JobStatus.Queued]));
    }

    [Fact]
    public async Task After_three_of_them_the_service_takes_no_job_more_and_another_one_takes_over()
    {
        const int Most = 3;
        string[] networks = [.. Enumerable.Range(0, Most + 1).Select(number => $"treadmill-{number}")];
        foreach (string network in networks)
        {
            _packages.Write(network, TinyOnnx.Treadmill());
        }

        // A video each: the networks are the same bytes, so for one video they would compute the same, and wait for each other.
        string[] shades = ["white", "silver", "gray", "gold"];
        Array.ForEach(shades, shade => Clip(shade, shade));
        Clip("dark", "black");
        using ServiceBeats beats = new();
        (string, string)[] settings = [("Models:Root", _packages.Root), ("Inbox:Path", ""), ("Jobs:Parallel", $"{Most + 1}"), ("Inference:ThreadsPerRun", "1")];
        await using RunningService first = await RunningService.StartAsync(_folder.FullName, [.. settings, .. beats.Settings]);
        await using SqliteJobStore store = first.OpenStore();
        await beats.HearAsync(1);

        // Three are found to hang; the fourth may take longer than this test does.
        string hangs = await first.SubmitAsync(Job(shades[Most], networks[Most], stallTimeout: 3600));
        List<string> stalled = [];
        for (int i = 0; i < Most; i++)
        {
            stalled.Add(await first.SubmitAsync(Job(shades[i], networks[i], stallTimeout: 15)));
        }

        await first.SaysAsync($"networks that hang: {Most}");
        await RunningService.JobsAsync(store, jobs => stalled.All(id => jobs.Single(job => job.Id == id) is { Status: JobStatus.Dead, Reason: ReasonCode.Stalled }));
        beats.Drain();
        string waits = await first.SubmitAsync(Job("dark", "posebatch-small", stallTimeout: 3600));

        // Fifteen seconds of a service that would look for jobs twice a second and beat once a second.
        IReadOnlyList<string> heard = await first.HearNothingOfAsync(waits);
        Assert.Equal(["hello", "history", "history", "job"], heard);   // submitted, queued
        Assert.InRange(beats.Drain(), 0, 1);   // one may have been on its way
        (HttpStatusCode status, JsonElement answer) = await first.AskAsync("/healthz/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        JsonElement missing = Assert.Single(answer.GetProperty("missing").EnumerateArray());
        Assert.Equal(("runtime", "stalled"), (missing.GetProperty("part").GetString(), missing.GetProperty("reason").GetString()));
        Assert.Contains("3 networks hang", missing.GetProperty("message").GetString(), StringComparison.Ordinal);

        // Somebody puts sound networks in their places; beside it another service takes what waits, ...
        foreach (string network in networks)
        {
            _packages.Write(network, TinyOnnx.Echo(TinyOnnx.Float, isNhwc: false, "N"));
        }

        await using RunningService second = await RunningService.StartAsync(_folder.FullName, settings);
        foreach (string id in stalled)
        {
            await store.RetryAsync(id, TestContext.Current.CancellationToken);
        }

        await RunningService.JobsAsync(store, jobs => jobs.All(job => job.Id == hangs || job.Status == JobStatus.Completed));

        // ... and what was in its hands when systemd, not hearing it any more, ends it.
        await first.AbortAsync();
        await using RunningService third = await RunningService.StartAsync(_folder.FullName, settings);
        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(Most + 2));

        Assert.All(over, job => Assert.Equal(JobStatus.Completed, job.Status));
        Assert.Equal((1, 2), (over.Single(job => job.Id == waits).Attempt, over.Single(job => job.Id == hangs).Attempt));
        Assert.DoesNotContain(over, job => job.Worker!.Contains($":{first.ProcessId}:", StringComparison.Ordinal));
    }

    private static object Job(string clip, string network, int stallTimeout) => new
    {
        source = new { path = clip + ".mp4" },
        model = new { name = network },
        limits = new { stall_timeout_s = stallTimeout, max_attempts = stallTimeout < 60 ? 1 : 3 },
    };

    private void Clip(string name, string colour) => Clips.Make(
        "-f", "lavfi", "-i", $"color={colour}:s=64x64:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        Path.Combine(_folder.FullName, name + ".mp4"));
}
