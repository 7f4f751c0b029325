namespace PoseBatch.Service.Intake;

/// <summary>A clock that moves when it is told to. It starts in 2020, so that files made now look as if they changed just then.</summary>
internal sealed class DrivenClock : TimeProvider
{
    private DateTimeOffset _now = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
