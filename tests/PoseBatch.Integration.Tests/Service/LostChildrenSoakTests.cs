using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>All ffmpeg and ffprobe children of a service are ended by signals again and again; no sound video is condemned.</summary>
public sealed class LostChildrenSoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 30;
    private const int Videos = 30;
    private const int Seed = 13;
    private const int MostEvents = 6;

    private static readonly string[] Signals = ["KILL", "TERM", "SEGV"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Thirty_kills_of_all_children_condemn_none_of_thirty_videos()
    {
        Soak.Require();
        string inbox = Directory.CreateDirectory(_folder["inbox"]).FullName;
        string clip = TestVideos.Long(_folder["clip.mp4"], seconds: 10);
        for (int video = 0; video < Videos; video++)
        {
            TestVideos.Copy(clip, Path.Combine(inbox, $"{video:00}.mp4"), video);
        }

        Random random = new(Seed);
        int hit = 0;
        await using RunningService service = await RunningService.StartAsync(_folder.Path, ("Jobs:RetrySeconds", "2"));
        await using SqliteJobStore store = service.OpenStore();
        for (int kill = 0; kill < Kills; kill++)
        {
            IReadOnlyList<int> children = [];
            while (children.Count == 0)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await service.HearEventsAsync(random.Next(1, MostEvents));   // the moment
                children = ProcessFacts.Descendants(service.ProcessId);
            }

            // One that has ended meanwhile makes kill complain; the others are met all the same.
            hit += children.Count;
            SystemProgram.Run("kill", ["-" + Signals[kill % Signals.Length], .. children.Select(id => $"{id}")]);
        }

        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(Videos));

        Assert.Equal(Videos, jobs.Count);
        Assert.All(jobs, job => Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Reason} {job.Message}"));
        Assert.All(jobs, job => Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems));
        output.WriteLine($"{Kills} kills, seed {Seed}, {hit} children: {jobs.Count} completed, most attempts {jobs.Max(job => job.Attempt)}.");
    }
}
