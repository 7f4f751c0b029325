using System.Diagnostics;
using PoseBatch.Jobs;
using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>Very many files in the inbox (P20).</summary>
public sealed class ManyFilesTests(ITestOutputHelper output)
{
    private static Writers Nobody(string path) => Writers.None;

    [Fact]
    public Task Five_thousand_files_are_taken_once_and_known_after_a_restart() => TakeAsync(folders: 50, filesEach: 100);

    [Fact]
    public async Task A_hundred_thousand_files_are_taken_once_and_known_after_a_restart()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("POSEBATCH_SOAK") == "1", "Takes minutes; ./test --soak runs it.");
        await TakeAsync(folders: 4, filesEach: 25_000);
    }

    private async Task TakeAsync(int folders, int filesEach)
    {
        int count = folders * filesEach;
        await using Inbox inbox = new(Nobody);
        for (int folder = 0; folder < folders; folder++)
        {
            string path = Directory.CreateDirectory(inbox[$"participant {folder:000}"]).FullName;
            for (int file = 0; file < filesEach; file++)
            {
                File.WriteAllText(Path.Combine(path, $"recording {file:000000}.mp4"), "video");
            }
        }

        await MeasureAsync("first scan", () => inbox.Folder.ScanAsync(TestContext.Current.CancellationToken));
        Assert.Equal(count, inbox.Folder.Settling.Count);
        await MeasureAsync("second scan, all taken", () => inbox.ScanAsync(after: 10));
        Assert.Equal(count, (await inbox.RealStore.CountAsync(TestContext.Current.CancellationToken))[JobStatus.Queued]);

        WatchedFolder again = inbox.Start();
        long before = Memory();   // the first one is let go
        await MeasureAsync("first scan after a restart", () => inbox.ScanAsync(after: 5));
        await MeasureAsync("thorough scan", () => inbox.ScanAsync(after: 5));
        await MeasureAsync("thorough scan", () => inbox.ScanAsync(after: 5));
        await MeasureAsync("scan over the names", () => again.ScanNamesAsync(TestContext.Current.CancellationToken));
        await MeasureAsync("scan over the names", () => again.ScanNamesAsync(TestContext.Current.CancellationToken));
        long kept = Memory() - before;
        output.WriteLine($"{kept / 1e6:0.0} MB kept, {(double)kept / count:0} bytes per file");

        Assert.Equal(count, inbox.Store.SubmissionCount);
        Assert.Equal(count, inbox.Decoder.Opened.Count);
        Assert.Empty(again.Settling);
        inbox.Write("participant 000/one more.mp4", age: 60);
        await again.ScanNamesAsync(TestContext.Current.CancellationToken);
        await again.CheckDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(count + 1, inbox.Store.SubmissionCount);
        GC.KeepAlive(again);
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    // Figures for people; nothing is asserted about time.
    private async Task MeasureAsync(string what, Func<Task> run)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long since = Stopwatch.GetTimestamp();
        await run();
        output.WriteLine($"{what}: {Stopwatch.GetElapsedTime(since).TotalMilliseconds:0} ms, CPU {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:0} ms");
    }
}
