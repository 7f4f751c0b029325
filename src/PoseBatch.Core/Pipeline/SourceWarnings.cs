using System.Globalization;
using PoseBatch.Video;

namespace PoseBatch.Pipeline;

/// <summary>
/// What a user should know of a source beyond its frames: holds what the container announced against what was read. "No frame is lost
/// silently" covers what is in the ledger; this covers what never came to be in it.
/// </summary>
public static class SourceWarnings
{
    // Stamps are rounded to ticks, and sound and pictures of a recording do not begin in the same moment.
    private const double LeastGapSeconds = 0.05;

    // A chunk's size may or may not count its own head and padding.
    private const int HeadBytes = 16;

    /// <summary>The warnings, in order of weight.</summary>
    /// <param name="video">What the container said.</param>
    /// <param name="decode">What the decoder said, after the last frame.</param>
    /// <param name="timeline">The times of all frames.</param>
    public static IEnumerable<string> Of(VideoInfo video, DecodeReport decode, TimelineCheck timeline)
    {
        ArgumentNullException.ThrowIfNull(video);
        ArgumentNullException.ThrowIfNull(decode);
        ArgumentNullException.ThrowIfNull(timeline);
        return Warnings();

        IEnumerable<string> Warnings()
        {
            if (Missing(video, decode) is { } missing)
            {
                yield return missing;
            }

            if (video.Extent.Recordings > 1 || decode.SaysSecondMovie)
            {
                yield return $"The file holds a second recording behind the first one, which was not read: only the {Frames(decode.DecodedFrames)} of the first are here. Joining files byte by byte makes such files; join them with ffmpeg's concat demuxer, or process the parts.";
            }

            foreach (string stream in OfOtherStreams(video, decode))
            {
                yield return stream;
            }

            if (video.TimeSource == TimeSource.Estimated)
            {
                yield return "The stream has no time stamps: times are frame number divided by the nominal rate.";
            }
            else if (decode.FirstEstimatedFrame is { } first)
            {
                yield return $"{Frames(decode.EstimatedFrames)}, from frame {first} on, {(decode.EstimatedFrames == 1 ? "has no time stamp" : "have no time stamp of their own")}: pts is null there, and the time is estimated from the frames around.";
            }

            foreach (string jump in timeline.Warnings())
            {
                yield return jump;
            }
        }
    }

    private static string? Missing(VideoInfo video, DecodeReport decode)
    {
        long there = decode.DecodedFrames + decode.UndecodableFrames;
        double? gap = decode.MissingSeconds;
        bool isCut = decode.EndsEarly;
        long bytes = (video.Extent.StatedBytes ?? video.SizeBytes) - video.SizeBytes;
        if (gap is null && !isCut && bytes <= HeadBytes)
        {
            return null;
        }

        string said = "The file ends before its container says: ";
        string frames = video.AnnouncedFrames is { } announced && announced > there
            ? $"{decode.DecodedFrames} frames are there of {announced} announced"
            : $"{Frames(decode.DecodedFrames)} {(decode.DecodedFrames == 1 ? "is" : "are")} there";
        string after = gap is null ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; after frame {long.Max(0, there - 1)}, {gap:0.###} s of the length it states are missing{InFrames(gap.Value, decode.StepSeconds)}");
        string size = bytes > HeadBytes
            ? string.Create(CultureInfo.InvariantCulture, $"; {bytes} of {video.Extent.StatedBytes} bytes are missing{(gap is null && !isCut && video.AnnouncedFrames <= there ? ", which held no frame that it announces" : string.Empty)}")
            : string.Empty;
        return $"{said}{frames}{after}{size}.";
    }

    private static string InFrames(double gap, double? step) =>
        step is { } seconds and > 0 && gap / seconds >= 0.5 ? string.Create(CultureInfo.InvariantCulture, $" (about {Frames((long)Math.Round(gap / seconds))})") : string.Empty;

    private static IEnumerable<string> OfOtherStreams(VideoInfo video, DecodeReport decode)
    {
        foreach (VideoStreamInfo other in video.OtherStreams.Where(stream => !stream.IsStill))
        {
            double tolerance = double.Max(LeastGapSeconds, decode.StepSeconds ?? 0);
            bool goesOn = decode.EndSeconds is { } end && other.StartSeconds >= end - tolerance;
            if (goesOn)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The file goes on with another video stream where stream {video.StreamIndex} ends (at {decode.EndSeconds:0.###} s, frame {decode.DecodedFrames + decode.UndecodableFrames}): {other}, from {other.StartSeconds:0.###} s on. It was not read; --stream {other.Index} (source.stream of a job) reads it.");
            }
            else if (other.Frames is null || other.Frames >= decode.DecodedFrames)
            {
                yield return $"The file holds another video stream {(other.Frames is null ? "of unknown length" : "with as many frames")}: {other}. It was not read; --stream {other.Index} (source.stream of a job) reads it.";
            }
        }

        foreach (int index in decode.NewVideoStreams)
        {
            yield return $"A further video stream begins in the middle of the file, which its beginning does not announce: stream {index}. It was not read, so what was recorded there is missing; to read it, copy it into a file of its own (ffmpeg -probesize 2G -analyzeduration 2G -i IN -map 0:{index} -c copy OUT).";
        }
    }

    private static string Frames(long count) => count == 1 ? "1 frame" : $"{count.ToString(CultureInfo.InvariantCulture)} frames";
}
