using System.Buffers.Binary;
using PoseBatch.Ffmpeg.Processes;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Reads the frames of a NUT stream with a single video stream, as ffmpeg writes it into a pipe. Follows the published
/// NUT specification; what a raw video stream never uses is refused, not guessed. Every refusal is an
/// <see cref="InvalidDataException"/>, and every loop is bounded by bytes that really arrived.
/// </summary>
internal sealed class NutStream(IByteSource source)
{
    private const ulong MainStart = 0x4E4D7A561F5F04AD;
    private const ulong StreamStart = 0x4E5311405BF2F9DB;
    private const ulong SyncStart = 0x4E4BE4ADEECA4569;
    private const ulong IndexStart = 0x4E58DD672F23E64E;
    private const ulong InfoStart = 0x4E49AB68B596BA78;

    private const int MostPacketBytes = 1 << 20;
    private const int MostReserved = 256;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private readonly FrameCode[] _codes = new FrameCode[256];
    private int _start;
    private int _end;
    private bool _begun;

    private Rational[] _timeBases = [];
    private int[] _elisionBytes = [0];
    private int _timeBaseIndex = -1;
    private int _msbShift;
    private long _lastPts;
    private long _payloadLeft;

    [Flags]
    private enum FrameFlags
    {
        CodedPts = 8,
        StreamId = 16,
        SizeMsb = 32,
        Checksum = 64,
        Reserved = 128,
        SideData = 256,
        HeaderIndex = 1024,
        MatchTime = 2048,
        Coded = 4096,
        Invalid = 8192,
    }

    /// <summary>Seconds per tick of <see cref="Pts"/>; known from the first frame on.</summary>
    public Rational TimeBase => _timeBaseIndex < 0 ? Rational.Unknown : _timeBases[_timeBaseIndex];

    /// <summary>Stamp of the frame found last.</summary>
    public long Pts { get; private set; }

    /// <summary>Bytes of the frame found last.</summary>
    public long PayloadBytes { get; private set; }

    /// <summary>Goes to the next frame. Its bytes wait until <see cref="ReadPayload"/>.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">The bytes are no NUT stream, or end in the middle of something.</exception>
    public bool TryNextFrame()
    {
        if (!_begun)
        {
            if (!TryFill(1))
            {
                return false;
            }

            ReadFileId();
            _begun = true;
        }

        Skip(_payloadLeft);
        _payloadLeft = 0;
        while (TryFill(1))
        {
            if (_buffer[_start] == (byte)'N')
            {
                ReadPacket();
            }
            else
            {
                ReadFrameHeader();
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies the bytes of the frame found last.</summary>
    /// <exception cref="InvalidDataException">The stream ends in the middle of the frame.</exception>
    public void ReadPayload(Span<byte> destination)
    {
        destination = destination[..checked((int)_payloadLeft)];
        int buffered = int.Min(destination.Length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(destination);
        _start += buffered;
        while (buffered < destination.Length)
        {
            int count = source.Read(destination[buffered..]);
            buffered += count > 0 ? count : throw new InvalidDataException("The stream ends in the middle of a frame.");
        }

        _payloadLeft = 0;
    }

    private void ReadFileId()
    {
        ReadOnlySpan<byte> expected = "nut/multimedia container\0"u8;
        Need(expected.Length);
        if (!_buffer.AsSpan(_start, expected.Length).SequenceEqual(expected))
        {
            throw new InvalidDataException("The stream does not begin like NUT.");
        }

        _start += expected.Length;
    }

    private void ReadPacket()
    {
        Need(8);
        ulong startCode = BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_start));
        _start += 8;
        ulong length = Unsigned();
        if (length > 4096)
        {
            Skip(4);
        }

        if (startCode is IndexStart or InfoStart)
        {
            Skip((long)ulong.Min(length, long.MaxValue));
            return;
        }

        Body body = new(this, Bounded(length, MostPacketBytes, "a packet"));
        switch (startCode)
        {
            case MainStart:
                ReadMainHeader(ref body);
                break;
            case StreamStart:
                ReadStreamHeader(ref body);
                break;
            case SyncStart:
                ReadSyncPoint(ref body);
                break;
            default:
                throw new InvalidDataException($"Unknown packet {startCode:X16}.");
        }

        // What later versions of the format may append, and the checksum.
        Skip(body.Left);
    }

    private void ReadMainHeader(ref Body body)
    {
        if (body.Unsigned() > 3)
        {
            body.Unsigned();
        }

        if (body.Unsigned() != 1)
        {
            throw new InvalidDataException("There should be one stream.");
        }

        body.Unsigned();
        _timeBases = new Rational[Bounded(body.Unsigned(), 64, "time bases")];
        foreach (ref Rational timeBase in _timeBases.AsSpan())
        {
            timeBase = new((long)body.Unsigned(), (long)body.Unsigned());
            if (!timeBase.IsKnown)
            {
                throw new InvalidDataException($"A time base of {timeBase}.");
            }
        }

        ReadFrameCodes(ref body);

        int[] elisionBytes = new int[1 + Bounded(body.Unsigned(), 127, "elided headers")];
        for (int i = 1; i < elisionBytes.Length; i++)
        {
            elisionBytes[i] = Bounded(body.Unsigned(), 256, "elided bytes");
            body.Skip(elisionBytes[i]);
        }

        _elisionBytes = elisionBytes;
    }

    /// <summary>The table that gives a meaning to the first byte of a frame; runs of codes share their fields.</summary>
    private void ReadFrameCodes(ref Body body)
    {
        long pts = 0;
        long multiplier = 1;
        long stream = 0;
        long header = 0;
        for (int code = 0; code < _codes.Length;)
        {
            FrameFlags flags = (FrameFlags)body.Unsigned();
            int fields = Bounded(body.Unsigned(), 1024, "frame code fields");
            long size = 0;
            long reserved = 0;
            if (fields > 0)
            {
                pts = body.Signed();
            }

            if (fields > 1)
            {
                multiplier = Bounded(body.Unsigned(), 16384, "frame size multiplier");
            }

            if (fields > 2)
            {
                stream = (long)body.Unsigned();
            }

            if (fields > 3)
            {
                size = Bounded(body.Unsigned(), 16384, "frame size");
            }

            if (fields > 4)
            {
                reserved = Bounded(body.Unsigned(), MostReserved, "reserved fields");
            }

            long count = fields > 5 ? Bounded(body.Unsigned(), 256, "frame codes") : multiplier - size;
            if (fields > 6)
            {
                body.Signed();
            }

            if (fields > 7)
            {
                header = Bounded(body.Unsigned(), 127, "elided header");
            }

            for (int i = 8; i < fields; i++)
            {
                body.Unsigned();
            }

            if (count <= 0)
            {
                throw new InvalidDataException("An empty run of frame codes.");
            }

            code = SetRun(code, count, new()
            {
                Flags = flags,
                PtsStep = pts,
                Multiplier = multiplier,
                SizeLow = size,
                Stream = stream,
                Reserved = (int)reserved,
                Header = (int)header,
            });
        }
    }

    /// <summary>Gives a run of codes their meaning: the first as it is, each after it one byte longer.</summary>
    /// <returns>The code behind the run.</returns>
    private int SetRun(int code, long count, in FrameCode first)
    {
        for (long step = 0; step < count && code < _codes.Length; code++)
        {
            if (code == 'N')
            {
                // Start codes begin with N, so N is no frame code and takes no part in the run.
                _codes[code] = new() { Flags = FrameFlags.Invalid };
                continue;
            }

            _codes[code] = first with { SizeLow = first.SizeLow + step };
            step++;
        }

        return code;
    }

    private void ReadStreamHeader(ref Body body)
    {
        if (body.Unsigned() != 0 || body.Unsigned() != 0)
        {
            throw new InvalidDataException("The one stream should be a video stream.");
        }

        body.Skip(Bounded(body.Unsigned(), 256, "codec name"));
        int timeBase = Bounded(body.Unsigned(), 64, "time base");
        int shift = Bounded(body.Unsigned(), 62, "time stamp bits");
        if (timeBase >= _timeBases.Length)
        {
            throw new InvalidDataException("The stream names a time base that is not there.");
        }

        (_timeBaseIndex, _msbShift, _lastPts) = (timeBase, shift, 0);
    }

    /// <summary>A fresh start for relative time stamps: they count from the sync point's own stamp, rounded down.</summary>
    private void ReadSyncPoint(ref Body body)
    {
        if (_timeBaseIndex < 0)
        {
            throw new InvalidDataException("A sync point stands before the stream header.");
        }

        ulong stamp = body.Unsigned();
        Rational from = _timeBases[(int)(stamp % (ulong)_timeBases.Length)];
        _lastPts = Convert((long)(stamp / (ulong)_timeBases.Length), from, TimeBase);
    }

    private void ReadFrameHeader()
    {
        if (_timeBaseIndex < 0)
        {
            throw new InvalidDataException("A frame stands before the stream header.");
        }

        FrameCode code = _codes[Byte()];
        FrameFlags flags = code.Flags;
        if (Has(flags, FrameFlags.Coded))
        {
            flags ^= (FrameFlags)Unsigned();
        }

        if (Has(flags, FrameFlags.Invalid))
        {
            throw new InvalidDataException("A frame code without a meaning.");
        }

        ulong stream = Has(flags, FrameFlags.StreamId) ? Unsigned() : (ulong)code.Stream;
        if (stream != 0)
        {
            throw new InvalidDataException("A frame of a stream that is not there.");
        }

        Pts = Has(flags, FrameFlags.CodedPts) ? FullPts(Unsigned()) : checked(_lastPts + code.PtsStep);
        _lastPts = Pts;

        long size = code.SizeLow;
        if (Has(flags, FrameFlags.SizeMsb))
        {
            size = checked(size + (code.Multiplier * (long)ulong.Min(Unsigned(), int.MaxValue)));
        }

        if (Has(flags, FrameFlags.MatchTime))
        {
            Unsigned();
        }

        int header = Has(flags, FrameFlags.HeaderIndex) ? Bounded(Unsigned(), 127, "elided header") : code.Header;
        int reserved = Has(flags, FrameFlags.Reserved) ? Bounded(Unsigned(), MostReserved, "reserved fields") : code.Reserved;
        for (int i = 0; i < reserved; i++)
        {
            Unsigned();
        }

        if (Has(flags, FrameFlags.Checksum))
        {
            Skip(4);
        }

        if (header >= _elisionBytes.Length || _elisionBytes[header] != 0)
        {
            throw new InvalidDataException("Raw pictures should not be stored with elided headers.");
        }

        if (Has(flags, FrameFlags.SideData))
        {
            size -= SkipSideData();
        }

        PayloadBytes = size >= 0 ? size : throw new InvalidDataException("A frame smaller than its side data.");
        _payloadLeft = size;
    }

    // Enum.HasFlag allocates where the compiler has not optimised it yet.
    private static bool Has(FrameFlags flags, FrameFlags flag) => (flags & flag) != 0;

    /// <summary>Stamps are stored whole, or as their low bits near the last one.</summary>
    private long FullPts(ulong coded)
    {
        ulong range = 1UL << _msbShift;
        if (coded >= range)
        {
            return checked((long)(coded - range));
        }

        ulong mask = range - 1;
        long low = _lastPts - (long)(mask / 2);
        return (long)(((coded - (ulong)low) & mask) + (ulong)low);
    }

    /// <summary>Side data and metadata stand in front of the picture; none of it is used here.</summary>
    private long SkipSideData()
    {
        Body body = new(this, MostPacketBytes);
        for (int list = 0; list < 2; list++)
        {
            int count = Bounded(body.Unsigned(), 1024, "side data");
            for (int i = 0; i < count; i++)
            {
                body.SkipText();
                long type = body.Signed();
                switch (type)
                {
                    case -1:
                        body.SkipText();
                        break;
                    case -2:
                        body.SkipText();
                        body.SkipText();
                        break;
                    case -4:
                        body.Unsigned();
                        break;
                    case -3 or < -4:
                        body.Signed();
                        break;
                }
            }
        }

        return MostPacketBytes - body.Left;
    }

    /// <summary>Changes the unit of a stamp, exactly where the units allow it and rounding down where not.</summary>
    internal static long Convert(long stamp, Rational from, Rational to)
    {
        Int128 numerator = (Int128)stamp * from.Numerator * to.Denominator;
        Int128 denominator = (Int128)from.Denominator * to.Numerator;
        (Int128 quotient, Int128 rest) = Int128.DivRem(numerator, denominator);
        return checked((long)(rest < 0 ? quotient - 1 : quotient));
    }

    private int Byte()
    {
        Need(1);
        return _buffer[_start++];
    }

    /// <summary>Seven bits per byte, the high bit saying that more follow.</summary>
    private ulong Unsigned()
    {
        ulong value = 0;
        for (int i = 0; i < 10; i++)
        {
            int next = Byte();
            value = (value << 7) | (uint)(next & 0x7F);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number of more than 64 bits.");
    }

    private static int Bounded(ulong value, int most, string what) =>
        value <= (ulong)most ? (int)value : throw new InvalidDataException($"{value} is too much for {what}.");

    private void Need(int count)
    {
        if (!TryFill(count))
        {
            throw new InvalidDataException("The stream ends in the middle of a header.");
        }
    }

    private bool TryFill(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (_end < count)
        {
            int read = source.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return _end > 0 ? throw new InvalidDataException("The stream ends in the middle of a header.") : false;
            }

            _end += read;
        }

        return true;
    }

    private void Skip(long count)
    {
        while (count > 0)
        {
            Need(1);
            int step = (int)long.Min(count, _end - _start);
            _start += step;
            count -= step;
        }
    }

    private struct FrameCode
    {
        public FrameFlags Flags;
        public long PtsStep;
        public long Multiplier;
        public long SizeLow;
        public long Stream;
        public int Reserved;
        public int Header;
    }

    /// <summary>The inside of a packet: reading past its end is an error, not the next packet.</summary>
    private ref struct Body(NutStream stream, long length)
    {
        public long Left { get; private set; } = length;

        public ulong Unsigned()
        {
            ulong value = 0;
            for (int i = 0; i < 10; i++)
            {
                Take(1);
                int next = stream.Byte();
                value = (value << 7) | (uint)(next & 0x7F);
                if (next < 0x80)
                {
                    return value;
                }
            }

            throw new InvalidDataException("A number of more than 64 bits.");
        }

        /// <summary>0, 1, -1, 2, -2 ... stored as 0, 1, 2, 3, 4 ...</summary>
        public long Signed()
        {
            ulong value = Unsigned() + 1;
            return (value & 1) != 0 ? -(long)(value >> 1) : (long)(value >> 1);
        }

        public void Skip(long count)
        {
            Take(count);
            stream.Skip(count);
        }

        public void SkipText() => Skip(Bounded(Unsigned(), MostPacketBytes, "text"));

        private void Take(long count) =>
            Left = count <= Left ? Left - count : throw new InvalidDataException("A packet ends in the middle of a field.");
    }
}
