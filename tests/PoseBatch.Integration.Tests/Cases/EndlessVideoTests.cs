using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Service;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Cases;

/// <summary>A file of a few kilobytes that shows its frames without end costs no more than the settings allow.</summary>
public sealed class EndlessVideoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Five_frames_shown_again_and_again_end_at_the_most_frames_there_may_be()
    {
        int shown = EditListClip.Make(_folder["endless.mp4"], entries: 2000);
        Assert.InRange(new FileInfo(_folder["endless.mp4"]).Length, 1, 30_000);
        Assert.Equal($"{shown}", Clips.Run(
            "ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", _folder["endless.mp4"]).Trim());

        await using RunningService service = await RunningService.StartAsync(_folder.Path, ("Jobs:MaxFrames", "300"), ("Inbox:Path", string.Empty));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "endless.mp4" } });

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Dead, ReasonCode.CodecUnsupported, 1), (job.Status, job.Reason, job.Attempt));
        Assert.Contains("more than 300 frames", job.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs:MaxFrames", job.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs:MaxFrames", job.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dropped_file_that_takes_too_long_ends_at_the_time_it_may_take()
    {
        TestVideos.Long(_folder["long.mp4"], seconds: 600);
        await using RunningService service = await RunningService.StartAsync(_folder.Path, ("Jobs:MaxRuntimeSeconds", "2"), ("Output:SegmentSeconds", "1000"));
        await using SqliteJobStore store = service.OpenStore();
        File.Move(_folder["long.mp4"], _folder["inbox/long.mp4"]);

        JobRecord job = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.Equal((JobStatus.Dead, ReasonCode.Cancelled, 1), (job.Status, job.Reason, job.Attempt));
        Assert.Contains("2 s", job.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs:MaxRuntimeSeconds", job.Message, StringComparison.Ordinal);
        Assert.Contains("Jobs:MaxRuntimeSeconds", job.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_video_of_just_as_many_frames_is_complete_and_its_result_the_same()
    {
        TestVideos.Short(_folder["clip.mp4"], seconds: 2);
        int frames = int.Parse(
            Clips.Run("ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", _folder["clip.mp4"]).Trim(),
            System.Globalization.CultureInfo.InvariantCulture);
        await using RunningService service = await RunningService.StartAsync(
            _folder.Path, ("Jobs:MaxFrames", $"{frames}"), ("Jobs:MaxRuntimeSeconds", "3600"), ("Inbox:Path", string.Empty));
        await using SqliteJobStore store = service.OpenStore();
        await service.SubmitAsync(new { source = new { path = "clip.mp4" } });
        JobRecord bounded = Assert.Single(await RunningService.JobsAsync(store, RunningService.AllOver(1)));
        Assert.True(bounded.Status == JobStatus.Completed, $"{bounded.Reason}: {bounded.Message}");

        // The limits are not in the key: without them, the result is the same one.
        PoseBatch.Cli.PoseBatchProgram.Ended plain = await PoseBatch.Cli.PoseBatchProgram.RunAsync(_folder.Path, "process", "clip.mp4", "--out", "plain", "--json");
        Assert.Equal(Path.GetFileName(bounded.ResultPath), Path.GetFileName(Assert.Single(Directory.GetDirectories(_folder["plain"]))));
        Assert.Equal(0, plain.ExitCode);
    }

    [Fact]
    public void Recordings_of_days_and_computing_of_days_are_within_the_defaults()
    {
        JobSettings defaults = new();
        Assert.True(defaults.MaxFrames >= 7L * 24 * 3600 * 30);          // a week at 30 frames a second
        Assert.True(defaults.MaxRuntimeSeconds >= 7 * 24 * 3600);
    }
}
