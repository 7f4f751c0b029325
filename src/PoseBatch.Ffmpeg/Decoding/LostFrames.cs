using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Looks for frames that are in the file but were not decoded. Costs nothing until the decoder reports damage: only then
/// a second child lists the stream's packets.
/// </summary>
internal sealed class LostFrames(DecodeSetup setup) : IAsyncDisposable
{
    private PacketLister? _lister;
    private PacketLedger? _ledger;
    private long? _first;
    private long? _last;
    private long _count;

    /// <summary>True once packets and frames of the stream proved not to match; nothing is reported then.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>Ticks off a delivered frame.</summary>
    /// <exception cref="PoseBatchException">The list of packets has ended before this frame.</exception>
    public void Deliver(long pts)
    {
        _first ??= pts;
        _last = pts;
        _count++;
        _ledger?.Deliver(pts);
        EnsureListed();
    }

    /// <summary>Takes the next lost frame before a decoded one; called once damage was reported.</summary>
    /// <param name="pts">Stamp of the decoded frame; null when it has none.</param>
    /// <param name="lost">A packet that gave no frame.</param>
    /// <exception cref="PoseBatchException">The child that lists the packets was lost: the rest of the list is not known.</exception>
    public bool TryTakeBefore(long? pts, out Packet lost)
    {
        lost = default;
        if (HasGivenUp || setup.Video.TimeSource != TimeSource.Pts || setup.Video.IsDescribedInPart)
        {
            return false;
        }

        // Where stamps run backwards or are missing, packets and frames cannot be matched.
        if (pts is not { } time || time <= _last)
        {
            GiveUp();
            return false;
        }

        _ledger ??= Open(time);
        EnsureListed();
        if (!_ledger.IsReliable)
        {
            GiveUp();
            return false;
        }

        return _ledger.TryTakeBefore(time, out lost);
    }

    /// <summary>Takes the next lost frame behind the last decoded one.</summary>
    public bool TryTakeRest(out Packet lost)
    {
        lost = default;
        return _last is not null && TryTakeBefore(long.MaxValue, out lost);
    }

    public ValueTask DisposeAsync() => _lister?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void EnsureListed()
    {
        if (!HasGivenUp && _ledger is { EndsBeforeDelivered: true })
        {
            throw PacketListing.StoppedEarly(setup.Video.Path, "before its end");
        }
    }

    private PacketLedger Open(long next)
    {
        _lister = new(setup);
        PacketLedger ledger = new(_lister.Listing);
        if (_first is { } first && _last is { } last)
        {
            ledger.Pass(first, last, _count);
        }
        else
        {
            ledger.BeginAt(next);
        }

        return ledger;
    }

    private void GiveUp()
    {
        HasGivenUp = true;
        _lister?.Kill();
    }
}
