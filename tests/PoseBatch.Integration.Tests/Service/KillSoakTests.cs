using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Promise P4: a result is complete or absent, whenever the service dies and whoever looks.</summary>
public sealed class KillSoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Kills = 100;
    private const int Seed = 4;

    // Fewer than twenty waiting jobs make, so that the last one always comes.
    private const int MostEvents = 30;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-kill-");

    private string Results => Path.Combine(_folder.FullName, "results");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Killed_at_a_hundred_moments_no_reader_ever_sees_half_a_result()
    {
        Soak.Require();
        string inbox = Directory.CreateDirectory(Path.Combine(_folder.FullName, "inbox")).FullName;
        string clip = TestVideos.Short(Path.Combine(_folder.FullName, "clip.mp4"), seconds: 3);
        (string, string)[] settings = [("Output:SegmentSeconds", "1"), ("Jobs:MaxAttempts", "100"), ("Jobs:Parallel", "3"), ("Jobs:RetrySeconds", "0.1")];
        Random random = new(Seed);
        int made = 0, hitWriting = 0, hitSegments = 0, hitComplete = 0;
        await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(_folder.FullName, "posebatch.db"), TimeProvider.System);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<int> reading = Task.Run(() => ReadAll(over.Token), TestContext.Current.CancellationToken);
        for (int kill = 1; kill <= Kills; kill++)
        {
            // So many wait that something is being begun, written, merged and renamed at any time.
            long done = (await store.CountAsync(TestContext.Current.CancellationToken)).GetValueOrDefault(JobStatus.Completed);
            for (; made < done + 20; made++)
            {
                string path = Path.Combine(inbox, $"{made:0000}.mp4");
                TestVideos.Copy(clip, path + ".part", made);
                File.Move(path + ".part", path);
            }

            await using RunningService service = await RunningService.StartAsync(_folder.FullName, settings);
            await service.HearEventsAsync(random.Next(0, MostEvents));   // the moment
            await service.KillAsync();
            string[] work = Directory.Exists(Path.Combine(Results, ".work")) ? Directory.GetFileSystemEntries(Path.Combine(Results, ".work"), "*", SearchOption.AllDirectories) : [];
            hitSegments += work.Any(path => path.EndsWith(".segment", StringComparison.Ordinal)) ? 1 : 0;
            hitWriting += work.Any(path => path.EndsWith(".parquet", StringComparison.Ordinal)) ? 1 : 0;
            hitComplete += work.Any(path => Path.GetFileName(path) == "manifest.json") ? 1 : 0;
        }

        await using RunningService last = await RunningService.StartAsync(_folder.FullName, settings);
        IReadOnlyList<JobRecord> jobs = await RunningService.JobsAsync(store, RunningService.AllOver(made));
        await over.CancelAsync();
        int reads = await reading;

        Assert.All(jobs, job => Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Reason} {job.Message}"));
        Assert.All(jobs, job => Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems));
        Assert.Equal(made, Directory.GetDirectories(Results).Count(path => Path.GetFileName(path) != ".work"));
        Assert.Equal(0, await last.StopAsync());
        Assert.False(Directory.Exists(Path.Combine(Results, ".work")), "Something was left in the work folder.");
        output.WriteLine($"{Kills} kills, seed {Seed}: {made} jobs, {reads} results read meanwhile, none bad; {hitSegments} kills left segments, {hitWriting} half-written tables, {hitComplete} a manifest that was not yet published; most attempts {jobs.Max(job => job.Attempt)}.");
    }

    /// <summary>Looks at every result that has a name, again and again, row by row.</summary>
    private int ReadAll(CancellationToken over)
    {
        int reads = 0;
        HashSet<string> known = [];
        while (!over.IsCancellationRequested)
        {
            foreach (string path in Directory.Exists(Results) ? Directory.GetDirectories(Results) : [])
            {
                if (Path.GetFileName(path) != ".work" && (known.Add(path) || reads % 7 == 0))
                {
                    ResultInspection seen = ResultInspector.Inspect(path);
                    Assert.True(seen.IsSound, $"{path}: {string.Join(' ', seen.Problems)}");
                    reads++;
                }
                else
                {
                    // A name once seen stays a whole result: its parts are there.
                    Assert.True(path.EndsWith(".work", StringComparison.Ordinal) || File.Exists(Path.Combine(path, "manifest.json")), path);
                    reads += path.EndsWith(".work", StringComparison.Ordinal) ? 0 : 1;
                }
            }
        }

        return reads;
    }
}
