using PoseBatch.Ffmpeg.Decoding;
using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg;

/// <summary>
/// Reads one video from one ffmpeg. Pictures come as NUT frames, and for each of them one line of the log says its stamp,
/// size and whether it is a key frame; the n-th frame and the n-th line belong together. The log's stamp is the true one:
/// NUT cannot hold negative stamps nor stamps that run backwards, and ffmpeg then bends them.
/// </summary>
internal sealed class FfmpegVideoReader : IVideoReader
{
    private const double AssumedFps = 25;

    private readonly FfmpegTools _tools;
    private readonly FfmpegOptions _options;
    private readonly TimeProvider _clock;
    private readonly VideoInfo _video;
    private readonly FrameFormat _format;
    private readonly CancellationToken _cancellation;

    private readonly Child _child;
    private readonly ChildStream _stream;
    private readonly NutStream _nut;
    private readonly DecoderLog _log;
    private readonly List<string> _command;
    private readonly CancellationTokenRegistration _onCancel;
    private readonly SilentSink _listingErrors = new();

    private Child? _listing;
    private CancellationTokenRegistration _onCancelListing;
    private PacketLedger? _ledger;
    private bool _ledgerGivenUp;

    private bool _frameWaits;
    private bool _streamEnded;
    private bool _finished;
    private FrameFact _fact;
    private long _index;
    private long _decodedFrames;
    private long _undecodableFrames;
    private long? _firstPts;
    private long? _lastPts;
    private PixelSize _displaySize;
    private bool _endsEarly;

    public FfmpegVideoReader(
        FfmpegTools tools, FfmpegOptions options, TimeProvider clock, VideoInfo video, FrameFormat format, CancellationToken cancellation)
    {
        (_tools, _options, _clock, _video, _format, _cancellation) = (tools, options, clock, video, format, cancellation);
        _displaySize = video.DisplaySize;
        _log = new(options.KeptMessages);
        List<string> arguments = DecodeCommand.Decode(video, format, options);
        _command = [tools.FfmpegPath, .. arguments];
        _child = Child.Start(tools.FfmpegPath, arguments);
        Libc.TrySetPipeSize(_child.Output, options.PipeBytes);
        _stream = new(_child, "ffmpeg", _log, clock, options.StallTimeout, cancellation);
        _nut = new(_stream);
        _onCancel = cancellation.Register(_child.Kill);
    }

    /// <inheritdoc/>
    public DecodeReport Report => new()
    {
        DecodedFrames = _decodedFrames,
        UndecodableFrames = _undecodableFrames,
        ErrorLines = _log.ErrorLines,
        WarningLines = _log.WarningLines,
        Messages = [.. _log.Messages],
        EndsEarly = _endsEarly,
        Command = _command,
    };

    /// <summary>The decoder's process id, for tests that look whether it is gone.</summary>
    internal int ProcessId => _child.Id;

    /// <inheritdoc/>
    public bool TryRead(Span<byte> pixels, out FrameStamp stamp)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (pixels.Length < _format.ByteCount)
        {
            throw new ArgumentException($"A frame takes {_format.ByteCount} bytes, not {pixels.Length}.", nameof(pixels));
        }

        try
        {
            stamp = default;
            if (_finished || !(FindFrame() ? ReadFrame(pixels, out stamp) : TryReadLostRest(out stamp)))
            {
                _finished = true;
                return false;
            }

            _index++;
            return true;
        }
        catch (Exception failure) when (failure is InvalidDataException or OverflowException or IOException)
        {
            _child.Kill();
            _cancellation.ThrowIfCancellationRequested();
            throw SourceChanged() ?? Failed($"its output broke off or made no sense ({failure.Message.TrimEnd('.')})", failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _finished = true;
        await _onCancel.DisposeAsync();
        await _child.DisposeAsync();
        await _onCancelListing.DisposeAsync();
        if (_listing is not null)
        {
            await _listing.DisposeAsync();
        }
    }

    /// <summary>Goes to the next decoded frame, if it is not there yet, and finds what the log says of it.</summary>
    private bool FindFrame()
    {
        if (_frameWaits || _streamEnded)
        {
            return _frameWaits;
        }

        if (!_nut.TryNextFrame())
        {
            _streamEnded = true;
            EndStream();
            return false;
        }

        if (_nut.PayloadBytes != _format.ByteCount)
        {
            throw new InvalidDataException($"a frame of {_nut.PayloadBytes} instead of {_format.ByteCount} bytes");
        }

        // The line was written before the frame was, so it is there now or never comes.
        if (!_log.TryTake(out _fact))
        {
            _stream.DrainErrors();
            if (!_log.TryTake(out _fact))
            {
                _fact = new() { Pts = NutPts };
            }
        }

        _displaySize = _fact.Size is { Width: > 0, Height: > 0 } size ? size : _displaySize;
        _frameWaits = true;
        return true;
    }

    private long NutPts => NutStream.Convert(_nut.Pts, _nut.TimeBase, _video.TimeBase, out _);

    /// <summary>The waiting frame, unless frames that should stand before it were lost: these come first.</summary>
    private bool ReadFrame(Span<byte> pixels, out FrameStamp stamp)
    {
        if (TryFindLost(out Packet lost))
        {
            stamp = LostStamp(lost);
            return true;
        }

        _nut.ReadPayload(pixels[.._format.ByteCount]);
        _frameWaits = false;
        _decodedFrames++;
        stamp = DecodedStamp();
        return true;
    }

    private FrameStamp DecodedStamp()
    {
        bool hasStamps = _video.TimeSource != TimeSource.Estimated;
        long? pts = hasStamps ? _fact.Pts : null;
        long time = pts ?? NutPts;
        _firstPts ??= time;
        _lastPts = time;
        _ledger?.Deliver(time);
        return new()
        {
            Index = _index,
            Pts = pts,
            Seconds = hasStamps ? SecondsAt(time) : _index / Fps,
            DurationSeconds = hasStamps && _fact.Duration is { } ticks ? (float)(ticks * _video.TimeBase.Value) : null,
            IsKey = _fact.IsKey,
            TimeSource = pts is null ? TimeSource.Estimated : _video.TimeSource,
            Status = _fact.IsCorrupt ? FrameStatus.Corrupt : FrameStatus.Ok,
            DisplaySize = _displaySize,
        };
    }

    private FrameStamp LostStamp(Packet lost)
    {
        _undecodableFrames++;
        return new()
        {
            Index = _index,
            Pts = lost.Pts,
            Seconds = SecondsAt(lost.Pts),
            IsKey = lost.IsKey,
            TimeSource = TimeSource.Pts,
            Status = FrameStatus.Undecodable,
            DisplaySize = _displaySize,
        };
    }

    private double Fps => _video.NominalFps.IsKnown ? _video.NominalFps.Value : AssumedFps;

    private double SecondsAt(long pts) =>
        (double)((Int128)pts - (_firstPts ?? pts)) * _video.TimeBase.Numerator / _video.TimeBase.Denominator;

    /// <summary>A frame lost between the last delivered one and the one that waits; only looked for after damage.</summary>
    private bool TryFindLost(out Packet lost)
    {
        lost = default;
        if (!_fact.AfterDamage || _video.TimeSource != TimeSource.Pts)
        {
            return false;
        }

        PacketLedger ledger = OpenLedger(_fact.Pts ?? 0);
        if (_fact.Pts is not { } pts || pts <= _lastPts)
        {
            GiveUpLedger(ledger);
            return false;
        }

        return ledger.TryTakeBefore(pts, out lost);
    }

    private bool TryReadLostRest(out FrameStamp stamp)
    {
        stamp = default;
        if (_log.ErrorLines == 0 || _video.TimeSource != TimeSource.Pts || _lastPts is not { } last
            || !OpenLedger(last).TryTakeBefore(long.MaxValue, out Packet lost))
        {
            Conclude();
            return false;
        }

        stamp = LostStamp(lost);
        return true;
    }

    private PacketLedger OpenLedger(long first)
    {
        if (_ledger is not null)
        {
            return _ledger;
        }

        _listing = Child.Start(_tools.FfprobePath, DecodeCommand.ListPackets(_video, _options));
        _onCancelListing = _cancellation.Register(_listing.Kill);
        _ledger = new(new ChildStream(_listing, "ffprobe", _listingErrors, _clock, _options.StallTimeout, _cancellation));
        if (_firstPts is { } firstShown && _lastPts is { } lastShown)
        {
            _ledger.Pass(firstShown, lastShown, _decodedFrames);
            if (!_ledger.IsReliable)
            {
                GiveUpLedger(_ledger);
            }
        }
        else
        {
            _ledger.BeginAt(first);
        }

        return _ledger;
    }

    private void GiveUpLedger(PacketLedger ledger)
    {
        ledger.GiveUp();
        _listing?.Kill();
        if (!_ledgerGivenUp)
        {
            _ledgerGivenUp = true;
            _log.Note("PoseBatch: packets and frames of this stream do not match one to one; lost frames are not listed.");
        }
    }

    /// <summary>The pictures have ended: hears the decoder out and decides what kind of end it was.</summary>
    private void EndStream()
    {
        int exitCode = _stream.WaitForEnd();
        if (_decodedFrames == 0)
        {
            throw SourceChanged() ?? (_log.SaysNoDecoder
                ? new PoseBatchException(
                    ReasonCode.CodecUnsupported,
                    $"{_tools.Version} has no decoder for {_video.Codec} (stream {_video.StreamIndex} of '{_video.Path}').",
                    "Install an ffmpeg with that decoder, or convert the video on a machine that has one.")
                : Failed($"it delivered no frame (exit code {exitCode})"));
        }

        if (exitCode > 128)
        {
            throw SourceChanged() ?? Failed($"it was ended by signal {exitCode - 128} after {_decodedFrames} frames");
        }

        if (exitCode != 0)
        {
            // Later versions end so when the file breaks off. Every frame before that is good and stays.
            _log.Note($"PoseBatch: ffmpeg ended with code {exitCode} after {_decodedFrames} frames.");
        }

        _endsEarly = exitCode != 0;
    }

    /// <summary>All frames are told: compares with what the container announced, and the file with what it was.</summary>
    private void Conclude()
    {
        bool fewer = _video.AnnouncedFrames is not { } announced || announced > _decodedFrames + _undecodableFrames;
        _endsEarly |= _log.SaysCutOff && fewer;
        if (SourceChanged() is { } changed)
        {
            throw changed;
        }
    }

    private PoseBatchException? SourceChanged() =>
        SourceFile.HasChanged(_video.Path, _video.SizeBytes, _video.ModifiedUtc)
            ? new(
                ReasonCode.SourceChanged,
                $"'{_video.Path}' was changed, replaced or removed while it was being read.",
                "Submit it again when nothing writes to it any more.")
            : null;

    private PoseBatchException Failed(string how, Exception? cause = null)
    {
        string said = _log.Messages.Count == 0 ? "It said nothing." : $"It said: {string.Join(" | ", _log.Messages.Take(3))}";
        return new(
            ReasonCode.DecodeFailed,
            $"ffmpeg could not decode '{_video.Path}': {how}. {said}",
            "Try the command in the manifest by hand; if ffplay cannot show the file either, it is damaged.",
            cause);
    }

    private sealed class SilentSink : IErrorSink
    {
        public void Feed(ReadOnlySpan<byte> text)
        {
        }
    }
}
