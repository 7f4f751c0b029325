using PoseBatch.Estimators;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Shared;
using PoseBatch.Tables;

namespace PoseBatch.Pipeline;

/// <summary>A network that gives NaN is not a video without people. Frames come every 0.1 s, and are inferred one by one.</summary>
public class NonFiniteOutputCounterTests
{
    private const int Joints = 17;
    private const int Side = 32;

    [Fact]
    public async Task A_network_that_never_gives_a_number_fails_the_job_at_the_end_of_the_first_segment()
    {
        FakeStore store = new();
        JobReport report = await RunAsync(store, 95, seconds: 2, (_, output) => Array.Fill(output, float.NaN));

        Assert.Equal((RunOutcome.Failed, ReasonCode.ModelMismatch), (report.State, report.Reason!.Value));
        Assert.Contains("in all 20 frames it was asked about, from 0 on, output keypoints ('tensor_keypoints') of model 'test'", report.Message, StringComparison.Ordinal);
        Assert.Contains("mean, std", report.Advice, StringComparison.Ordinal);
        Assert.Equal((20, 0, false), (store.Rows.Count, store.Segments.Count, store.Completed));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task It_fails_at_the_end_of_a_video_that_is_shorter_than_a_segment(float value)
    {
        FakeStore store = new();
        JobReport report = await RunAsync(store, 3, seconds: 60, (_, output) => Array.Fill(output, value));

        Assert.Equal((RunOutcome.Failed, ReasonCode.ModelMismatch, false), (report.State, report.Reason!.Value, store.Completed));
    }

    [Fact]
    public async Task Frames_without_numbers_among_others_are_a_warning_that_names_them()
    {
        FakeStore store = new();
        JobReport report = await RunAsync(store, 95, seconds: 2, (frame, output) =>
        {
            if (frame is 7 or 8 or 50)
            {
                Array.Fill(output, float.NaN);
            }
        });

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.Equal(
            "3 frames, from 7 to 50, had NaN or infinity in output keypoints ('tensor_keypoints') of model 'test': what hangs on those numbers was not found. "
            + "In 3 there was nothing else, so that nobody found means nothing there.",
            Assert.Single(report.Warnings));
    }

    [Fact]
    public async Task One_joint_without_numbers_is_a_warning_and_the_others_are_found()
    {
        FakeStore store = new();
        JobReport report = await RunAsync(store, 5, seconds: 2, (frame, output) =>
        {
            if (frame == 3)
            {
                output[(16 * 3) + 1] = float.NaN;
            }
        });

        Assert.Equal(
            "1 frame, from 3 to 3, had NaN or infinity in output keypoints ('tensor_keypoints') of model 'test': what hangs on those numbers was not found.",
            Assert.Single(report.Warnings));
        Assert.All(store.Rows, row => Assert.NotNull(row.X));
    }

    [Fact]
    public async Task Numbers_are_no_news()
    {
        FakeStore store = new();
        JobReport report = await RunAsync(store, 95, seconds: 2, (_, _) => { });

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public async Task After_an_interruption_the_warning_is_that_of_a_run_in_one_go()
    {
        FakeStore whole = new(), rest = new();
        JobReport first = await RunAsync(whole, 95, seconds: 2, Sometimes(0));
        (int rows, byte[] state) = whole.Segments[1];
        FakeStore second = new() { CommittedFrames = rows, CommittedState = state };
        JobReport resumed = await RunAsync(second, 95, seconds: 2, Sometimes(rows));

        // Frames 10 and 70 of 95: before the cut and behind it.
        Assert.Contains("2 frames, from 10 to 70", Assert.Single(first.Warnings), StringComparison.Ordinal);
        Assert.Equal(first.Warnings, resumed.Warnings);

        // A network that fails behind the cut has given numbers before it.
        FakeStore broken = new() { CommittedFrames = rows, CommittedState = state };
        Assert.Equal(RunOutcome.Completed, (await RunAsync(broken, 95, seconds: 2, (_, output) => Array.Fill(output, float.NaN))).State);

        static Action<int, float[]> Sometimes(int before) => (call, output) =>
        {
            if (call + before is 10 or 70)
            {
                Array.Fill(output, float.NaN);
            }
        };
    }

    [Fact]
    public async Task A_segment_of_a_version_that_did_not_count_is_gone_on_from()
    {
        const int CountsOfNothing = (5 * sizeof(long)) + 1;   // five numbers and an empty text
        FakeStore whole = new();
        await RunAsync(whole, 95, seconds: 2, (_, _) => { });
        (int rows, byte[] state) = whole.Segments[1];

        FakeStore rest = new() { CommittedFrames = rows, CommittedState = state[..^CountsOfNothing] };
        JobReport report = await RunAsync(rest, 95, seconds: 2, (_, _) => { });

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.Equal(whole.Rows.Skip(rows), rest.Rows);
    }

    /// <param name="store">Receives the result.</param>
    /// <param name="frames">Length of the video.</param>
    /// <param name="seconds">Length of a segment.</param>
    /// <param name="spoil">Given the number of the call and an output in which everybody is found.</param>
    private static async Task<JobReport> RunAsync(FakeStore store, int frames, double seconds, Action<int, float[]> spoil)
    {
        ModelDescription model = TestModel.Describe("movenet-points", new(Side, Side), Joints, TensorLayout.Nchw, ["keypoints"], ("min_score", 0.2));
        int calls = 0;
        using WholeFrameEstimator estimator = new(new FakePoseModel(model, [[1, Joints, 3]], 1, (_, outputs) =>
        {
            Array.Fill(outputs[0], 0.5f);
            spoil(calls++, outputs[0]);
        }));
        await using InferenceEngine engine = new(estimator, 1);
        FakeDecoder decoder = new() { Frames = () => Enumerable.Range(0, frames).Select(index => Some.Stamp(index)) };
        VideoRun runner = new(decoder, engine, store, (_, _) => new SourceIdentity("sha256", "00"), TimeProvider.System);
        return await runner.RunAsync(
            new VideoJob { Path = "clip.mp4", OutputRoot = "out", SegmentSeconds = seconds }, probed: null, TestContext.Current.CancellationToken);
    }
}
