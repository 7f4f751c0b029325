using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace PoseBatch.Worker.Service.Intake;

/// <summary>
/// The checks beside the loop: they are given what they need and answer through a queue, so that nothing they wait for holds up a
/// scan.
/// </summary>
/// <param name="check">What each does.</param>
/// <param name="answered">Called when a result is there, on any thread.</param>
/// <param name="logger">Receives faults.</param>
internal sealed class CheckQueue(ContainerCheck check, Action answered, ILogger logger)
{
    private const int AtOnce = 2;

    private readonly Channel<CheckOrder> _orders = Channel.CreateUnbounded<CheckOrder>();
    private readonly ConcurrentQueue<CheckResult> _results = new();

    /// <summary>Hands a file to the checks.</summary>
    public void Add(CheckOrder order) => _orders.Writer.TryWrite(order);

    /// <summary>The next result; null when there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out CheckResult? result) => _results.TryDequeue(out result);

    /// <summary>Runs the checks until it is asked to stop.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RunOneAsync(stopping)));

    /// <summary>Runs what is there now, one after the other.</summary>
    /// <returns>How many that were.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellation)
    {
        int count = 0;
        for (; _orders.Reader.TryRead(out CheckOrder? order); count++)
        {
            _results.Enqueue(await check.RunAsync(order, cancellation));
        }

        return count;
    }

    private async Task RunOneAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (CheckOrder order in _orders.Reader.ReadAllAsync(stopping))
            {
                _results.Enqueue(await ResultOfAsync(order, stopping));
                answered();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task<CheckResult> ResultOfAsync(CheckOrder order, CancellationToken stopping)
    {
        try
        {
            return await check.RunAsync(order, stopping);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // A defect must not end the intake of all other files.
            IntakeLog.Fault(logger, fault, "Inbox");
            return new(order, CheckOutcome.Unsettled, $"an unforeseen fault: {fault.Message}", AskAfter: StabilityCheck.AskAgain);
        }
    }
}
