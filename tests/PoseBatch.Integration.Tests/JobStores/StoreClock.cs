namespace PoseBatch.JobStores;

/// <summary>A clock that stands still until it is moved. Begins at 2027-01-01 00:00:00 UTC.</summary>
public sealed class StoreClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>What it shows.</summary>
    public DateTimeOffset Now => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>Moves it.</summary>
    public void Advance(double seconds) => Interlocked.Add(ref _ticks, TimeSpan.FromSeconds(seconds).Ticks);
}
