using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Geometry;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>Makes the ledger of one video: decoded frames in order, and in their places the frames that were lost.</summary>
internal sealed class FfmpegVideoReader : IVideoReader
{
    // Sound and pictures end at different times, and lengths are rounded; less is no loss.
    private const double LeastMissingSeconds = 0.15;

    private readonly DecodeSetup _setup;
    private readonly FrameFormat _format;
    private readonly DecodeAccount _account = new();
    private readonly LostFrames _lostFrames;
    private readonly PacketLister? _stampLister;
    private readonly FrameClock _frameClock;

    private DecodeRun _run;
    private DecodeRun? _abandonedRun;
    private FrameFact _fact;
    private bool _frameWaits;
    private bool _streamEnded;
    private bool _finished;
    private long _index;
    private PixelSize _displaySize;
    private long _framesPassed;
    private PoseBatchException? _failure;

    public FfmpegVideoReader(DecodeSetup setup, FrameFormat format)
    {
        (_setup, _format) = (setup, format);
        _displaySize = Video.DisplaySize;
        _lostFrames = new(setup);
        _stampLister = Video is { MayLackStamps: true, IsDescribedInPart: false, TimeSource: not TimeSource.Estimated } ? new(setup) : null;
        _frameClock = new(Video, _stampLister is null ? null : new PacketStamps(new PacketReader(_stampLister.Listing)));
        _run = new(setup, format);
    }

    /// <inheritdoc/>
    public DecodeReport Report => new()
    {
        DecodedFrames = _account.Decoded,
        UndecodableFrames = _account.Undecodable,
        ErrorLines = _run.Log.ErrorLines,
        WarningLines = _run.Log.WarningLines,
        Messages = [.. _run.Log.Messages],
        EndsEarly = _account.EndsEarly,
        NewVideoStreams = [.. _run.Log.NewVideoStreams],
        SaysSecondMovie = _run.Log.SaysSecondMovie,
        MissingSeconds = _account.MissingSeconds,
        EndSeconds = EndSeconds,
        StepSeconds = _account.Decoded > 0 ? _frameClock.Step * Video.TimeBase.Value : null,
        EstimatedFrames = _account.Estimated,
        FirstEstimatedFrame = _account.FirstEstimated,
        Command = _run.Command,
    };

    /// <inheritdoc/>
    public long FramesPassed => Volatile.Read(ref _framesPassed);

    /// <inheritdoc/>
    public void EnsureSourceUnchanged()
    {
        if (SourceChanged() is { } changed)
        {
            throw changed;
        }
    }

    private VideoInfo Video => _setup.Video;

    /// <summary>The decoder's process id, for tests that look whether it is gone.</summary>
    internal int ProcessId => _run.ProcessId;

    /// <inheritdoc/>
    public bool TryRead(Span<byte> pixels, out FrameStamp stamp)
    {
        _setup.Cancellation.ThrowIfCancellationRequested();
        if (pixels.Length < _format.ByteCount)
        {
            throw new ArgumentException($"A frame takes {_format.ByteCount} bytes, not {pixels.Length}.", nameof(pixels));
        }

        if (_failure is not null)
        {
            // What failed stays failed: a second try must not look like the end of the video.
            throw _failure;
        }

        stamp = default;
        try
        {
            if (_finished)
            {
                return false;
            }

            if (TryFindFrame())
            {
                stamp = ReadFrame(pixels);
            }
            else if (_run.Log.SaysDamage && _lostFrames.TryTakeRest(out Packet lost))
            {
                stamp = LostStamp(lost);
            }
            else
            {
                _finished = true;
                Conclude();
                return false;
            }

            _index++;
            return true;
        }
        catch (Exception failure) when (failure is InvalidDataException or OverflowException or IOException)
        {
            ChildEnd? ended = _run.End;
            _run.Kill();
            _setup.Cancellation.ThrowIfCancellationRequested();
            throw _failure = SourceChanged() ?? Lost(ended) ?? OutOfReach() ?? Failed($"its output broke off or made no sense ({failure.Message.TrimEnd('.')})", failure);
        }
        catch (PoseBatchException failure)
        {
            _failure = failure;
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _finished = true;
        await _run.DisposeAsync();
        await _lostFrames.DisposeAsync();
        if (_stampLister is not null)
        {
            await _stampLister.DisposeAsync();
        }

        if (_abandonedRun is not null)
        {
            await _abandonedRun.DisposeAsync();
        }
    }

    /// <summary>Goes to the next decoded frame, if it is not there yet.</summary>
    private bool TryFindFrame()
    {
        while (!_frameWaits && !_streamEnded)
        {
            bool found = _run.TryNext(out _fact);
            int exitCode = found ? 0 : _run.WaitForEnd();
            if (MustRepeat(found))
            {
                Repeat();
            }
            else if (found)
            {
                _displaySize = _fact.Size is { Width: > 0, Height: > 0 } size ? size : _displaySize;
                _frameWaits = true;
            }
            else
            {
                _streamEnded = true;
                JudgeEnd(exitCode);
            }
        }

        return _frameWaits;
    }

    /// <summary>
    /// A decoder with several threads conceals damage differently every time. From the first report of damage on (the
    /// frames before it are sound and stay as they are) one thread decodes, so that two runs give the same pictures.
    /// </summary>
    private bool MustRepeat(bool found) => _abandonedRun is null && _setup.Options is { RepeatDamagedWithOneThread: true, DecodeThreads: not 1 }
        && (found ? _fact.AfterDamage : _run.Log.SaysDamage);

    private void Repeat()
    {
        _run.Kill();
        _abandonedRun = _run;
        _run = new(_setup with { Options = _setup.Options with { DecodeThreads = 1 } }, _format);
        for (long i = 0; i < _account.Decoded; i++)
        {
            if (!_run.TryNext(out _))
            {
                throw new InvalidDataException($"decoding again with one thread gave {i} instead of {_account.Decoded} frames");
            }

            Interlocked.Increment(ref _framesPassed);
        }
    }

    /// <summary>The waiting frame, unless frames that should stand before it were lost: these come first.</summary>
    private FrameStamp ReadFrame(Span<byte> pixels)
    {
        if (_fact.AfterDamage && _lostFrames.TryTakeBefore(_fact.Pts, out Packet lost))
        {
            return LostStamp(lost);
        }

        _run.ReadPixels(pixels);
        _frameWaits = false;
        _account.Decoded++;

        if (Video.TimeSource == TimeSource.Estimated)
        {
            _lostFrames.Deliver(_run.PipeStamp);
            return StampAt(_index / _frameClock.Fps, null, TimeSource.Estimated);
        }

        long time = _frameClock.Next(_fact.Pts, out bool isEstimated);
        _lostFrames.Deliver(time);
        if (isEstimated)
        {
            _account.AddEstimated(_index);
        }

        return StampAt(SecondsAt(time), isEstimated ? null : time, isEstimated ? TimeSource.Estimated : Video.TimeSource);
    }

    private FrameStamp StampAt(double seconds, long? pts, TimeSource source) => new()
    {
        Index = _index,
        Pts = pts,
        Seconds = seconds,
        DurationSeconds = pts is not null && _fact.Duration is { } ticks ? (float)(ticks * Video.TimeBase.Value) : null,
        IsKey = _fact.IsKey,
        TimeSource = source,
        Status = _fact.IsCorrupt ? FrameStatus.Corrupt : FrameStatus.Ok,
        DisplaySize = _displaySize,
    };

    private FrameStamp LostStamp(Packet lost)
    {
        _account.Undecodable++;
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

    private double SecondsAt(long pts) =>
        (double)((Int128)pts - (_frameClock.Origin ?? pts)) * Video.TimeBase.Numerator / Video.TimeBase.Denominator;

    /// <summary>Where the last frame ends by the container's clock, if it is shown for as long as the others.</summary>
    private double? EndSeconds => _frameClock.Last is { } last ? ((double)last + _frameClock.Step) * Video.TimeBase.Value : null;

    /// <summary>The pictures have ended; decides whether that was an end or a failure.</summary>
    private void JudgeEnd(int exitCode)
    {
        if (Lost(_run.End) is { } lost)
        {
            throw lost;
        }

        if (_account.Decoded == 0)
        {
            throw SourceChanged() ?? OutOfReach() ?? (_run.Log.SaysNoDecoder
                ? new PoseBatchException(
                    ReasonCode.CodecUnsupported,
                    $"{_setup.Tools.Version} has no decoder for {Video.Codec} (stream {Video.StreamIndex} of '{Video.Path}').",
                    "Install an ffmpeg with that decoder, or convert the video on a machine that has one.")
                : Failed($"it delivered no frame (exit code {exitCode})"));
        }

        if (exitCode != 0)
        {
            // Later versions end so when the file breaks off. Every frame before that is good and stays.
            _run.Log.Note($"PoseBatch: ffmpeg ended with code {exitCode} after {_account.Decoded} frames.");
            _account.EndsEarly = true;
        }
    }

    /// <summary>All frames are told: compares with what the container announced, and the file with what it was.</summary>
    private void Conclude()
    {
        bool isFewer = Video.AnnouncedFrames is not { } announced || announced > _account.Told;
        _account.EndsEarly |= _run.Log.SaysCutOff && isFewer;
        _account.MissingSeconds = FindMissing();
        _account.EndsEarly |= _account.MissingSeconds is not null;
        if (_lostFrames.HasGivenUp)
        {
            _run.Log.Note("PoseBatch: packets and frames of this stream do not match one to one, so lost frames are not listed.");
        }

        EnsureSourceUnchanged();
        if (OutOfReach() is { } unread)
        {
            throw unread;
        }
    }

    /// <summary>
    /// How much of the stated length is not there. The container may count frames that an edit list hides, and the last frame may be
    /// shown for long: so where the length is no count, the packets of all streams are asked whether they reach the stated end.
    /// </summary>
    private double? FindMissing()
    {
        if (Video.Extent.EndSeconds is not { } stated || EndSeconds is not { } reached || Video.AnnouncedFrames <= _account.Told)
        {
            return null;
        }

        // An index of frames at one rate may count one too many.
        double step = _frameClock.Step * Video.TimeBase.Value;
        double tolerance = double.Max(LeastMissingSeconds, (Video.Extent.StatedBytes > Video.SizeBytes ? 0.5 : 1.5) * step);
        if (stated - reached <= tolerance)
        {
            return null;
        }

        if (!Video.Extent.IsEndCounted && !Video.IsDescribedInPart)
        {
            reached = double.Max(reached, PacketEnd.Find(_setup, reached - step) ?? reached);
        }

        return stated - reached > tolerance ? stated - reached : null;
    }

    private PoseBatchException? SourceChanged() =>
        SourceFile.FaultSince(Video.Path, Video.SizeBytes, Video.ModifiedUtc);

    /// <summary>
    /// Whether the source could not be read to its end: then what came is not what is in the file. All of it is read where ffmpeg
    /// leaves open whether the file is damaged or its disk is.
    /// </summary>
    private PoseBatchException? OutOfReach() => _run.Log.SaysOutOfReach
        ? SourceReach.FaultOf(Video.Path) ?? new(
            ReasonCode.SourceUnreadable,
            $"'{Video.Path}' could not be read to its end: ffmpeg met an error of its disk or share after {_account.Decoded} frames.",
            "See whether the disk or share answers; a job of the service goes on by itself.")
        : _run.Log.MaySayOutOfReach || (_account.Decoded == 0 && !_run.Log.SaysNoDecoder)
            ? SourceReach.FaultWithin(Video.Path, () => Interlocked.Increment(ref _framesPassed), _setup.Cancellation)
            : null;

    /// <summary>What a decoder that did not end by itself becomes; null for one that did, or runs.</summary>
    private PoseBatchException? Lost(ChildEnd? end) =>
        _setup.Cancellation.IsCancellationRequested ? null : end?.Failure("ffmpeg", $"after {_account.Decoded} frames of '{Video.Path}'");

    private PoseBatchException Failed(string how, Exception? cause = null)
    {
        string said = _run.Log.Messages.Count == 0 ? "It said nothing." : $"It said: {string.Join(" | ", _run.Log.Messages.Take(3))}";
        return new(
            ReasonCode.DecodeFailed,
            $"ffmpeg could not decode '{Video.Path}': {how}. {said}",
            "Play it with ffplay: if that shows no picture either, the file is damaged; if it does, please report this with what ffmpeg said.",
            cause);
    }
}
