namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>What is known of the times of a video's frames as a whole.</summary>
public sealed record VideoClock
{
    /// <summary>
    /// Presentation stamp at which the frames' time is 0, in ticks of the stream; null takes the first decoded frame. Without
    /// it, times begin anew where the picture changes its size in mid-stream.
    /// </summary>
    public long? FirstPts { get; init; }

    /// <summary>Longest time from one frame to the next, in seconds; 0 when unknown.</summary>
    public double LongestGapSeconds { get; init; }
}
