using PoseBatch.Video;

namespace PoseBatch.Ffmpeg.Decoding;

/// <summary>
/// Gives each frame of a stamped stream its time. A stamp that stands in the file is taken as it is, forwards or backwards; a frame
/// without one gets a time that fits the frames around it, and no stamp.
/// </summary>
/// <param name="video">The stream.</param>
/// <param name="stamps">What its packets say; null where every packet has a stamp.</param>
internal sealed class FrameClock(VideoInfo video, PacketStamps? stamps)
{
    // What ffmpeg assumes of streams that do not state a rate.
    private const double AssumedFps = 25;

    private const int RecentSteps = 9;

    private readonly long[] _recent = new long[RecentSteps];
    private int _stepCount;
    private long? _last;
    private bool _lastWasReal;

    /// <summary>The time of the first frame, in ticks of the stream: zero of all times. Null before it.</summary>
    public long? Origin { get; private set; }

    /// <summary>Time of the last frame, in ticks; null before the first one.</summary>
    public long? Last => _last;

    /// <summary>Frames per second by the container's word; where it has none, what ffmpeg assumes.</summary>
    public double Fps => video.NominalFps.IsKnown ? video.NominalFps.Value : AssumedFps;

    /// <summary>Usual ticks from frame to frame: the middle one of the last steps, or what the nominal rate says. At least 1.</summary>
    public long Step
    {
        get
        {
            if (_stepCount == 0)
            {
                return long.Max(1, (long)Math.Round(1 / (Fps * video.TimeBase.Value)));
            }

            Span<long> steps = stackalloc long[RecentSteps];
            steps = steps[..int.Min(_stepCount, RecentSteps)];
            _recent.AsSpan(0, steps.Length).CopyTo(steps);
            steps.Sort();
            return steps[steps.Length / 2];
        }
    }

    /// <summary>Takes the next decoded frame.</summary>
    /// <param name="said">Its stamp as the decoder says it; null when it says none.</param>
    /// <param name="isEstimated">Whether the time is estimated.</param>
    /// <returns>Its time in ticks of the stream.</returns>
    public long Next(long? said, out bool isEstimated)
    {
        isEstimated = !(stamps?.IsReal(said) ?? said is not null);
        long time = isEstimated ? Estimate() : said!.Value;
        if (!isEstimated && _lastWasReal && time > _last)
        {
            _recent[_stepCount % RecentSteps] = time - _last!.Value;
            _stepCount = _stepCount == (2 * RecentSteps) - 1 ? RecentSteps : _stepCount + 1;
        }

        Origin ??= time;
        (_last, _lastWasReal) = (time, !isEstimated);
        return time;
    }

    private long Estimate()
    {
        if (_last is not { } last)
        {
            // So many frames before the first one that has a stamp.
            return stamps is { Earliest: { } earliest } ? earliest - (long.Max(1, stamps.Leading) * Step) : 0;
        }

        // Between the frame before it and the next one that is known to come, never on or behind that.
        long time = last + Step;
        return stamps?.NextAfter(last) is { } next && time >= next ? last + ((next - last) / 2) : time;
    }
}
