namespace PoseBatch.Ffmpeg;

/// <summary>A clock on which ten seconds pass every time somebody looks.</summary>
internal sealed class HurriedClock : TimeProvider
{
    private long _now;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Interlocked.Add(ref _now, 10);
}
