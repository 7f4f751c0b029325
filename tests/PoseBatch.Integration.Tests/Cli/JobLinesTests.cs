using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.Worker.Cli.Client;

namespace PoseBatch.Cli;

public class JobLinesTests
{
    [Theory]
    [InlineData(JobStatus.Completed, 82, 100, "100 %")]   // 18 frames lie before the edit list's start
    [InlineData(JobStatus.Dead, 82, 100, "82 %")]
    [InlineData(JobStatus.Running, 82, 100, "82 %, 25 fps")]
    [InlineData(JobStatus.Running, 120, 100, "100 %, 25 fps")]
    [InlineData(JobStatus.Dead, 1234, null, "1,234 frames")]
    public void Progress_is_the_share_of_the_video_and_all_of_it_when_the_job_is_completed(JobStatus status, int frames, int? announced, string text)
    {
        JobRecord job = new()
        {
            Id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            Spec = SomeJobs.Everything,
            Origin = "cli",
            Status = status,
            Progress = new() { Frames = frames, AnnouncedFrames = announced, FramesPerSecond = 25 },
        };
        Assert.Equal(text, JobLines.Progress(job));
    }

    [Theory]
    [InlineData(JobStatus.Completed, "The file ends early.", "  warning: The file ends early.")]
    [InlineData(JobStatus.Completed, null, null)]
    [InlineData(JobStatus.Duplicate, "The same video is done.", null)]
    public void A_done_job_is_listed_with_the_warnings_of_its_result(JobStatus status, string? message, string? line)
    {
        JobRecord job = new() { Id = "01ARZ3NDEKTSV4RRFFQ69G5FAV", Spec = SomeJobs.Everything, Origin = "cli", Status = status, Message = message };

        string[] lines = JobLines.Row(job).Split(Environment.NewLine);

        Assert.Equal(line is null ? 1 : 2, lines.Length);
        Assert.Equal(line?.TrimStart(), lines.ElementAtOrDefault(1)?.TrimStart());
    }
}
