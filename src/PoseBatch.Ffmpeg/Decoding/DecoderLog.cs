using System.Buffers.Text;
using System.Text;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Geometry;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Reads what ffmpeg says while it decodes: one <c>showinfo</c> line per frame, and between these the warnings and errors.
/// Works on the bytes as they come; only the first few messages become strings.
/// </summary>
/// <remarks>
/// <c>showinfo</c> numbers the frames itself, but starts over when the picture size changes, so lines are counted instead.
/// </remarks>
/// <param name="keptMessages">How many messages become strings.</param>
/// <param name="onlyDecodersInterrupt">
/// Whether nothing but a decoding thread can cut into a frame's line (ffmpeg before 7.0); what it says there is a complaint.
/// </param>
/// <param name="codec">Codec of the stream that is decoded; null to take every line for its own.</param>
/// <param name="container">Name of the demuxer.</param>
internal sealed class DecoderLog(int keptMessages, bool onlyDecodersInterrupt = true, string? codec = null, string? container = null) : IErrorSink
{
    // x264 leaves its settings in the stream and showinfo prints them as one long line; nothing beyond this is looked at.
    private const int LongestLine = 16 * 1024;

    private const int MostNewStreams = 16;

    private readonly byte[] _line = GC.AllocateUninitializedArray<byte>(LongestLine);
    private readonly Queue<FrameFact> _facts = new(64);
    private readonly List<string> _messages = [];
    private readonly List<int> _newVideoStreams = [];
    private int _lineLength;
    private bool _anyTaken;
    private bool _isMapped;
    private bool _corruptNext;

    private enum Level
    {
        None,
        Info,
        Warning,
        Error,
    }

    public long ErrorLines { get; private set; }

    public long WarningLines { get; private set; }

    /// <summary>The first messages of level warning or worse, without memory addresses: two runs say the same.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Something went wrong with the data: an error, or a picture that had to be patched up.</summary>
    public bool SaysDamage { get; private set; }

    /// <summary>The demuxer met the end of the file where its container promises more.</summary>
    public bool SaysCutOff { get; private set; }

    /// <summary>The demuxer met a second movie box and left it out.</summary>
    public bool SaysSecondMovie { get; private set; }

    /// <summary>Video streams that begin in the middle of the file: their indices, in the order they were met, a bounded number.</summary>
    public IReadOnlyList<int> NewVideoStreams => _newVideoStreams;

    /// <summary>The source's disk or share, or its rights, kept ffmpeg from reading on.</summary>
    public bool SaysOutOfReach { get; private set; }

    /// <summary>The same, unless the file is damaged: ffmpeg has one word for both.</summary>
    public bool MaySayOutOfReach { get; private set; }

    /// <summary>No decoder for the stream.</summary>
    public bool SaysNoDecoder { get; private set; }

    /// <summary>The fact of the next frame in order, where it has been said.</summary>
    public bool TryTake(out FrameFact fact)
    {
        _anyTaken = true;
        return _facts.TryDequeue(out fact);
    }

    /// <summary>Adds a message of our own to those of the decoder.</summary>
    public void Note(string message)
    {
        if (_messages.Count < keptMessages)
        {
            _messages.Add(message);
        }
    }

    /// <inheritdoc/>
    public void Feed(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> piece = end < 0 ? text : text[..end];
            if (end >= 0 && _lineLength == 0)
            {
                Read(piece);
            }
            else
            {
                int room = int.Min(piece.Length, LongestLine - _lineLength);
                piece[..room].CopyTo(_line.AsSpan(_lineLength));
                _lineLength += room;
                if (end >= 0)
                {
                    Read(_line.AsSpan(0, _lineLength));
                    _lineLength = 0;
                }
            }

            text = end < 0 ? [] : text[(end + 1)..];
        }
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        // Another thread may cut into a line: so a fact is recognised anywhere in it, and what follows the fact is read as
        // a message of its own, one that has lost its level.
        int key = line.IndexOf(" iskey:"u8);
        if (key > 0 && line.IndexOf(" pts:"u8) is >= 0 and int pts && pts < key)
        {
            ReadFact(line[(pts + 5)..]);
            ReadOnlySpan<byte> rest = line[(key + 7)..];
            int type = rest.IndexOf(" type:"u8);
            ReadGlued(type < 0 || rest.Length < type + 8 ? [] : rest[(type + 8)..]);
        }
        else
        {
            ReadMessage(line);
        }
    }

    private void ReadFact(ReadOnlySpan<byte> fields)
    {
        _facts.Enqueue(new()
        {
            Pts = Number(fields),
            Duration = Field(fields, " duration:"u8, out ReadOnlySpan<byte> duration) && Number(duration) is { } ticks and > 0 ? ticks : null,
            IsKey = Field(fields, " iskey:"u8, out ReadOnlySpan<byte> key) && !key.IsEmpty ? key[0] == (byte)'1' : null,
            Size = Field(fields, " s:"u8, out ReadOnlySpan<byte> size) ? Size(size) : default,
            IsCorrupt = _corruptNext,
            AfterDamage = SaysDamage,
        });
        _corruptNext = false;
    }

    private void ReadGlued(ReadOnlySpan<byte> text)
    {
        _corruptNext |= text.IndexOf("corrupt decoded frame"u8) >= 0;
        SaysDamage |= _corruptNext || (onlyDecodersInterrupt && !text.Trim((byte)' ').IsEmpty);
    }

    private void ReadMessage(ReadOnlySpan<byte> line)
    {
        // No frame is decoded before this line; what looked like one stood in a file name or a title. Another thread may have
        // said something on the same line, so only its end counts; once frames have come, no name can take them back.
        if (!_anyTaken && line.EndsWith("Stream mapping:"u8))
        {
            _facts.Clear();
            _isMapped = true;
            return;
        }

        Level level = LevelOf(line);
        if (level is Level.None or Level.Info)
        {
            SaysDamage |= line.IndexOf("] concealing "u8) >= 0;

            return;
        }

        // Said by the writer of the pipe when stamps run backwards, which is the source's business and kept as it is.
        if (line.IndexOf("Non-monoton"u8) >= 0)
        {
            return;
        }

        // While the file is opened, decoders of all its streams are tried: what is wrong with the sound is no damage of the pictures.
        if (level == Level.Error && !_isMapped && IsOfAnother(line))
        {
            Keep(line);
            return;
        }

        if (level == Level.Error)
        {
            ErrorLines++;
            SaysDamage = true;
            SaysCutOff |= line.IndexOf("partial file"u8) >= 0 || line.IndexOf("ended prematurely"u8) >= 0
                || line.IndexOf("truncat"u8) >= 0 || line.IndexOf("Truncat"u8) >= 0;
            SaysOutOfReach |= SourceReach.IsToldBy(line);
            MaySayOutOfReach |= SourceReach.MayBeToldBy(line);
            SaysNoDecoder |= line.IndexOf("Decoder (codec"u8) >= 0 || line.IndexOf("no decoder found"u8) >= 0;
        }
        else
        {
            WarningLines++;
            _corruptNext |= line.IndexOf("corrupt decoded frame"u8) >= 0;
            SaysDamage |= _corruptNext;
            SaysSecondMovie |= line.IndexOf("Found duplicated MOOV Atom"u8) >= 0;
            ReadNewStream(line);
        }

        Keep(line);
    }

    private void Keep(ReadOnlySpan<byte> line)
    {
        if (_messages.Count < keptMessages)
        {
            _messages.Add(WithoutAddresses(Encoding.UTF8.GetString(line)));
        }
    }

    // "[vorbis @ 0x55fe30fd41c0] [error] text", and the pictures are vp9. Parsers of streams not yet opened are called NULL.
    private bool IsOfAnother(ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf(" @ "u8);
        return codec is not null && end > 1 && line[0] == (byte)'[' && Encoding.UTF8.GetString(line[1..end]) is var name && name != codec && name != container && name != "NULL";
    }

    // "New video stream 0:1 at pos:20497828 and DTS:9.32s"; from version 6.1 on "New video stream with index 1 at pos:".
    private void ReadNewStream(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> phrase = "New video stream "u8;
        int at = line.IndexOf(phrase);
        if (at < 0 || _newVideoStreams.Count == MostNewStreams)
        {
            return;
        }

        ReadOnlySpan<byte> rest = line[(at + phrase.Length)..];
        rest = rest.StartsWith("with index "u8) ? rest["with index ".Length..] : rest[(rest.IndexOf((byte)':') + 1)..];
        if (Utf8Parser.TryParse(rest, out int index, out _) && !_newVideoStreams.Contains(index))
        {
            _newVideoStreams.Add(index);
        }
    }

    // "[h264 @ 0x55fe30fd41c0] [error] text": the level is one of the words in brackets at the start.
    private static Level LevelOf(ReadOnlySpan<byte> line)
    {
        while (line.Length > 0 && line[0] == (byte)'[')
        {
            int end = line.IndexOf("] "u8);
            if (end < 0)
            {
                break;
            }

            ReadOnlySpan<byte> word = line[1..end];
            if (word.SequenceEqual("error"u8) || word.SequenceEqual("fatal"u8) || word.SequenceEqual("panic"u8))
            {
                return Level.Error;
            }

            if (word.SequenceEqual("warning"u8))
            {
                return Level.Warning;
            }

            if (word.SequenceEqual("info"u8))
            {
                return Level.Info;
            }

            line = line[(end + 2)..];
        }

        return Level.None;
    }

    private static bool Field(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        int at = fields.IndexOf(name);
        value = at < 0 ? [] : fields[(at + name.Length)..];
        return at >= 0;
    }

    private static long? Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text.TrimStart((byte)' '), out long number, out _) ? number : null;

    private static PixelSize Size(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out int width, out int used) && used < text.Length && text[used] == (byte)'x'
            && Utf8Parser.TryParse(text[(used + 1)..], out int height, out _)
            ? new(width, height)
            : default;

    private static string WithoutAddresses(string message)
    {
        int at;
        while ((at = message.IndexOf(" @ 0x", StringComparison.Ordinal)) >= 0)
        {
            int end = at + 5;
            while (end < message.Length && char.IsAsciiHexDigit(message[end]))
            {
                end++;
            }

            message = message.Remove(at, end - at);
        }

        return message;
    }
}
