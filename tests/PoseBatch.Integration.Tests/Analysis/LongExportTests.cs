using PoseBatch.Results.Reading;
using PoseBatch.Worker.Cli.Bench;

namespace PoseBatch.Analysis;

public sealed class LongExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // An hour at 30 frames a second, up to three people: 2.3 million joints, of which each is 60 bytes in the CSV alone.
    [Theory]
    [InlineData("wide-parquet")]
    [InlineData("csv")]
    [InlineData("coco-json")]
    [InlineData("dlc-csv")]
    [InlineData("trc")]
    public async Task A_long_result_takes_hardly_more_memory_than_a_short_one(string format)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("POSEBATCH_SOAK") == "1", "Takes long: ./test --soak");
        long little = await PeakAsync(format, 1000), much = await PeakAsync(format, 108_000);

        // Row groups of the product's size stay in memory, and what the runtime has not collected yet.
        Assert.True(much - little < 120_000_000, $"{format}: {little:N0} bytes for 1,000 frames, {much:N0} for 108,000.");
    }

    private async Task<long> PeakAsync(string format, int frameCount)
    {
        PoseResult result = TrackedResult.Make(_folder, frameCount, $"/videos/{format}-{frameCount}.mp4", rowGroupRows: 131_072);
        ProcessTree.Measured run = await ProcessTree.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "posebatch"), ["export", result.Path, "--to", format, "--out", _folder[$"{format}-{frameCount}"]],
            TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, run.Errors);
        TestContext.Current.SendDiagnosticMessage($"{format}, {frameCount} frames: {run.PeakTreeBytes / 1e6:F0} MB, {run.Wall.TotalSeconds:F1} s");
        return run.PeakTreeBytes;
    }
}
