using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.Models;
using PoseBatch.Poses;
using PoseBatch.Shared;
using PoseBatch.Tables;
using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

public class VideoPipelineTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(1, 3)]
    [InlineData(8, 2)]
    public async Task Frames_are_written_in_order_whatever_batch_and_workers(int batch, int workers)
    {
        FakeStore store = new();

        JobReport report = await RunAsync(store, new FakeDecoder { Frames = () => Stamps(500) }, new FakeEstimator(batch), workers);

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => ((long)i, FrameStatus.Ok, (float?)(i % 256))), store.Rows);
    }

    [Fact]
    public async Task Skipped_and_undecodable_frames_keep_their_place_in_the_ledger()
    {
        FakeStore store = new();
        FakeDecoder decoder = new() { Frames = () => Stamps(10, undecodable: 4) };

        JobReport report = await RunAsync(store, decoder, new FakeEstimator(2), 2, new JobFrames { StartFrame = 2, Stride = 3 });

        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), store.Rows.Select(row => row.Index));
        Assert.Equal([2L, 5L, 8L], store.Rows.Where(row => row.Status == FrameStatus.Ok).Select(row => row.Index));
        Assert.Equal(FrameStatus.Undecodable, store.Rows[4].Status);
        Assert.Equal((10, 3, 6, 1), (report.Counts!.SourceFrames, report.Counts.Inferred, report.Counts.Skipped, report.Counts.Undecodable));
    }

    [Fact]
    public async Task A_failing_decoder_leaves_no_result()
    {
        FakeStore store = new();
        FakeDecoder decoder = new() { Frames = () => Stamps(40), FailsAtEnd = new PoseBatchException(ReasonCode.DecodeFailed, "The decoder died.") };

        JobReport report = await RunAsync(store, decoder, new FakeEstimator(2), 2);

        Assert.Equal((RunOutcome.Failed, ReasonCode.DecodeFailed, "The decoder died."), (report.State, report.Reason!.Value, report.Message!));
        Assert.False(store.Completed);
        Assert.Equal(1, store.Disposed);
        Assert.Equal(0, decoder.OpenReaders);
    }

    [Fact]
    public async Task All_is_decoded_while_the_last_frames_are_still_inferred()
    {
        using ManualResetEventSlim inferred = new();
        await using InferenceEngine engine = new(new FakeEstimator(1) { Before = _ => inferred.Wait() }, 1);
        TaskCompletionSource<RunMeters> probed = new();
        Task<JobReport> run = Runner(engine, new FakeStore(), new FakeDecoder { Frames = () => Stamps(3) })
            .RunAsync(new VideoJob { Path = "clip.mp4", OutputRoot = "out" }, (_, meters) => probed.SetResult(meters), CancellationToken.None);

        RunMeters meters = await probed.Task;
        await meters.AllDecoded.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(run.IsCompleted);
        Assert.True(meters.FirstDecoded.IsCompleted);
        Assert.Equal((3, 0), (meters.Decoded, meters.Written));
        inferred.Set();
        Assert.Equal(RunOutcome.Completed, (await run).State);
    }

    [Fact]
    public async Task A_run_that_fails_in_decoding_never_says_that_all_is_decoded()
    {
        await using InferenceEngine engine = new(new FakeEstimator(1), 1);
        RunMeters? meters = null;
        FakeDecoder decoder = new() { Frames = () => Stamps(3), FailsAtEnd = new PoseBatchException(ReasonCode.DecodeFailed, "The decoder died.") };

        JobReport report = await Runner(engine, new FakeStore(), decoder)
            .RunAsync(new VideoJob { Path = "clip.mp4", OutputRoot = "out" }, (_, met) => meters = met, CancellationToken.None);

        Assert.Equal(RunOutcome.Failed, report.State);
        Assert.False(meters!.AllDecoded.IsCompleted);
    }

    [Fact]
    public async Task A_failing_inference_is_the_failure_that_is_reported()
    {
        FakeStore store = new();
        FakeEstimator estimator = new(4)
        {
            Fails = frame => frame.Stamp.Index == 17 ? new PoseBatchException(ReasonCode.DeviceLost, "The device is gone.") : null,
        };

        JobReport report = await RunAsync(store, new FakeDecoder { Frames = () => Stamps(100_000) }, estimator, 2);

        Assert.Equal(ReasonCode.DeviceLost, report.Reason);
        Assert.False(store.Completed);
        Assert.Equal(0, estimator.LiveWorkers);
    }

    [Fact]
    public async Task A_failing_writer_stops_the_decoder()
    {
        FakeStore store = new() { FailsAt = index => index == 5 ? new PoseBatchException(ReasonCode.DiskFull, "The disk is full.") : null };
        FakeDecoder decoder = new() { Frames = () => Stamps(1_000_000_000) };

        JobReport report = await RunAsync(store, decoder, new FakeEstimator(1), 1);

        Assert.Equal(ReasonCode.DiskFull, report.Reason);
        Assert.Equal(0, decoder.OpenReaders);
    }

    [Fact]
    public async Task Cancelling_ends_an_endless_video_without_a_result()
    {
        using CancellationTokenSource stop = new();
        FakeStore store = new();
        FakeEstimator estimator = new(1) { Fails = frame => { if (frame.Stamp.Index == 30) { stop.Cancel(); } return null; } };

        JobReport report = await RunAsync(store, new FakeDecoder { Frames = () => Stamps(long.MaxValue) }, estimator, 2, cancellation: stop.Token);

        Assert.Equal((RunOutcome.Cancelled, ReasonCode.Cancelled), (report.State, report.Reason!.Value));
        Assert.False(store.Completed);
    }

    [Fact]
    public async Task The_settings_that_make_a_results_key_tell_how_the_model_is_fed_and_read()
    {
        FakeStore store = new();

        await RunAsync(store, new FakeDecoder { Frames = () => Stamps(1) }, new FakeEstimator(1), 1);

        Dictionary<string, object?> settings = new(store.Request!.Settings);
        Assert.Equal("2x2 rgb Stretch pad 0 0 0 mean 0 0 0 std 1 1 1", settings["model.input"]);
        Assert.Equal(5.0, settings["model.decoder.distance_bias"]);
        Assert.Equal(store.Request.Model.Sha256, settings["model.sha256"]);
    }

    [Fact]
    public async Task Limbs_and_constants_of_a_model_are_part_of_the_key_where_it_has_them()
    {
        FakeStore plain = new(), special = new();
        ModelDescription model = Some.Model();
        model = model with
        {
            Limbs = [new(1, 0, (4, 5)), new(0, 2, (1, 0), FillsGaps: true), new(2, 3)],
            Input = model.Input with { Constants = [new("sizes", TensorType.Int64, [-1, 2], [640.0, ModelConstant.InputHeight])] },
        };

        await RunAsync(plain, new FakeDecoder { Frames = () => Stamps(1) }, new FakeEstimator(1), 1);
        await RunAsync(special, new FakeDecoder { Frames = () => Stamps(1) }, new FakeEstimator(1) { Description = model }, 1);

        Dictionary<string, object?> settings = new(special.Request!.Settings);
        Assert.Equal("1-0:4,5 0-2:1,0:fills_gaps 2-3", settings["model.limbs"]);
        Assert.Equal("sizes int64 [-1,2] [640,input_height]", settings["model.constants"]);
        Assert.Equal(["model.constants", "model.limbs"], settings.Keys.Except(plain.Request!.Settings.Select(setting => setting.Key)).Order());
    }

    [Fact]
    public async Task Frames_that_must_be_told_where_to_look_go_one_by_one_and_look_where_the_last_one_found_somebody()
    {
        List<NormalisedBox> regions = [];
        FakeStore store = new();
        FakeEstimator estimator = Told(frame => { regions.Add(frame.Region); return null; });
        MoveNetCropRegion expected = new(new(640, 480));
        List<NormalisedBox> expectedRegions = [];
        for (int index = 0; index < 50; index++)
        {
            // The fake finds one joint, the nose, where the first pixel says, and no torso.
            expectedRegions.Add(expected.Current);
            Keypoint[] found = [.. Enumerable.Repeat(Keypoint.NotFound, 17)];
            found[0] = new(index, 0, 0.9f);
            expected.Follow(found, 0.9f);
        }

        JobReport report = await RunAsync(store, new FakeDecoder { Frames = () => Stamps(50) }, estimator, workers: 2);

        Assert.Equal(RunOutcome.Completed, report.State);
        Assert.All(estimator.BatchSizes, size => Assert.Equal(1, size));
        Assert.Equal(expectedRegions, regions);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), store.Rows.Select(row => row.Index));
        Assert.Equal(true, new Dictionary<string, object?>(store.Request!.Settings)["inference.crop_region"]);
    }

    [Fact]
    public async Task A_failure_among_frames_that_go_one_by_one_ends_the_job_and_leaves_nothing_waiting()
    {
        FakeEstimator estimator = Told(frame => frame.Stamp.Index == 20 ? new PoseBatchException(ReasonCode.DeviceLost, "The device is gone.") : null);

        JobReport report = await RunAsync(new FakeStore(), new FakeDecoder { Frames = () => Stamps(100_000) }, estimator, workers: 1);

        Assert.Equal(ReasonCode.DeviceLost, report.Reason);
        Assert.Equal(0, estimator.LiveWorkers);
    }

    private static FakeEstimator Told(Func<Frame, Exception?> fails) => new(maxBatch: 8)
    {
        NeedsRegion = true,
        Description = Some.Model() with { Skeleton = Skeletons.Coco17 },
        Fails = fails,
    };

    [Fact]
    public async Task A_missing_source_is_a_report_and_not_an_exception()
    {
        await using InferenceEngine engine = new(new FakeEstimator(1), 1);

        JobReport report = await Runner(engine, new FakeStore(), new FakeDecoder { Frames = () => [] })
            .RunAsync(new VideoJob { Path = "missing.mp4", OutputRoot = "out" }, null, CancellationToken.None);

        Assert.Equal((RunOutcome.Failed, ReasonCode.SourceMissing, "Check the path."), (report.State, report.Reason!.Value, report.Advice!));
    }

    [Fact]
    public async Task Of_two_runs_of_one_job_the_slower_reports_the_result_that_is_there()
    {
        FakeStore store = new() { FailsAt = index => index == 3 ? new ResultExistsException("out/clip.key") : null };

        JobReport report = await RunAsync(store, new FakeDecoder { Frames = () => Stamps(3) }, new FakeEstimator(1), workers: 1);

        Assert.Equal((RunOutcome.Exists, null, "out/clip.key"), (report.State, report.Reason, report.ResultPath));
        Assert.False(store.Completed);
    }

    [Fact]
    public async Task A_batch_grows_to_what_waits_and_never_beyond_the_limit()
    {
        using ManualResetEventSlim allSent = new();
        using ManualResetEventSlim firstTaken = new();
        FakeEstimator estimator = new(4)
        {
            Before = _ =>
            {
                firstTaken.Set();
                allSent.Wait();
            },
        };
        await using InferenceEngine engine = new(estimator, workerCount: 1);
        Frame[] frames = [.. Enumerable.Range(0, 10).Select(_ => new Frame(Some.Format, 1))];

        Send(frames[0]);
        firstTaken.Wait();
        foreach (Frame frame in frames.Skip(1))
        {
            Send(frame);
        }

        allSent.Set();
        foreach (Frame frame in frames)
        {
            await frame.Inferred;
        }

        // One went alone; the nine that waited went as four, four and one.
        Assert.Equal([1, 1, 4, 4], estimator.BatchSizes.Order());

        void Send(Frame frame)
        {
            frame.BeginInference();
            engine.Send(frame, CancellationToken.None);
        }
    }

    private static async Task<JobReport> RunAsync(
        FakeStore store, FakeDecoder decoder, FakeEstimator estimator, int workers, JobFrames? frames = null, CancellationToken cancellation = default)
    {
        await using InferenceEngine engine = new(estimator, workers);
        VideoJob job = new() { Path = "clip.mp4", OutputRoot = "out", Spec = JobFields.Defaults with { Frames = frames ?? new() } };
        return await Runner(engine, store, decoder).RunAsync(job, null, cancellation);
    }

    private static VideoRun Runner(InferenceEngine engine, FakeStore store, FakeDecoder decoder) =>
        new(decoder, engine, store, (_, _) => new("sha256", "00"), TimeProvider.System);

    private static IEnumerable<FrameStamp> Stamps(long count, long undecodable = -1)
    {
        for (long i = 0; i < count; i++)
        {
            yield return Some.Stamp(i, i == undecodable ? FrameStatus.Undecodable : FrameStatus.Ok);
        }
    }
}
