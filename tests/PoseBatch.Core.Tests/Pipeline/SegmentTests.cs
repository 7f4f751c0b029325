using PoseBatch.Jobs;
using PoseBatch.Shared;
using PoseBatch.Tables;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>Where a run is cut, and that it goes on behind a cut as if it had never stopped. Frames come every 0.1 s.</summary>
public class SegmentTests
{
    [Fact]
    public async Task A_segment_ends_before_the_first_frame_past_its_time()
    {
        FakeStore store = new();
        await RunAsync(store, index => Some.Stamp(index), 95, seconds: 2);

        // 0.0 to 1.9 s are 20 frames, and so on; the last piece is ended by the end of the video.
        Assert.Equal([20, 40, 60, 80], store.Segments.Select(segment => segment.Rows));
    }

    [Fact]
    public async Task A_clock_that_jumps_ends_the_segment_forwards_and_backwards()
    {
        FakeStore store = new();
        await RunAsync(
            store,
            index => Some.Stamp(index) with { Seconds = index < 5 ? index : index < 10 ? 1000 + index : index - 10 },
            frames: 15, seconds: 60);

        Assert.Equal([5, 10], store.Segments.Select(segment => segment.Rows));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Going_on_behind_a_cut_gives_the_rest(int cut)
    {
        FakeStore whole = new();
        await RunAsync(whole, index => Some.Stamp(index), 95, seconds: 2, stride: 3);
        (int rows, byte[] state) = whole.Segments[cut];

        FakeStore rest = new() { CommittedFrames = rows, CommittedState = state };
        await RunAsync(rest, index => Some.Stamp(index), 95, seconds: 2, stride: 3);

        Assert.Equal(whole.Rows.Skip(rows), rest.Rows);
        Assert.Equal(whole.Segments.Skip(cut + 1).Select(segment => (segment.Rows - rows, Convert.ToHexString(segment.State))),
            rest.Segments.Select(segment => (segment.Rows, Convert.ToHexString(segment.State))));
        Assert.Equal(whole.Tracks, rest.Tracks);
    }

    [Fact]
    public async Task Damage_ends_a_job_that_asks_for_it()
    {
        FakeStore store = new();
        JobReport report = await RunAsync(
            store, index => Some.Stamp(index, index == 7 ? FrameStatus.Corrupt : FrameStatus.Ok), 20, seconds: 60, failOnDamage: true);

        Assert.Equal((JobState.Failed, ReasonCode.DecodeFailed), (report.State, report.Reason!.Value));
        Assert.Contains("Frame 7", report.Message, StringComparison.Ordinal);
        Assert.False(store.Completed);
    }

    private static async Task<JobReport> RunAsync(
        FakeStore store, Func<long, FrameStamp> stamp, int frames, double seconds, int stride = 1, bool failOnDamage = false)
    {
        FakeDecoder decoder = new() { Frames = () => Enumerable.Range(0, frames).Select(index => stamp(index)) };
        await using InferenceEngine engine = new(new FakeEstimator(2), 1);
        JobRunner runner = new(decoder, engine, store, (_, _) => new SourceIdentity("sha256", "00"), TimeProvider.System);
        return await runner.RunAsync(
            new VideoJob
            {
                Path = "clip.mp4",
                OutputRoot = "out",
                SegmentSeconds = seconds,
                Selection = new() { Stride = stride },
                FailOnDamage = failOnDamage,
            },
            probed: null,
            TestContext.Current.CancellationToken);
    }
}
