using System.Diagnostics;
using System.Threading.Channels;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// One video from decoder to tables: the decode stage reads frames in order and sends those selected to the engine; the
/// write stage takes the same frames in the same order and waits for each one's poses. Order is kept by construction, and
/// memory by the frame pool. The first failure wins: it stops everything, and the writer is not completed.
/// </summary>
public sealed class VideoPipeline(InferenceEngine engine)
{
    // Ledger-only rows hold no frame, so the link needs a bound of its own: small items, a fixed number of them.
    private const int LedgerRowsInFlight = 256;

    /// <summary>Runs until the last frame is written. The result is not completed here; that is the caller's last word.</summary>
    /// <param name="video">The video, as probed.</param>
    /// <param name="decoder">Opens it.</param>
    /// <param name="writer">Receives every source frame in order.</param>
    /// <param name="settings">Selection and thresholds.</param>
    /// <param name="meters">Counts while it runs.</param>
    /// <param name="ensureSameContent">Called before a segment is made safe and after the last frame; throws when the source is another.</param>
    /// <param name="cancellation">Stops decoding and inference at once.</param>
    /// <returns>The decoder's account.</returns>
    /// <exception cref="PoseBatchException">The first failure of any stage.</exception>
    /// <exception cref="OperationCanceledException">Cancelled from outside.</exception>
    public async Task<DecodeReport> RunAsync(
        VideoInfo video,
        IVideoDecoder decoder,
        IResultWriter writer,
        PipelineSettings settings,
        RunMeters meters,
        Action ensureSameContent,
        CancellationToken cancellation)
    {
        Skeleton skeleton = engine.Estimator.Description.Skeleton;
        TrackingStage sequence = Restored(video, settings, meters, writer.CommittedState);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        FramePlacement placement = engine.Estimator.PlacementFor(video);
        int framesInFlight = engine.FramesInFlight(placement.Format);
        using FramePool pool = new(placement, skeleton.KeypointCount, framesInFlight);
        Channel<LedgerItem> ledger = Channel.CreateBounded<LedgerItem>(new BoundedChannelOptions(framesInFlight + LedgerRowsInFlight)
        {
            SingleReader = true,
            SingleWriter = true,
            AllowSynchronousContinuations = false,
            FullMode = BoundedChannelFullMode.Wait,
        });

        await using IVideoReader reader = decoder.Open(video, placement.Format, stop.Token);
        RunParts parts = new(new FrameDispatch(engine, sequence), pool, settings, meters);
        DecodeStage decode = new(parts, reader, ledger.Writer, writer.CommittedFrames);
        WriteStage write = new(parts, writer, ledger.Reader, sequence, EnsureUnchanged);
        meters.Watch(() => reader.FramesPassed);

        // Decoding blocks on a pipe and on the pool, so it gets a thread of its own.
        Task decoding = Task.Factory.StartNew(
            () => decode.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task writing = Task.Run(() => write.RunAsync(stop.Token), CancellationToken.None);

        Exception? first = await FirstFailureAsync(decoding, writing, stop);
        await write.DrainAsync();
        Debug.Assert(pool.RentedCount == 0, "A frame was not returned to its pool.");
        cancellation.ThrowIfCancellationRequested();
        if (first is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }

        ensureSameContent();
        return reader.Report;

        void EnsureUnchanged()
        {
            reader.EnsureSourceUnchanged();
            ensureSameContent();
        }
    }

    /// <summary>The stage as it was behind the frames that are safe already.</summary>
    private TrackingStage Restored(VideoInfo video, PipelineSettings settings, RunMeters meters, ReadOnlyMemory<byte> committed)
    {
        TrackingStageOptions options = new() { Tracking = settings.Tracking, Smoothing = settings.Smoothing, MaxPersons = settings.MaxPersons };
        double pixelShape = video.SampleAspectRatio.IsKnown ? video.SampleAspectRatio.Value : 1;
        TrackingStage sequence = new(options, engine.Estimator.Description.Skeleton, engine.Estimator.NeedsRegion, pixelShape);
        if (!committed.IsEmpty)
        {
            using BinaryReader state = new(new MemoryStream(committed.ToArray()));
            sequence.Restore(state);
            meters.Outputs.Restore(state);
        }

        return sequence;
    }

    /// <summary>Waits until both stages have ended; the first failure stops the other, whose own end is its consequence.</summary>
    private static async Task<Exception?> FirstFailureAsync(Task decoding, Task writing, CancellationTokenSource stop)
    {
        Exception? first = null;
        foreach (Task ended in new[] { await Task.WhenAny(decoding, writing), decoding, writing })
        {
            try
            {
                await ended;
            }
            catch (Exception failure)
            {
                first ??= failure;
                await stop.CancelAsync();
            }
        }

        return first;
    }
}

/// <summary>One row of the ledger on its way to the write stage: with a frame when it was sent to inference.</summary>
internal readonly record struct LedgerItem(Frame? Frame, FrameStamp Stamp);
