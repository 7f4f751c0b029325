using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// When the frames of one video go to the engine: as soon as they are decoded; or, where each must be told where to look (crop
/// region), one at a time, when the frame before it is done, while other videos fill the batch.
/// </summary>
internal sealed class FrameDispatch(InferenceEngine engine, TrackingStage sequence)
{
    private readonly bool _inTurn = engine.Estimator.NeedsRegion;

    /// <summary>A frame is on its way to the write stage.</summary>
    public void SendAhead(Frame frame, CancellationToken cancellation)
    {
        if (!_inTurn)
        {
            engine.Send(frame, cancellation);
        }
    }

    /// <summary>It is a frame's turn to be written: completes when its poses are there, or throws what inference threw.</summary>
    public ValueTask PosesAsync(Frame frame, CancellationToken cancellation)
    {
        if (_inTurn)
        {
            frame.Region = sequence.RegionFor(frame.Stamp);
            engine.Send(frame, cancellation);
        }

        return frame.Inferred;
    }

    /// <summary>A frame will not be written, because of a failure: completes when the engine is done with it.</summary>
    public async Task LetGoAsync(Frame frame)
    {
        try
        {
            if (!_inTurn)
            {
                await frame.Inferred;
            }
        }
        catch (Exception)
        {
            // A consequence of the first failure, which is reported; this one has nothing to add.
        }
    }
}
