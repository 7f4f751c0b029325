using System.Buffers.Text;
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
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(16 * 1024);
    private int _start;
    private int _end;
    private bool _ended;
    private long _decoded = long.MinValue;
    private long _shown = long.MinValue;

    /// <summary>False once packets proved not to be frames; then nothing more is reported.</summary>
    public bool IsReliable { get; private set; } = true;

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
    public void Deliver(long frame) => _shown = frame;

    private bool IsSettled(long time) => _ended || _decoded >= time || _waiting.Count > Window;

    private void ReadPacket()
    {
        if (!TryReadLine(out Packet? packet, out long? decoded))
        {
            _ended = true;
            return;
        }

        _decoded = long.Max(_decoded, decoded ?? long.MinValue);
        if (packet is { } shown && shown.Pts > _shown)
        {
            _waiting.Enqueue(shown, shown.Pts);
        }
    }

    /// <summary>Reads <c>pts,dts,flags</c>; the packet is null when it has no stamp or is not meant to be shown.</summary>
    private bool TryReadLine(out Packet? packet, out long? dts)
    {
        packet = null;
        dts = null;
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int count = _end < _buffer.Length ? listing.Read(_buffer.AsSpan(_end)) : 0;
            if (count == 0)
            {
                return false;
            }

            _end += count;
        }

        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start += length + 1;
        if (line.Count((byte)',') < 2)
        {
            return true;
        }

        int first = line.IndexOf((byte)',');
        int second = first + 1 + line[(first + 1)..].IndexOf((byte)',');
        dts = Utf8Parser.TryParse(line[(first + 1)..second], out long decoded, out _) ? decoded : null;
        ReadOnlySpan<byte> flags = line[(second + 1)..];
        bool isDiscarded = flags.Length > 1 && flags[1] == (byte)'D';
        if (!isDiscarded && Utf8Parser.TryParse(line[..first], out long pts, out _))
        {
            packet = new Packet(pts, flags.Length > 0 && flags[0] == (byte)'K');
        }

        return true;
    }
}
