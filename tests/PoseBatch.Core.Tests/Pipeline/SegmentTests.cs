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

        Assert.Equal((RunOutcome.Failed, ReasonCode.DecodeFailed), (report.State, report.Reason!.Value));
        Assert.Contains("Frame 7", report.Message, StringComparison.Ordinal);
        Assert.False(store.Completed);
    }

    [Theory]
    [InlineData(2, "while it was being opened", 0)]   // between the probe and the first frame
    [InlineData(3, "same size and time", 0)]   // before the first cut
    [InlineData(5, "same size and time", 2)]   // before the third
    [InlineData(7, "same size and time", 4)]   // after the last frame
    // The first look is the probe, the second that after the content was identified; then one before every cut, and one at the end.
    public async Task A_source_that_is_replaced_by_one_of_the_same_size_and_time_fails_before_anything_more_of_it_counts(int look, string message, int segments)
    {
        FakeStore store = new();
        int looks = 0;
        JobReport report = await RunAsync(
            store, index => Some.Stamp(index), 95, seconds: 2, mark: () => new(1, ++looks < look ? 10u : 11u, 0), identify: () => looks < look ? "old" : "new");

        Assert.Equal((RunOutcome.Failed, ReasonCode.SourceChanged), (report.State, report.Reason!.Value));
        Assert.Contains(message, report.Message, StringComparison.Ordinal);
        Assert.Equal(segments, store.Segments.Count);
        Assert.False(store.Completed);
    }

    [Fact]
    public async Task A_source_that_gets_another_mark_and_keeps_its_content_is_identified_once_more_and_goes_on()
    {
        FakeStore store = new();
        int looks = 0;
        int identified = 0;
        JobReport report = await RunAsync(
            store,
            index => Some.Stamp(index),
            95,
            seconds: 2,
            mark: () => new(1, 10, ++looks < 3 ? 0 : 7),
            identify: () =>
            {
                identified++;
                return "same";
            });

        Assert.Equal((RunOutcome.Completed, 2), (report.State, identified));
    }

    private static async Task<JobReport> RunAsync(
        FakeStore store,
        Func<long, FrameStamp> stamp,
        int frames,
        double seconds,
        int stride = 1,
        bool failOnDamage = false,
        Func<SourceMark>? mark = null,
        Func<string>? identify = null)
    {
        FakeDecoder decoder = new() { Frames = () => Enumerable.Range(0, frames).Select(index => stamp(index)), Mark = mark ?? (() => default) };
        await using InferenceEngine engine = new(new FakeEstimator(2), 1);
        VideoRun runner = new(decoder, engine, store, (_, _) => new SourceIdentity("sha256", identify?.Invoke() ?? "00"), TimeProvider.System);
        return await runner.RunAsync(
            new VideoJob
            {
                Path = "clip.mp4",
                OutputRoot = "out",
                SegmentSeconds = seconds,
                Spec = JobFields.Defaults with { Frames = new() { Stride = stride }, OnCorrupt = failOnDamage ? "fail" : "mark" },
            },
            probed: null,
            TestContext.Current.CancellationToken);
    }
}
