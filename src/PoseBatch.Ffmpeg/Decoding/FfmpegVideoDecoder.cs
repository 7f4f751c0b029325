using PoseBatch.Ffmpeg.Probing;
using PoseBatch.Ffmpeg.Processes;
using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Decodes videos with ffmpeg as a child process: a file that crashes or hangs the decoder costs its own job and nothing
/// else, and a cancelled decode is gone at once. One instance serves any number of videos at a time.
/// </summary>
/// <param name="options">Which ffmpeg, and its limits.</param>
/// <param name="clock">Measures silence of the child; null for the system's.</param>
public sealed class FfmpegVideoDecoder(FfmpegOptions options, TimeProvider? clock = null) : IVideoDecoder
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lazy<FfmpegTools> _tools = new(() => FfmpegTools.Find(options), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The programs in use; looked for at first use.</summary>
    /// <exception cref="PoseBatchException">codec_unsupported: ffmpeg is missing, does not run or is too old.</exception>
    public FfmpegTools Tools => _tools.Value;

    /// <inheritdoc/>
    /// <exception cref="PoseBatchException">As <see cref="Tools"/>.</exception>
    public string Version => Tools.Version;

    /// <inheritdoc/>
    public Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ContainerProbe(Tools, options, _clock).ProbeAsync(path, streamIndex, cancellation);
    }

    /// <inheritdoc/>
    public SourceMark MarkOf(string path)
    {
        // Out of reach is neither gone nor another file.
        int error = Interop.Libc.ErrorOf(path);
        return error == 0 || SourceFault.IsGone(error) ? Interop.Libc.MarkOf(path) : throw SourceReach.Of(path, error)!;
    }

    /// <inheritdoc/>
    public IVideoReader Open(VideoInfo video, FrameFormat format, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(video);
        if (format.Size is not { Width: > 0, Height: > 0 })
        {
            throw new ArgumentException($"A frame of {format.Size} pixels cannot be asked for.", nameof(format));
        }

        cancellation.ThrowIfCancellationRequested();
        return new FfmpegVideoReader(new(Tools, options, _clock, video, cancellation), format);
    }
}
