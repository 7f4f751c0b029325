using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>How often the inbox is looked at.</summary>
public sealed class AdaptivePollingTests
{
    private readonly ManualClock _clock = new();
    private readonly AdaptivePolling _polling;

    public AdaptivePollingTests() => _polling = new(TimeSpan.FromSeconds(5), _clock);

    [Fact]
    public void Everything_is_due_at_first()
    {
        Assert.True(_polling.IsWalkDue(isWoken: false));
        Assert.True(_polling.IsThoroughDue);
        Assert.True(_polling.IsLookDue);
    }

    [Fact]
    public void A_cheap_scan_is_repeated_as_the_settings_say()
    {
        _polling.Walked(TimeSpan.FromMilliseconds(1), isThorough: true);
        _polling.Looked(TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(5), _polling.UntilNext(isWoken: false, isWaiting: false));
        Assert.Equal(TimeSpan.FromSeconds(1), _polling.UntilNext(isWoken: false, isWaiting: true));
        _clock.Advance(5);
        Assert.True(_polling.IsWalkDue(isWoken: false));
        Assert.True(_polling.IsThoroughDue);
    }

    [Fact]
    public void An_expensive_scan_is_repeated_so_seldom_that_it_takes_a_quarter_of_a_percent_of_a_core_at_most()
    {
        _polling.Walked(TimeSpan.FromMilliseconds(200), isThorough: true);
        _polling.Walked(TimeSpan.FromMilliseconds(50), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(20), _polling.UntilNext(isWoken: false, isWaiting: false));   // 0.05 s / (1/400)
        _clock.Advance(20);
        Assert.True(_polling.IsWalkDue(isWoken: false));
        Assert.False(_polling.IsThoroughDue);
        _clock.Advance(140);
        Assert.True(_polling.IsThoroughDue);   // 0.2 s / (1/800)
    }

    [Fact]
    public void However_slow_the_disk_a_scan_comes_after_a_minute_and_a_thorough_one_after_five()
    {
        _polling.Walked(TimeSpan.FromSeconds(30), isThorough: true);
        _polling.Walked(TimeSpan.FromSeconds(30), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(60), _polling.UntilNext(isWoken: false, isWaiting: false));
        _clock.Advance(300);
        Assert.True(_polling.IsThoroughDue);
    }

    [Fact]
    public void An_event_brings_the_next_scan_forward_but_a_storm_of_them_does_not_fill_a_core()
    {
        _polling.Walked(TimeSpan.FromMilliseconds(50), isThorough: true);
        _polling.Walked(TimeSpan.FromMilliseconds(50), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(1), _polling.UntilNext(isWoken: true, isWaiting: false));   // 0.05 s / (1/20)
        _clock.Advance(1);
        Assert.True(_polling.IsWalkDue(isWoken: true));
        Assert.False(_polling.IsWalkDue(isWoken: false));
    }

    [Fact]
    public void Files_that_wait_are_looked_at_so_seldom_that_the_looks_take_a_twentieth_of_a_core_at_most()
    {
        _polling.Walked(TimeSpan.Zero, isThorough: true);
        _polling.Looked(TimeSpan.FromMilliseconds(200));

        Assert.Equal(TimeSpan.FromSeconds(4), _polling.UntilNext(isWoken: false, isWaiting: true));   // 0.2 s / (1/20)
        _clock.Advance(3.9);
        Assert.False(_polling.IsLookDue);
        _clock.Advance(0.1);
        Assert.True(_polling.IsLookDue);
    }

    [Fact]
    public void What_a_thorough_scan_costs_does_not_slow_down_the_scans_over_the_names()
    {
        _polling.Walked(TimeSpan.FromMilliseconds(4), isThorough: false);
        _clock.Advance(5);
        _polling.Walked(TimeSpan.FromSeconds(1), isThorough: true);

        Assert.Equal(TimeSpan.FromSeconds(5), _polling.UntilNext(isWoken: false, isWaiting: false));   // 0.004 s / (1/400) = 1.6 s
    }
}
