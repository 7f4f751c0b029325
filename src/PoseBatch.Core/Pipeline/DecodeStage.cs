using System.Diagnostics;
using System.Threading.Channels;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Reads frames in order, passes over those that are done already, sends selected ones to inference and every one's row to the
/// ledger link.
/// </summary>
internal sealed class DecodeStage(
    RunParts parts,
    IVideoReader reader,
    ChannelWriter<LedgerItem> ledger,
    long framesDone)
{
    /// <summary>Runs to the end of the video. A failure travels down the link, so a cut stream never looks finished.</summary>
    public void Run(CancellationToken cancellation)
    {
        try
        {
            ReadAll(cancellation);
            ledger.Complete();
        }
        catch (Exception failure)
        {
            ledger.TryComplete(failure);
            throw;
        }
    }

    private void ReadAll(CancellationToken cancellation)
    {
        FrameSelection.Counter counter = parts.Settings.Selection.Start();
        Frame? spare = null;
        try
        {
            while (true)
            {
                spare ??= Rent(cancellation);
                long since = Stopwatch.GetTimestamp();
                bool read = reader.TryRead(spare.Pixels, out FrameStamp stamp);
                parts.Meters.AddDecoding(since);
                if (!read)
                {
                    parts.Meters.EndDecoding();
                    return;
                }

                bool takes = counter.Takes(stamp);
                Count(stamp, takes);
                RefuseDamage(stamp);
                RefuseEndless(stamp);
                if (stamp.Index < framesDone)
                {
                    continue;   // an earlier attempt has made it safe; only its place in the ledger is counted again
                }

                if (takes)
                {
                    spare.Stamp = stamp;
                    Frame sent = spare;
                    sent.BeginInference();
                    Write(new LedgerItem(sent, stamp), cancellation);
                    spare = null;   // the write stage owns it from here on
                    parts.Dispatch.SendAhead(sent, cancellation);
                }
                else
                {
                    FrameStatus status = stamp.Status == FrameStatus.Undecodable ? FrameStatus.Undecodable : FrameStatus.Skipped;
                    Write(new LedgerItem(null, stamp with { Status = status }), cancellation);
                }
            }
        }
        finally
        {
            if (spare is not null)
            {
                parts.Pool.Return(spare);
            }
        }
    }

    private void RefuseDamage(in FrameStamp stamp)
    {
        if (parts.Settings.FailOnDamage && stamp.Status is (FrameStatus.Corrupt or FrameStatus.Undecodable))
        {
            throw new PoseBatchException(
                ReasonCode.DecodeFailed,
                $"Frame {stamp.Index} is damaged, and the job asks to fail then.",
                "Submit it with on_corrupt: mark to process all the same and have such frames marked.");
        }
    }

    // What a file announces says nothing of what it shows: an edit list of twelve bytes an entry repeats what it likes.
    private void RefuseEndless(in FrameStamp stamp)
    {
        if (parts.Settings.MostSourceFrames is { } most && stamp.Index >= most)
        {
            throw new PoseBatchException(
                ReasonCode.CodecUnsupported,
                $"The video has more than {most} frames, and no more are decoded here (Jobs:MaxFrames).",
                "If the file can be trusted, raise Jobs:MaxFrames (0 for no limit) and retry the job: it goes on from its last segment.");
        }
    }

    private Frame Rent(CancellationToken cancellation)
    {
        long since = Stopwatch.GetTimestamp();
        Frame frame = parts.Pool.Rent(cancellation);
        parts.Meters.AddHeldBack(since);
        return frame;
    }

    private void Count(in FrameStamp stamp, bool takes)
    {
        parts.Meters.Timeline.Add(stamp);
        if (stamp.Status == FrameStatus.Undecodable)
        {
            parts.Meters.CountUndecodable();
            return;
        }

        parts.Meters.CountDecoded(stamp.Seconds);
        if (!takes)
        {
            parts.Meters.CountSkipped();
        }
    }

    private void Write(in LedgerItem item, CancellationToken cancellation)
    {
        if (!ledger.TryWrite(item))
        {
            // The stage has a thread of its own.
            ledger.WriteAsync(item, cancellation).AsTask().GetAwaiter().GetResult();
        }
    }
}
