using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Onnx;
using PoseBatch.Onnx.Runtime;

namespace PoseBatch.Service;

/// <summary>Reason codes as a user meets them: jobs handed to a running service. docs/promises.md lists the test of every code.</summary>
public sealed class ReasonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PackageFolder _models = new();

    public void Dispose()
    {
        _folder.Dispose();
        _models.Dispose();
    }

    [Fact]
    public async Task Jobs_that_cannot_succeed_end_with_the_reason_that_fits()
    {
        string clip = TestVideos.Short(_folder["clip.mp4"]);
        Clips.Make("-f", "lavfi", "-i", "sine=d=1", _folder["sound.m4a"]);
        Clips.Make("-i", clip, "-c:v", "mpeg4", "-vtag", "FMP4", _folder["unknown.avi"]);
        Clips.Make("-i", clip, "-c", "copy", "-movflags", "+faststart", _folder["front.mp4"]);
        TestVideos.Long(_folder["long.mp4"], seconds: 60);
        File.WriteAllText(_folder["text.mp4"], "this is not a video\n");
        Change("unknown.avi", bytes =>
        {
            for (int at; (at = bytes.AsSpan().IndexOf("FMP4"u8)) >= 0;)
            {
                "ZZZZ"u8.CopyTo(bytes.AsSpan(at));
            }
        });
        Change("front.mp4", bytes => bytes.AsSpan(bytes.AsSpan().IndexOf("mdat"u8) + 4).Clear());   // an index of nothing
        File.WriteAllBytes(_folder["begun.mp4"], File.ReadAllBytes(clip)[..(int)(new FileInfo(clip).Length / 2)]);
        Directory.CreateDirectory(_folder["results"]);
        File.WriteAllText(_folder["results/taken"], "A file where a folder has to be.");
        _models.Write("sound-until-it-runs", TinyOnnx.SecretBatchOfOne(isReduced: false));
        _models.Write("glutton", TinyOnnx.Glutton());

        (string Reason, object Job)[] jobs =
        [
            ("source_missing", new { source = new { path = "nothing.mp4" } }),
            ("source_changed", new { source = new { path = "clip.mp4", size = 1 } }),
            ("source_unsettled", new { source = new { path = "begun.mp4" } }),
            ("not_video", new { source = new { path = "text.mp4" } }),
            ("no_video_stream", new { source = new { path = "sound.m4a" } }),
            ("codec_unsupported", new { source = new { path = "unknown.avi" } }),
            ("decode_failed", new { source = new { path = "front.mp4" } }),
            ("model_missing", new { source = new { path = "clip.mp4" }, model = new { name = "nobody" } }),
            ("model_mismatch", new { source = new { path = "clip.mp4" }, model = new { sha256 = new string('0', 64) } }),
            ("output_conflict", new { source = new { path = "clip.mp4" }, output = new { path = "taken" } }),
            ("stalled", new { source = new { path = "long.mp4" }, limits = new { max_runtime_s = 0.1 } }),
            ("cancelled", new { source = new { path = "clip.mp4" }, deadline = "2020-01-01T00:00:00Z" }),
            ("internal", new { source = new { path = "clip.mp4" }, model = new { name = "sound-until-it-runs" } }),
            ("out_of_memory", new { source = new { path = "clip.mp4" }, model = new { name = "glutton" } }),
        ];
        await using RunningService service = await RunningService.StartAsync(
            _folder[""], ("Models:Root", _models.Root), ("Jobs:MaxAttempts", "1"), ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        List<(string Id, string Reason)> expected = [];
        foreach ((string reason, object job) in jobs)
        {
            expected.Add((await service.SubmitAsync(job), reason));
        }

        IReadOnlyList<JobRecord> over = await RunningService.JobsAsync(store, RunningService.AllOver(jobs.Length));

        Assert.Equal(expected, expected.Select(job => (job.Id, over.Single(record => record.Id == job.Id).Reason?.WireName() ?? "none")));
        Assert.All(over, job => Assert.Equal((JobStatus.Dead, false), (job.Status, string.IsNullOrEmpty(job.Message))));
        Assert.Equal(0, await service.StopAsync());
        Assert.False(Directory.Exists(_folder["results/.work"]) && Directory.GetFiles(_folder["results/.work"], "*.lock").Length > 0);
    }

    [Fact]
    public async Task Without_the_provider_it_asks_for_a_job_waits_and_uses_up_no_attempt()
    {
        Assert.SkipWhen(File.Exists("/dev/nvidia0"), "This machine has the provider that has to be missing.");
        TestVideos.Short(_folder["clip.mp4"]);
        await using RunningService service = await RunningService.StartAsync(_folder[""], ("Jobs:MaxAttempts", "1"), ("Inbox:Path", ""));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" }, inference = new { provider = "cuda" } });

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, jobs => jobs.Any(job => job.Status == JobStatus.RetryWait)));

        Assert.Equal((ReasonCode.ProviderUnavailable, 0), (job.Reason, job.Attempt));
    }

    [Theory]
    [InlineData("CUDA failure 700: an illegal memory access was encountered", "cuda", ReasonCode.DeviceLost)]
    [InlineData("CUDA failure 2: out of memory", "cuda", ReasonCode.OutOfMemory)]
    [InlineData("CUDA failure 700: an illegal memory access was encountered", "cpu", ReasonCode.Internal)]
    public void What_the_runtime_says_of_a_device_becomes_a_reason(string said, string provider, ReasonCode reason)
    {
        // The runtime's own constructor is its own; no device can be made to fail at will.
        Microsoft.ML.OnnxRuntime.OnnxRuntimeException fault = (Microsoft.ML.OnnxRuntime.OnnxRuntimeException)Activator.CreateInstance(
            typeof(Microsoft.ML.OnnxRuntime.OnnxRuntimeException),
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic,
            binder: null,
            [Enum.ToObject(typeof(Microsoft.ML.OnnxRuntime.OnnxRuntimeException).Assembly.GetType("Microsoft.ML.OnnxRuntime.ErrorCode", throwOnError: true)!, 1), said],
            culture: null)!;

        Assert.Equal(reason, OrtFailures.OfRun(fault, "m", provider, 1).Reason);
    }

    private void Change(string name, Action<byte[]> change)
    {
        byte[] bytes = File.ReadAllBytes(_folder[name]);
        change(bytes);
        File.WriteAllBytes(_folder[name], bytes);
    }
}
