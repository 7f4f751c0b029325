namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Tells when nothing has moved for too long; counts from when it is made. Not thread-safe: one loop asks.</summary>
/// <param name="activity">A number that changes as long as anything moves.</param>
/// <param name="mostSeconds">Standing still for longer is a stall; null for never.</param>
/// <param name="clock">The clock.</param>
internal sealed class StallWatch(Func<long> activity, double? mostSeconds, TimeProvider clock)
{
    private long _last;
    private long _moved = clock.GetTimestamp();

    /// <summary>Whether it stands still for too long now. Only what moves between two looks is seen.</summary>
    public bool IsStalled()
    {
        long now = activity();
        if (now != _last)
        {
            (_last, _moved) = (now, clock.GetTimestamp());
        }

        return clock.GetElapsedTime(_moved).TotalSeconds > mostSeconds;
    }
}
