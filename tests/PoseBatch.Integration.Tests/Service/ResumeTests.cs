using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.Parquet.Format;
using PoseBatch.Pipeline;
using PoseBatch.Results.Verification;
using PoseBatch.Tables;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Service;

/// <summary>Promise P5: a job that was interrupted anywhere leaves the bytes of one that never was.</summary>
public sealed class ResumeTests : IDisposable
{
    private const double SegmentSeconds = 2;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posebatch-resume-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Interrupted_at_every_step_it_gives_the_same_bytes()
    {
        await using ModelHost host = Open();
        IReadOnlyDictionary<string, string> whole = await RunWholeAsync(host, "whole");

        // Every attempt fails at the next step of the guard; segments that were named stay.
        int attempts = 0, steps = 0;
        JobReport report;
        do
        {
            report = await RunAsync(host, "resumed", new FailingGuard(++attempts, failAt: ++steps));
            steps = report.State == RunOutcome.Completed ? steps : Math.Max(steps % 4, 1);
        }
        while (report.State != RunOutcome.Completed && attempts < 200);

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.True(attempts > 5, $"Only {attempts} attempts: the guard was not asked.");
        Assert.Equal(whole, Tables(report.ResultPath!));
        Assert.False(Directory.Exists(Path.Combine(_folder.FullName, "resumed", ".work")));
    }

    [Fact]
    public async Task Damaged_and_foreign_segments_are_done_again()
    {
        await using ModelHost host = Open();
        IReadOnlyDictionary<string, string> whole = await RunWholeAsync(host, "whole");
        await RunAsync(host, "resumed", new FailingGuard(1, failAt: int.MaxValue, failAtFinalizing: true));

        string[] segments = [.. Directory.GetFiles(Path.Combine(_folder.FullName, "resumed", ".work"), "*.segment", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.Equal(9, segments.Length);   // 16.76 s in pieces of 2 s
        byte[] bytes = await File.ReadAllBytesAsync(segments[5], TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segments[5], bytes, TestContext.Current.CancellationToken);
        File.Copy(segments[7], segments[6], overwrite: true);

        FailingGuard guard = new(2, failAt: int.MaxValue);
        JobReport report = await RunAsync(host, "resumed", guard);

        Assert.Equal(whole, Tables(report.ResultPath!));
        Assert.Equal([5, 6, 7, 8], guard.CommittedSegments);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("swap")]
    [InlineData("delete")]
    public async Task A_segment_that_is_harmed_while_the_job_goes_on_does_not_get_into_the_result(string harm)
    {
        await using ModelHost host = Open();
        IReadOnlyDictionary<string, string> whole = await RunWholeAsync(host, "whole");
        FailingGuard guard = new(1, failAt: int.MaxValue) { BeforeFinalizing = () => Harm(harm) };

        JobReport harmed = await RunAsync(host, "resumed", guard);
        FailingGuard next = new(2, failAt: int.MaxValue);
        JobReport report = await RunAsync(host, "resumed", next);

        Assert.Equal((RunOutcome.Failed, ReasonCode.Internal, true), (harmed.State, harmed.Reason!.Value, harmed.Reason.Value.IsTransient()));
        Assert.Contains("000005.segment", harmed.Message, StringComparison.Ordinal);
        Assert.Equal(whole, Tables(report.ResultPath!));
        Assert.Equal([5, 6, 7, 8], next.CommittedSegments);
    }

    [Fact]
    public async Task A_folder_in_the_place_of_a_segment_and_a_file_in_the_place_of_their_folder_are_taken_away()
    {
        await using ModelHost host = Open();
        IReadOnlyDictionary<string, string> whole = await RunWholeAsync(host, "whole");
        FailingGuard guard = new(1, failAt: int.MaxValue) { BeforeSegment = segment => Obstruct(segment) };

        JobReport refused = await RunAsync(host, "resumed", guard);
        FailingGuard next = new(2, failAt: int.MaxValue);
        JobReport report = await RunAsync(host, "resumed", next);

        Assert.Equal((RunOutcome.Failed, ReasonCode.DiskFull), (refused.State, refused.Reason!.Value));
        Assert.Contains("000005.segment", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.Equal(whole, Tables(report.ResultPath!));
        Assert.Equal([5, 6, 7, 8], next.CommittedSegments);

        string name = Path.GetFileName(report.ResultPath!);
        Directory.Delete(report.ResultPath!, recursive: true);
        string work = Directory.CreateDirectory(Path.Combine(_folder.FullName, "resumed", ".work")).FullName;
        await File.WriteAllTextAsync(Path.Combine(work, name + ".resume"), "in the way", TestContext.Current.CancellationToken);
        Assert.Equal(RunOutcome.Completed, (await RunAsync(host, "resumed", new FailingGuard(1, failAt: int.MaxValue))).State);

        void Obstruct(int segment)
        {
            if (segment == 5)
            {
                string folder = Assert.Single(Directory.GetDirectories(Path.Combine(_folder.FullName, "resumed", ".work"), "*.resume"));
                Directory.CreateDirectory(Path.Combine(folder, "000005.segment", "within"));
            }
        }
    }

    private void Harm(string harm)
    {
        string[] segments = [.. Directory.GetFiles(Path.Combine(_folder.FullName, "resumed", ".work"), "*.segment", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        if (harm == "flip")
        {
            byte[] bytes = File.ReadAllBytes(segments[5]);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(segments[5], bytes);
        }
        else if (harm == "swap")
        {
            File.Copy(segments[6], segments[5], overwrite: true);
        }
        else
        {
            File.Delete(segments[5]);
        }
    }

    [Fact]
    public async Task Without_interruption_segments_change_nothing_either()
    {
        await using ModelHost host = Open();
        IReadOnlyDictionary<string, string> whole = await RunWholeAsync(host, "whole");
        JobReport report = await RunAsync(host, "segmented", new FailingGuard(1, failAt: int.MaxValue));
        Assert.Equal(whole, Tables(report.ResultPath!));
    }

    [Fact]
    public async Task A_lost_lease_leaves_nothing_under_the_final_name()
    {
        await using ModelHost host = Open();
        JobReport report = await RunAsync(host, "lost", new FailingGuard(1, failAt: int.MaxValue, failAtPublishing: true));
        Assert.Equal((RunOutcome.Failed, ReasonCode.LeaseLost), (report.State, report.Reason!.Value));
        Assert.Equal([Path.Combine(_folder.FullName, "lost", ".work")], Directory.GetFileSystemEntries(Path.Combine(_folder.FullName, "lost")));
    }

    [Fact]
    public async Task An_attempt_that_ends_before_its_first_segment_is_safe_leaves_nothing()
    {
        await using ModelHost host = Open();
        JobReport report = await RunAsync(host, "early", new FailingGuard(1, failAt: 1));

        Assert.Equal((RunOutcome.Failed, ReasonCode.LeaseLost), (report.State, report.Reason!.Value));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.FullName, "early")));
    }

    private static ModelHost Open() => ModelHost.Open(new Settings());

    private async Task<IReadOnlyDictionary<string, string>> RunWholeAsync(ModelHost host, string output) =>
        Tables((await RunAsync(host, output, guard: null)).ResultPath!);

    private Task<JobReport> RunAsync(ModelHost host, string output, ICommitFence? guard) => host.Runner(TimeProvider.System).RunAsync(
        new VideoJob
        {
            Path = PoseBatchProgram.DemoClip,
            OutputRoot = Path.Combine(_folder.FullName, output),
            SegmentSeconds = SegmentSeconds,
            Spec = JobFields.Defaults with { Smoothing = "one-euro" },
            RowGroupRows = 2048,
            Guard = guard,
        },
        probed: null,
        TestContext.Current.CancellationToken);

    private static Dictionary<string, string> Tables(string result)
    {
        ProblemList problems = new();
        ResultInspector.InspectTables(result, problems, new ChunkMemory());
        Assert.Empty(problems.ToList());
        return Directory.GetFiles(result, "*.parquet").ToDictionary(
            file => Path.GetFileName(file),
            file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
    }

    /// <summary>Throws at its n-th question.</summary>
    private sealed class FailingGuard(int attempt, int failAt, bool failAtFinalizing = false, bool failAtPublishing = false) : ICommitFence
    {
        private int _asked;

        public int Attempt => attempt;

        public List<int> CommittedSegments { get; } = [];

        public Action? BeforeFinalizing { get; init; }

        public Action<int>? BeforeSegment { get; init; }

        public Task BeforeCommitAsync(int segment)
        {
            BeforeSegment?.Invoke(segment);
            return AskAsync();
        }

        public Task CommittedAsync(int segment)
        {
            CommittedSegments.Add(segment);
            return AskAsync();
        }

        public async Task FinalizingAsync()
        {
            BeforeFinalizing?.Invoke();
            await AskAsync();
            await FailAsync(failAtFinalizing);
        }

        public async Task BeforePublishAsync()
        {
            await AskAsync();
            await FailAsync(failAtPublishing);
        }

        private Task AskAsync() => FailAsync(++_asked == failAt);

        private static Task FailAsync(bool now) =>
            now ? Task.FromException(new PoseBatchException(ReasonCode.LeaseLost, "Stopped here.")) : Task.CompletedTask;
    }
}
