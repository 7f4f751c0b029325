namespace PoseBatch.Video;

/// <summary>Opens videos. The one door to whatever decodes them (here: an ffmpeg child process).</summary>
public interface IVideoDecoder
{
    /// <summary>Reads what the container says.</summary>
    /// <param name="path">The file; relative paths mean the current folder.</param>
    /// <param name="streamIndex">A stream among all streams of the container, or null for the decoder's own choice.</param>
    /// <param name="cancellation">Stops the probe; nothing is left behind.</param>
    /// <exception cref="PoseBatchException">source_missing, source_unreadable, source_unsettled, not_video, no_video_stream, codec_unsupported, stalled.</exception>
    Task<VideoInfo> ProbeAsync(string path, int? streamIndex, CancellationToken cancellation);

    /// <summary>The mark of the file behind a path now, links followed; default when it is not there.</summary>
    /// <exception cref="PoseBatchException">source_unreadable: nobody can tell now.</exception>
    SourceMark MarkOf(string path);

    /// <summary>Starts decoding. Frames are scaled (and, for RGB, converted) to <paramref name="format"/>; rotation is applied.</summary>
    /// <param name="video">From <see cref="ProbeAsync"/>.</param>
    /// <param name="format">What the frames shall look like.</param>
    /// <param name="cancellation">Ends decoding at once: a blocked read then throws <see cref="OperationCanceledException"/>.</param>
    IVideoReader Open(VideoInfo video, FrameFormat format, CancellationToken cancellation);

    /// <summary>Name and version of the decoder, for the metadata, for example <c>ffmpeg 5.1.9</c>.</summary>
    string Version { get; }
}

/// <summary>
/// Delivers the frames of one video in presentation order with a gapless index. Not thread-safe: one thread reads.
/// Disposing ends the decoder at once and waits until it is gone.
/// </summary>
public interface IVideoReader : IAsyncDisposable
{
    /// <summary>
    /// Blocks for the next frame of the ledger and fills <paramref name="pixels"/> (at least <see cref="FrameFormat.ByteCount"/>
    /// bytes). A frame with status Undecodable has no pixels; the buffer is then untouched.
    /// </summary>
    /// <returns>False after the last frame.</returns>
    /// <exception cref="PoseBatchException">decode_failed (no frame at all, or the decoder died), stalled, source_changed, source_unreadable.</exception>
    /// <exception cref="OperationCanceledException">The token given to Open was cancelled.</exception>
    bool TryRead(Span<byte> pixels, out FrameStamp stamp);

    /// <summary>
    /// Frames gone through without being delivered, because a damaged video is decoded again up to there. Grows meanwhile, which
    /// may take as long as the decoding before it. Any thread.
    /// </summary>
    long FramesPassed { get; }

    /// <summary>Looks whether the source is still the file that was opened. Any thread.</summary>
    /// <exception cref="PoseBatchException">source_changed, source_unreadable.</exception>
    void EnsureSourceUnchanged();

    /// <summary>What the decoder said; complete after the last frame.</summary>
    DecodeReport Report { get; }
}

/// <summary>The decoder's own account of a finished (or failed) decode.</summary>
public sealed record DecodeReport
{
    /// <summary>Frames delivered with pixels.</summary>
    public long DecodedFrames { get; init; }

    /// <summary>Frames that are in the file but could not be decoded.</summary>
    public long UndecodableFrames { get; init; }

    /// <summary>Lines of level error or worse.</summary>
    public long ErrorLines { get; init; }

    /// <summary>Lines of level warning.</summary>
    public long WarningLines { get; init; }

    /// <summary>The first lines of level warning or worse, kept for the manifest (a bounded number).</summary>
    public IReadOnlyList<string> Messages { get; init; } = [];

    /// <summary>True when the file ends before its container says (fewer frames than announced, data cut).</summary>
    public bool EndsEarly { get; init; }

    /// <summary>Video streams that the decoder met while reading, which the container had not announced: their indices among all streams.</summary>
    public IReadOnlyList<int> NewVideoStreams { get; init; } = [];

    /// <summary>The demuxer met a second movie box and left it out (MP4 files joined byte by byte).</summary>
    public bool SaysSecondMovie { get; init; }

    /// <summary>Seconds at the end of the stream that its container states and no packet of the file covers; null when none are missing.</summary>
    public double? MissingSeconds { get; init; }

    /// <summary>End of the last frame, in seconds of the container's clock; null when no frame had a stamp.</summary>
    public double? EndSeconds { get; init; }

    /// <summary>Usual time from frame to frame in seconds; null when it cannot be told.</summary>
    public double? StepSeconds { get; init; }

    /// <summary>Frames of a stamped stream that had no stamp of their own; their time is estimated.</summary>
    public long EstimatedFrames { get; init; }

    /// <summary>Index of the first of <see cref="EstimatedFrames"/>; null when there is none.</summary>
    public long? FirstEstimatedFrame { get; init; }

    /// <summary>The exact command line of the decoder, for the manifest and for the user who wants to try by hand.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
