using PoseBatch.Ffmpeg.Interop;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// One ffmpeg decoding one stream from its first frame on. Pictures come as NUT frames, and for each of them one line of
/// the log says its stamp, size and whether it is a key frame; the n-th frame and the n-th line belong together.
/// </summary>
internal sealed class DecodeRun : IAsyncDisposable
{
    private const int ExitMilliseconds = 1000;

    private readonly VideoInfo _video;
    private readonly FrameFormat _format;
    private readonly Child _child;
    private readonly ChildStream _stream;
    private readonly NutStream _nut;
    private readonly ErrorTail _said;
    private readonly CancellationTokenRegistration _onCancel;

    public DecodeRun(DecodeSetup setup, FrameFormat format)
    {
        (FfmpegTools tools, FfmpegOptions options, _, _video, _) = setup;
        _format = format;
        List<string> arguments = DecodeCommand.Decode(_video, format, options);
        Command = [tools.FfmpegPath, .. arguments];
        Log = new(options.KeptMessages, tools.Release is { Major: < 7 }, _video.Codec, _video.Container);
        _child = Child.Start(tools.FfmpegPath, arguments, options.LauncherFor(_video.Path));
        Libc.TrySetPipeSize(_child.Output, options.PipeBytes);
        _said = new(Log);
        _stream = new(_child, "ffmpeg", _said, setup.Clock, options.StallTimeout, setup.Cancellation);
        _nut = new(_stream);
        _onCancel = setup.Cancellation.Register(_child.Kill);
    }

    public DecoderLog Log { get; }

    public IReadOnlyList<string> Command { get; }

    public int ProcessId => _child.Id;

    /// <summary>
    /// The frame's stamp as it came through the pipe, in the stream's time base. Second choice behind the log's: NUT holds
    /// neither negative stamps nor stamps that run backwards, and ffmpeg bends them to fit.
    /// </summary>
    public long PipeStamp => NutStream.Convert(_nut.Pts, _nut.TimeBase, _video.TimeBase);

    /// <summary>Goes to the next frame; its pixels wait until <see cref="ReadPixels"/>, or are passed over.</summary>
    /// <exception cref="InvalidDataException">The pipe holds something else than frames of the size asked for.</exception>
    public bool TryNext(out FrameFact fact)
    {
        fact = default;
        if (!_nut.TryNextFrame())
        {
            return false;
        }

        if (_nut.PayloadBytes != _format.ByteCount)
        {
            throw new InvalidDataException($"a frame of {_nut.PayloadBytes} instead of {_format.ByteCount} bytes");
        }

        // The line was written before the frame was, so it is there now or never comes. Everything said so far is heard first:
        // a name or title that looks like a frame's line is taken back by what ffmpeg says before the first real one.
        _stream.DrainErrors();
        if (!Log.TryTake(out fact))
        {
            fact = new() { Pts = PipeStamp };
        }

        return true;
    }

    public void ReadPixels(Span<byte> pixels) => _nut.ReadPayload(pixels[.._format.ByteCount]);

    /// <summary>Hears the decoder out.</summary>
    /// <returns>Its exit code; 128 + signal when a signal ended it.</returns>
    public int WaitForEnd() => _stream.WaitForEnd();

    /// <summary>Judges the end of an ffmpeg that has closed its output, given a moment to end; null while it runs.</summary>
    public ChildEnd? End
    {
        get
        {
            if (_child.WaitForExit(ExitMilliseconds) is not { } exitCode)
            {
                return null;
            }

            _stream.DrainErrors();
            return ChildEnd.Judge(exitCode, _said.Without(_video.Path));
        }
    }

    public void Kill() => _child.Kill();

    public async ValueTask DisposeAsync()
    {
        await _onCancel.DisposeAsync();
        await _child.DisposeAsync();
    }
}
