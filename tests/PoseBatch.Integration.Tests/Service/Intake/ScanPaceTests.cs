using PoseBatch.Worker.Service.Intake;

namespace PoseBatch.Service.Intake;

/// <summary>How often the inbox is looked at.</summary>
public sealed class ScanPaceTests
{
    private readonly DrivenClock _clock = new();
    private readonly AdaptivePolling _pace;

    public ScanPaceTests() => _pace = new(TimeSpan.FromSeconds(5), _clock);

    [Fact]
    public void Everything_is_due_at_first()
    {
        Assert.True(_pace.IsWalkDue(isWoken: false));
        Assert.True(_pace.IsThoroughDue);
        Assert.True(_pace.IsLookDue);
    }

    [Fact]
    public void A_cheap_scan_is_repeated_as_the_settings_say()
    {
        _pace.Walked(TimeSpan.FromMilliseconds(1), isThorough: true);
        _pace.Looked(TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(5), _pace.UntilNext(isWoken: false, isWaiting: false));
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.UntilNext(isWoken: false, isWaiting: true));
        _clock.Advance(5);
        Assert.True(_pace.IsWalkDue(isWoken: false));
        Assert.True(_pace.IsThoroughDue);
    }

    [Fact]
    public void An_expensive_scan_is_repeated_so_seldom_that_it_takes_a_quarter_of_a_percent_of_a_core_at_most()
    {
        _pace.Walked(TimeSpan.FromMilliseconds(200), isThorough: true);
        _pace.Walked(TimeSpan.FromMilliseconds(50), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(20), _pace.UntilNext(isWoken: false, isWaiting: false));   // 0.05 s / (1/400)
        _clock.Advance(20);
        Assert.True(_pace.IsWalkDue(isWoken: false));
        Assert.False(_pace.IsThoroughDue);
        _clock.Advance(140);
        Assert.True(_pace.IsThoroughDue);   // 0.2 s / (1/800)
    }

    [Fact]
    public void However_slow_the_disk_a_scan_comes_after_a_minute_and_a_thorough_one_after_five()
    {
        _pace.Walked(TimeSpan.FromSeconds(30), isThorough: true);
        _pace.Walked(TimeSpan.FromSeconds(30), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(60), _pace.UntilNext(isWoken: false, isWaiting: false));
        _clock.Advance(300);
        Assert.True(_pace.IsThoroughDue);
    }

    [Fact]
    public void An_event_brings_the_next_scan_forward_but_a_storm_of_them_does_not_fill_a_core()
    {
        _pace.Walked(TimeSpan.FromMilliseconds(50), isThorough: true);
        _pace.Walked(TimeSpan.FromMilliseconds(50), isThorough: false);

        Assert.Equal(TimeSpan.FromSeconds(1), _pace.UntilNext(isWoken: true, isWaiting: false));   // 0.05 s / (1/20)
        _clock.Advance(1);
        Assert.True(_pace.IsWalkDue(isWoken: true));
        Assert.False(_pace.IsWalkDue(isWoken: false));
    }
}
