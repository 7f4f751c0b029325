using PoseBatch.Decode;
using PoseBatch.Inference;
using PoseBatch.Jobs;

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

    private void Clip(string name, string colour) => Clips.Make(
        "-f", "lavfi", "-i", $"color={colour}:s=64x64:r=10:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
        Path.Combine(_folder.FullName, name + ".mp4"));
}
