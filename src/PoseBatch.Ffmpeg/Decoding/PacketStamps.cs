namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Tells which stamps of decoded frames stand in the file, and which the decoder made up: it walks through the container's packets
/// beside the frames and looks whether a packet has the frame's stamp. A decoder makes stamps up for packets that have none, and, where
/// packets have decoding stamps only (AVI), for the frames that it hands out when no packet is left.
/// </summary>
/// <param name="packets">The packets of the stream, in the order of the file.</param>
internal sealed class PacketStamps(PacketReader packets)
{
    // No codec reorders more than 16 frames, so a frame's packet is among so many behind it.
    private const int Ahead = 64;

    // Packets at the beginning may give no frame at all (a recording that begins within a group of pictures).
    private const int MostAhead = 1024;

    // Stamps of the past, of frames that never came; so many of them are kept.
    private const int MostKept = 8192;

    private readonly List<bool> _head = [];
    private readonly Dictionary<long, int> _open = [];
    private readonly Queue<long> _order = new();
    private long _read;
    private long _frames;
    private long _without;
    private int _leading = -1;
    private bool _onlyDecoding = true;

    /// <summary>
    /// Frames at the beginning whose packets have no stamp: negative times, which Matroska's reader drops. They are shown before all
    /// others, so the first frames are theirs.
    /// </summary>
    public int Leading
    {
        get
        {
            if (_leading < 0)
            {
                Look(Ahead);
            }

            return int.Max(0, _leading);
        }
    }

    /// <summary>The smallest stamp of the packets at the beginning; null when none has one.</summary>
    public long? Earliest { get; private set; }

    /// <summary>Whether the stamp of the next frame stands in the file. Once per frame, in order.</summary>
    /// <param name="stamp">What the decoder says; null when it says nothing.</param>
    public bool IsReal(long? stamp)
    {
        int leading = Leading;
        long frame = _frames++;
        Look(_frames + Ahead);
        if (stamp is not { } pts || frame < leading)
        {
            return false;
        }

        if (TryTake(pts))
        {
            return true;
        }

        // Every packet so far had its stamp: the decoder had no reason to make one up, it counts from somewhere else.
        if (_without == 0 && !_onlyDecoding)
        {
            return true;
        }

        for (long most = _frames + MostAhead; _read < most && Next();)
        {
            if (TryTake(pts))
            {
                return true;
            }
        }

        _without -= _onlyDecoding ? 0 : 1;
        return false;
    }

    /// <summary>The smallest stamp behind the given one that no frame has taken yet; null when none is known.</summary>
    public long? NextAfter(long stamp)
    {
        long? next = null;
        foreach (long open in _open.Keys)
        {
            if (open > stamp && !(open >= next))
            {
                next = open;
            }
        }

        return next;
    }

    private void Look(long count)
    {
        while (_read < count && Next())
        {
        }

        if (_leading < 0)
        {
            _leading = CountLeading();
            _without -= _leading;
            Earliest = _open.Count > 0 ? _open.Keys.Min() : null;
        }
    }

    // The first packet is the first picture. When it has no stamp, those without one around it are shown before all that have one,
    // unless they go on: then stamps are missing everywhere.
    private int CountLeading()
    {
        int last = _head.FindLastIndex(hasStamp => !hasStamp);
        bool isBeginning = _head is [false, ..] && _head.Count - 1 - last >= int.Min(16, _head.Count / 2);
        return isBeginning ? _head.Count(hasStamp => !hasStamp) : 0;
    }

    private bool Next()
    {
        if (!packets.TryRead(out PacketFact packet))
        {
            return false;
        }

        _read++;
        if (packet.IsDiscarded)
        {
            return true;
        }

        _onlyDecoding &= packet.Pts is null;
        long? stamp = packet.Pts ?? packet.Dts;
        if (_read <= Ahead)
        {
            _head.Add(stamp is not null);
        }

        if (stamp is not { } known)
        {
            _without++;
            return true;
        }

        _open[known] = _open.GetValueOrDefault(known) + 1;
        _order.Enqueue(known);
        if (_order.Count > MostKept)
        {
            TryTake(_order.Dequeue());
        }

        return true;
    }

    private bool TryTake(long stamp)
    {
        if (!_open.TryGetValue(stamp, out int count))
        {
            return false;
        }

        if (count == 1)
        {
            _open.Remove(stamp);
        }
        else
        {
            _open[stamp] = count - 1;
        }

        return true;
    }
}
