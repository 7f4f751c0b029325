using System.Buffers.Text;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>What a container says of one packet.</summary>
/// <param name="Pts">When it is shown, in the stream's time base; null when not stated.</param>
/// <param name="Dts">When it is decoded; null when not stated.</param>
/// <param name="IsKey">Whether decoding can begin here.</param>
/// <param name="IsDiscarded">It is decoded, but not meant to be shown (an edit list hides it).</param>
internal readonly record struct PacketFact(long? Pts, long? Dts, bool IsKey, bool IsDiscarded);

/// <summary>Reads ffprobe's list of packets, <c>pts,dts,flags</c> a line. Lines that are none are passed over.</summary>
/// <param name="listing">What ffprobe says.</param>
internal sealed class PacketReader(IByteSource listing)
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(16 * 1024);
    private int _start;
    private int _end;

    /// <summary>Reads the next packet; false at the end of the list.</summary>
    public bool TryRead(out PacketFact packet)
    {
        while (TryReadLine(out ReadOnlySpan<byte> line))
        {
            int first = line.IndexOf((byte)',');
            int second = first < 0 ? -1 : first + 1 + line[(first + 1)..].IndexOf((byte)',');
            if (second > first)
            {
                ReadOnlySpan<byte> flags = line[(second + 1)..];
                packet = new(
                    Utf8Parser.TryParse(line[..first], out long pts, out _) ? pts : null,
                    Utf8Parser.TryParse(line[(first + 1)..second], out long dts, out _) ? dts : null,
                    flags.Length > 0 && flags[0] == (byte)'K',
                    flags.Length > 1 && flags[1] == (byte)'D');
                return true;
            }
        }

        packet = default;
        return false;
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int length;
        while ((length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int count = _end < _buffer.Length ? listing.Read(_buffer.AsSpan(_end)) : 0;
            if (count == 0)
            {
                line = default;
                return false;
            }

            _end += count;
        }

        line = _buffer.AsSpan(_start, length);
        _start += length + 1;
        return true;
    }
}
