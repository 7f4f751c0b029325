using PoseBatch.Worker.Service.Attempts;

namespace PoseBatch.Service.Attempts;

public class StallWatchTests
{
    private readonly ManualClock _clock = new();
    private long _activity;

    [Fact]
    public void Standing_still_for_longer_than_allowed_is_a_stall()
    {
        StallWatch watch = new(() => _activity, 60, _clock);
        _clock.Advance(60);
        Assert.False(watch.IsStalled());

        _clock.Advance(0.1);
        Assert.True(watch.IsStalled());
    }

    [Fact]
    public void Whatever_moves_starts_the_time_anew()
    {
        StallWatch watch = new(() => _activity, 60, _clock);
        _clock.Advance(59);
        _activity++;
        Assert.False(watch.IsStalled());

        _clock.Advance(60);
        Assert.False(watch.IsStalled());
        _clock.Advance(0.1);
        Assert.True(watch.IsStalled());
    }

    [Fact]
    public void Without_a_limit_nothing_is_a_stall()
    {
        StallWatch watch = new(() => _activity, null, _clock);
        _clock.Advance(1e6);
        Assert.False(watch.IsStalled());
    }

    [Fact]
    public void Standing_still_comes_before_taking_too_long()
    {
        AttemptLimits limits = new(new(() => _activity, 60, _clock), new(30, 50, _clock));
        _clock.Advance(30);
        Assert.Equal(StopCause.None, limits.Passed());

        _activity++;
        _clock.Advance(1);
        Assert.Equal(StopCause.TooLong, limits.Passed());

        _clock.Advance(61);
        Assert.Equal(StopCause.Stalled, limits.Passed());
    }
}
