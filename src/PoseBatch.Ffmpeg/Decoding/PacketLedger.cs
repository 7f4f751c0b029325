using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>One packet of the stream as the container lists it.</summary>
internal readonly record struct Packet(long Pts, bool IsKey);

/// <summary>
/// Finds the frames that are in the file but never came out of a decoder that complained: it walks through the
/// container's packets beside the decoded frames and names those left over. Only for streams with one packet per frame
/// and reliable stamps; as soon as one of both proves wrong it falls silent rather than guess.
/// </summary>
/// <remarks>
/// Packets come in decoding order, and no packet is shown before it is decoded. So once a packet's decoding stamp has
/// reached a time, every packet to be shown before that time has been seen; what waits is as much as the codec reorders.
/// </remarks>
internal sealed class PacketLedger(IByteSource listing)
{
    // No codec reorders more than 16 frames; so much waiting means that decoding stamps are missing or of no use.
    private const int Window = 64;

    private readonly PriorityQueue<Packet, long> _waiting = new(Window + 1);
    private readonly PacketReader _packets = new(listing);
    private bool _ended;
    private long _decoded = long.MinValue;
    private long _shown = long.MinValue;
    private long _lastListed = long.MinValue;
    private bool _anyWithoutStamp;

    /// <summary>False once packets proved not to be frames; then nothing more is reported.</summary>
    public bool IsReliable { get; private set; } = true;

    /// <summary>
    /// The list has ended, but a frame was delivered whose packet would stand behind its end: the list is not whole. Nobody can say
    /// so where packets lack stamps, as the decoder then makes some up.
    /// </summary>
    public bool EndsBeforeDelivered { get; private set; }

    /// <summary>
    /// Passes over what was shown before the listing was needed. Between the first and the last of the delivered frames
    /// there should lie as many packets; if not, packets are something else in this stream (fields, layers).
    /// </summary>
    public void Pass(long firstShown, long lastShown, long frameCount)
    {
        _shown = firstShown - 1;
        long packetCount = 0;
        while (TryTakeBefore(lastShown + 1, out _))
        {
            packetCount++;
        }

        EndsBeforeDelivered |= EndsBefore(lastShown);
        IsReliable &= packetCount == frameCount;
    }

    /// <summary>
    /// Begins at the first frame: what is stamped earlier belongs to pictures that cannot be entered here, and is no loss.
    /// </summary>
    public void BeginAt(long firstShown) => _shown = firstShown - 1;

    /// <summary>Takes the next packet that should have been shown before the given time.</summary>
    public bool TryTakeBefore(long time, out Packet packet)
    {
        packet = default;
        while (IsReliable)
        {
            bool isWaiting = _waiting.TryPeek(out packet, out long next);
            if (isWaiting && next < time && IsSettled(next))
            {
                _waiting.Dequeue();
                if (next > _shown)
                {
                    _shown = next;
                    return true;
                }
            }
            else if (_ended || (isWaiting && next >= time && IsSettled(time)))
            {
                return false;
            }
            else
            {
                ReadPacket();
            }
        }

        return false;
    }

    /// <summary>Ticks off the packet of a delivered frame.</summary>
    public void Deliver(long frame)
    {
        _shown = frame;
        EndsBeforeDelivered |= IsReliable && EndsBefore(frame);
    }

    private bool EndsBefore(long frame) => _ended && !_anyWithoutStamp && frame > _lastListed;

    private bool IsSettled(long time) => _ended || _decoded >= time || _waiting.Count > Window;

    private void ReadPacket()
    {
        if (!_packets.TryRead(out PacketFact packet))
        {
            _ended = true;
            return;
        }

        _anyWithoutStamp |= packet.Pts is null;
        _lastListed = long.Max(_lastListed, packet.Pts ?? _lastListed);
        _decoded = long.Max(_decoded, packet.Dts ?? long.MinValue);
        if (packet is { IsDiscarded: false, Pts: { } shown } && shown > _shown)
        {
            _waiting.Enqueue(new(shown, packet.IsKey), shown);
        }
    }
}
