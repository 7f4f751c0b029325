namespace PoseBatch.Worker.Service.Attempts;

/// <summary>
/// Waits for the end of work that may be told to stop, but not for ever: what is told to stop and does not move any more is left
/// behind, so that neither the job nor its slot waits for it.
/// </summary>
/// <param name="activity">A number that changes as long as anything moves.</param>
/// <param name="clock">The clock.</param>
internal sealed class StopWait(Func<long> activity, TimeProvider clock)
{
    /// <summary>Whoever is told to stop and has not moved for so long is in a call that cannot be interrupted.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(0.5);

    /// <summary>Waits.</summary>
    /// <param name="work">Its failure is not looked at here.</param>
    /// <param name="stopping">Cancelled when the work is told to stop.</param>
    /// <returns>True when the work has ended, false when it is left behind.</returns>
    public async Task<bool> HasEndedAsync(Task work, CancellationToken stopping)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = stopping.Register(stopped.SetResult);
        await Task.WhenAny(work, stopped.Task);
        long last = activity(), moved = clock.GetTimestamp();
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LookPeriod, clock, CancellationToken.None));
            if (activity() is var now && now != last)
            {
                (last, moved) = (now, clock.GetTimestamp());
            }
            else if (!work.IsCompleted && clock.GetElapsedTime(moved) > Patience)
            {
                return false;
            }
        }

        return true;
    }
}
