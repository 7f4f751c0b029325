using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>
/// Takes jobs from the store and runs several at once. A job with which a worker died runs alone until it is past the place where
/// that was; the others hand over at the end of their segments for it. When the service stops, running jobs go on to the end of their
/// segment, as long as they may, and are handed over; those without a first frame at once, as they have nothing to lose.
/// </summary>
/// <param name="running">The jobs that run.</param>
/// <param name="claims">Takes jobs.</param>
/// <param name="dead">Whose jobs are freed at the start.</param>
/// <param name="gate">Whether this process can go on.</param>
/// <param name="settings">How long the drain may take, and which videos are short.</param>
/// <param name="clock">The clock.</param>
internal sealed class JobWorker(
    RunningJobs running, JobClaims claims, DeadWorkers dead, IWorkGate gate, JobSettings settings, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _drain = new();
    private volatile bool _hasEnded;

    /// <summary>Cancelled when running jobs are to be handed over as they are.</summary>
    public CancellationToken AtOnce { get; init; }

    /// <summary>Videos that are decoded at once.</summary>
    public int Slots => running.Slots;

    /// <summary>Whether the store may still say of a job that this worker has it.</summary>
    public bool HoldsJobs => !running.IsEmpty;

    /// <summary>True while the loop that takes jobs does its work, and can; for the watchdog.</summary>
    public bool IsAlive => !_hasEnded && !gate.IsSpent;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _drain.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        List<Task> attempts = [];
        try
        {
            await dead.FreeTheirJobsAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                attempts.RemoveAll(attempt => attempt.IsCompleted);
                bool isFirst = running.IsEmpty;
                if (await claims.NextAsync(running, stoppingToken) is { } lease)
                {
                    await BeginAsync(lease, isFirst, attempts, stoppingToken);
                }
                else
                {
                    await running.FreedAsync(claims.PollPeriod, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
        finally
        {
            _hasEnded = true;
            await DrainAsync(Task.WhenAll(attempts));
        }
    }

    private async Task BeginAsync(JobLease lease, bool isFirst, List<Task> attempts, CancellationToken stopping)
    {
        (IJobAttempt attempt, Task ended) = running.Begin(lease, running.HasOnlyReservedSlot ? settings.ShortSeconds : null, _drain.Token);
        attempts.Add(ended);
        if (JobClaims.IsSuspect(lease.Job))
        {
            await attempt.HasCheckpointed.WaitAsync(stopping);
        }
        else if (isFirst)
        {
            // Nothing is inferred yet: alone it has its first frames soonest, and the others start while they are inferred.
            await Task.WhenAny(attempt.HasFrames, Task.Delay(FirstPatience, clock, stopping));
        }
    }

    private async Task DrainAsync(Task attempts)
    {
        running.HandOver(attempt => !attempt.HasFrames.IsCompleted);
        DrainWait wait = new(TimeSpan.FromSeconds(settings.DrainSeconds), clock, AtOnce);
        if (!await wait.HasEndedAsync(attempts))
        {
            running.HandOver(_ => true);
        }

        await attempts;
    }
}
