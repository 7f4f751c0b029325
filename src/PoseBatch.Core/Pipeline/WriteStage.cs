using System.Diagnostics;
using System.Threading.Channels;
using PoseBatch.Poses;
using PoseBatch.Tables;
using PoseBatch.Tracking;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// Takes the ledger's rows in order, waits for the poses of those that have a frame, gives them their place in the sequence
/// (ids, smoothing), writes them, returns the frame.
/// </summary>
internal sealed class WriteStage(
    RunParts parts,
    IResultWriter writer,
    ChannelReader<LedgerItem> ledger,
    TrackingStage sequence,
    Action ensureSourceUnchanged)
{
    // A stream whose clock stands still would never end its segment by time.
    private const int MostSegmentFrames = 100_000;

    private double _segmentStart;
    private int _segmentFrames;

    /// <summary>Runs until the link ends; throws what the decode stage or inference threw, or that the network gave no numbers.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await ledger.WaitToReadAsync(cancellation))
        {
            while (ledger.TryRead(out LedgerItem item))
            {
                if (item.Frame is null)
                {
                    long since = Stopwatch.GetTimestamp();
                    await CutBeforeAsync(item.Stamp);
                    writer.WriteLedgerOnly(item.Stamp);
                    parts.Meters.AddWriting(since);
                }
                else
                {
                    await WriteAsync(item.Frame, cancellation);
                }
            }
        }

        parts.Meters.Outputs.EnsureNumbers();
        WriteTracks(sequence.End());
    }

    /// <summary>After a failure: waits for the frames still out and returns them.</summary>
    public async Task DrainAsync()
    {
        while (ledger.TryRead(out LedgerItem item))
        {
            if (item.Frame is { } frame)
            {
                await parts.Dispatch.LetGoAsync(frame);
                parts.Pool.Return(frame);
            }
        }
    }

    private async ValueTask WriteAsync(Frame frame, CancellationToken cancellation)
    {
        try
        {
            await parts.Dispatch.PosesAsync(frame, cancellation);
            long since = Stopwatch.GetTimestamp();
            await CutBeforeAsync(frame.Stamp);
            parts.Meters.Outputs.Add(frame);
            sequence.Look(frame.Poses);
            frame.Poses.Finish(parts.Settings.MinPersonScore, parts.Settings.MaxPersons, parts.Settings.MinKeypointConfidence);
            ReadOnlySpan<TrackSummary> ended = sequence.Follow(frame.Poses, frame.Stamp);
            writer.Write(frame);
            WriteTracks(ended);
            parts.Meters.CountWritten(frame.Poses.Count);
            parts.Meters.AddWriting(since);
        }
        finally
        {
            parts.Pool.Return(frame);
        }
    }

    /// <summary>Ends the segment when the coming frame belongs to the next: a rule of the frames' times alone, whoever runs it.</summary>
    private Task CutBeforeAsync(in FrameStamp stamp)
    {
        double elapsed = stamp.Seconds - _segmentStart;
        bool isDue = _segmentFrames > 0 && (!(elapsed >= 0 && elapsed < parts.Settings.SegmentSeconds) || _segmentFrames >= MostSegmentFrames);
        if (isDue || _segmentFrames == 0)
        {
            (_segmentStart, _segmentFrames) = (stamp.Seconds, 0);
        }

        _segmentFrames++;
        return isDue ? CutAsync() : Task.CompletedTask;
    }

    private async Task CutAsync()
    {
        ensureSourceUnchanged();
        parts.Meters.Outputs.EnsureNumbers();
        using MemoryStream bytes = new();
        using BinaryWriter state = new(bytes);
        sequence.Save(state);
        parts.Meters.Outputs.Save(state);
        state.Flush();
        await writer.CommitSegmentAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));

        // A frame leaves a few hundred bytes behind, and the collector would let them pile up to the size of the processor's
        // cache: a long video would take more memory than a short one. Almost nothing lives, so this takes microseconds.
        GC.Collect(0);
    }

    private void WriteTracks(ReadOnlySpan<TrackSummary> tracks)
    {
        foreach (ref readonly TrackSummary track in tracks)
        {
            writer.WriteTrack(track);
        }
    }
}
