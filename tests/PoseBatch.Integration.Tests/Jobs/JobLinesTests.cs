using PoseBatch.Worker.Client;

namespace PoseBatch.Jobs;

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
}
