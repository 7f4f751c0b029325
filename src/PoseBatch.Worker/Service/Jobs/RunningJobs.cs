using System.Collections.Concurrent;
using System.Threading.Channels;
using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Jobs;

/// <summary>Begins an attempt at a job.</summary>
/// <param name="lease">The right to work on it.</param>
/// <param name="mostSeconds">A longer video is given back, as its slot is for short ones; null for any length.</param>
/// <param name="drain">Cancelled when the service stops: the attempt ends at its next segment.</param>
internal delegate IJobAttempt BeginAttempt(JobLease lease, double? mostSeconds, CancellationToken drain);

/// <summary>
/// The jobs that a worker holds and the slots they take: as many are decoded as there are slots, and a few more may be at the writing
/// of their tables. The last free slot is for short videos, so that they never wait behind long ones. Thread-safe.
/// </summary>
/// <param name="slots">Videos that are decoded at once.</param>
/// <param name="begin">Begins attempts.</param>
/// <param name="logger">Receives defects of attempts.</param>
/// <param name="clock">The clock.</param>
internal sealed class RunningJobs(int slots, BeginAttempt begin, ILogger logger, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, IJobAttempt> _attempts = new(StringComparer.Ordinal);
    private readonly Channel<bool> _freed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Videos that are decoded at once.</summary>
    public int Slots => slots;

    /// <summary>Whether none runs.</summary>
    public bool IsEmpty => _attempts.IsEmpty;

    /// <summary>Ids of the jobs.</summary>
    public IReadOnlyCollection<string> Ids => [.. _attempts.Keys];

    /// <summary>Whether one more may begin. Slow disks must not pile up videos that are being written; with one slot there is one video at a time.</summary>
    public bool HasRoom => Taken < slots && _attempts.Count < (2 * slots) - 1;

    /// <summary>Whether the one slot that is free is that for short videos.</summary>
    public bool HasOnlyReservedSlot => slots > 1 && Taken == slots - 1;

    // Videos that are being decoded. Those that are only inferred to their end and written have left their slots to the next.
    private int Taken => _attempts.Count(attempt => attempt.Value.TakesSlot);

    /// <summary>Begins an attempt at a job.</summary>
    /// <returns>The attempt, and a task that is done when it has ended and is not counted any more.</returns>
    public (IJobAttempt Attempt, Task Ended) Begin(JobLease lease, double? mostSeconds, CancellationToken drain)
    {
        IJobAttempt attempt = begin(lease, mostSeconds, drain);
        _attempts[attempt.JobId] = attempt;
        return (attempt, RunAsync(attempt));
    }

    /// <summary>Ends all attempts at their next segments: another job has to run alone first.</summary>
    public void Preempt()
    {
        foreach (IJobAttempt attempt in _attempts.Values)
        {
            attempt.Preempt();
        }
    }

    /// <summary>Ends attempts now; their jobs are handed over.</summary>
    /// <param name="which">Which of them.</param>
    public void HandOver(Func<IJobAttempt, bool> which)
    {
        foreach (IJobAttempt attempt in _attempts.Values.Where(which))
        {
            attempt.HandOver();
        }
    }

    /// <summary>Returns when a slot has become free since the last return, or after a while.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits any longer.</exception>
    public async Task FreedAsync(TimeSpan most, CancellationToken cancellation)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(_freed.Reader.WaitToReadAsync(over.Token).AsTask(), Task.Delay(most, clock, over.Token));
        await over.CancelAsync();
        _freed.Reader.TryRead(out _);
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task RunAsync(IJobAttempt attempt)
    {
        try
        {
            await Task.Run(() => attempt.RunAsync(Free));
        }
        catch (Exception defect)
        {
            JobLog.AttemptBroke(logger, defect, attempt.JobId);
        }
        finally
        {
            _attempts.TryRemove(KeyValuePair.Create(attempt.JobId, attempt));
            attempt.Dispose();
            Free();
        }
    }

    private void Free() => _freed.Writer.TryWrite(true);
}
