namespace PoseBatch.Ffmpeg.Probing;

/// <summary>
/// Chooses among the video streams of a file. (What ffmpeg itself takes when nothing is said changed over its versions, so the choice
/// is made here.) A still never wins over a video, nor a short clip over the recording; among those that are left it is the largest
/// picture, of equals the one marked as default, of these the first.
/// </summary>
/// <param name="streams">All streams of the file.</param>
/// <param name="containerSeconds">Length of the container; null when not stated.</param>
/// <param name="packetCounts">Packets by stream at the beginning of the file; empty when they were not listed.</param>
internal sealed class StreamChoice(IReadOnlyList<StreamEntry> streams, double? containerSeconds, IReadOnlyDictionary<int, int> packetCounts)
{
    // Streams of one recording differ by a few frames. A preview of every tenth frame, or of the first minute, is not the recording.
    private const double LeastShare = 0.5;
    private const double LeastShareOfFrames = 0.1;

    // So many packets of another stream at the beginning, and one of this: it is a still, though nothing says so.
    private const int ManyPackets = 8;

    private const double StillSeconds = 0.5;

    /// <summary>The stream to take; null when there is none.</summary>
    public StreamEntry? Best()
    {
        List<StreamEntry> videos = [.. streams.Where(stream => stream.IsVideo)];
        List<StreamEntry> moving = [.. videos.Where(stream => !IsStill(stream))];
        List<StreamEntry> candidates = moving.Count > 0 ? moving : videos;
        double longest = candidates.Max(stream => stream.SecondsOf(containerSeconds)) ?? 0;
        long most = candidates.Max(stream => stream.FramesOf(containerSeconds)) ?? 0;
        List<StreamEntry> whole =
        [
            .. candidates
                .Where(stream => stream.SecondsOf(containerSeconds) is not { } seconds || seconds >= LeastShare * longest)
                .Where(stream => stream.FramesOf(containerSeconds) is not { } frames || frames >= LeastShareOfFrames * most),
        ];
        return (whole.Count > 0 ? whole : candidates)
            .OrderByDescending(stream => (long)stream.StoredSize.Width * stream.StoredSize.Height)
            .ThenByDescending(stream => stream.IsDefault)
            .ThenBy(stream => stream.Index)
            .FirstOrDefault();
    }

    /// <summary>Whether a stream is one picture beside others that move.</summary>
    public bool IsStill(StreamEntry stream)
    {
        long? frames = stream.AnnouncedFrames ?? (stream.TaggedSeconds is { } seconds and < StillSeconds ? stream.FramesOf(seconds) ?? 1 : null);
        return frames is { } count
            ? count <= 1
            : packetCounts.GetValueOrDefault(stream.Index) == 1 && streams.Any(other => other.IsVideo && packetCounts.GetValueOrDefault(other.Index) >= ManyPackets);
    }
}
