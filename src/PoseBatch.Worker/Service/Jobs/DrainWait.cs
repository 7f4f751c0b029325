namespace PoseBatch.Worker.Service.Jobs;

/// <summary>How long running jobs may go on to the ends of their segments when the service stops.</summary>
/// <param name="most">The time they have.</param>
/// <param name="clock">The clock.</param>
/// <param name="atOnce">Cancelled when nobody wants to wait any longer.</param>
internal sealed class DrainWait(TimeSpan most, TimeProvider clock, CancellationToken atOnce)
{
    /// <summary>Waits for the jobs, but no longer than they may take.</summary>
    /// <param name="jobs">Done when none runs any more; its failure is not looked at here.</param>
    /// <returns>True when they have ended by themselves, false when the rest is to be handed over as it is.</returns>
    public async Task<bool> HasEndedAsync(Task jobs)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(atOnce);
        Task first = await Task.WhenAny(jobs, Task.Delay(most, clock, over.Token));
        await over.CancelAsync();
        return first == jobs || jobs.IsCompleted;
    }
}
