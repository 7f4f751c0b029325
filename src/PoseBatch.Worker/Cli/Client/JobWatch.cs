using PoseBatch.Jobs;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Cli.Client;

/// <summary>
/// Follows jobs until all are over: what happens goes to standard output line by line, how far they are to standard error when
/// that is a terminal. A store that cannot be reached for a while is waited for.
/// </summary>
internal sealed class JobWatch(IJobAccess jobs, bool asJson, bool quiet, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly bool _showsProgress = !asJson && !quiet && !System.Console.IsErrorRedirected;
    private int _shown;

    /// <summary>Follows them.</summary>
    /// <returns>The exit code: 0 when each has its result, else 1.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        Dictionary<string, long> seen = ids.Distinct().ToDictionary(id => id, _ => 0L);
        List<JobRecord> over = [];
        bool wasAway = false;
        while (true)
        {
            TimeSpan wait = Interval;
            try
            {
                List<JobRecord> running = [];
                foreach (string id in seen.Keys.Where(id => !over.Exists(job => job.Id == id)).ToArray())
                {
                    // First the job, then its history: whatever ended it is then told, too.
                    if (await jobs.FindAsync(id, cancellation) is not { } job)
                    {
                        Clear();
                        await System.Console.Error.WriteLineAsync($"There is no job {id}.");
                        return ExitCode.Usage;
                    }

                    await TellAsync(id, seen, cancellation);
                    (job.Status.IsOver() ? over : running).Add(job);
                    if (job.Status.IsOver())
                    {
                        Clear();
                        System.Console.Out.WriteLine(asJson ? JobRecordJson.Write(job) : JobLines.Row(job));
                    }
                }

                if (running.Count == 0)
                {
                    return over.TrueForAll(job => job.Status is JobStatus.Completed or JobStatus.Duplicate) ? ExitCode.Done : ExitCode.SomeFailed;
                }

                wasAway = false;
                Show(running);
            }
            catch (JobStoreUnavailableException away) when (away.MayPass)
            {
                if (!wasAway)
                {
                    Clear();
                    await System.Console.Error.WriteLineAsync($"{away.Message} Waiting ...");
                }

                (wasAway, wait) = (true, Patience);
            }

            try
            {
                await Task.Delay(wait, clock, cancellation);
            }
            catch (OperationCanceledException)
            {
                Clear();
                return ExitCode.Cancelled;
            }
        }
    }

    private async Task TellAsync(string id, Dictionary<string, long> seen, CancellationToken cancellation)
    {
        foreach (JobEvent entry in await jobs.EventsAsync(id, seen[id], cancellation))
        {
            seen[id] = entry.Sequence;
            if (asJson)
            {
                System.Console.Out.WriteLine(JobRecordJson.Write(entry));
            }
            else if (!quiet)
            {
                Clear();
                System.Console.Out.WriteLine(seen.Count > 1 ? $"{id}  {JobLines.Event(entry)}" : JobLines.Event(entry));
            }
        }
    }

    private void Show(List<JobRecord> running)
    {
        if (!_showsProgress)
        {
            return;
        }

        JobRecord first = running.Find(job => job.Status.IsHeld()) ?? running[0];
        string line = $"{first.Id} {first.Status.WireName()} {JobLines.Progress(first)}" + (running.Count > 1 ? $" and {running.Count - 1} more" : string.Empty);
        System.Console.Error.Write("\r" + line.PadRight(_shown));
        _shown = line.Length;
    }

    private void Clear()
    {
        if (_shown > 0)
        {
            System.Console.Error.Write("\r" + new string(' ', _shown) + "\r");
            _shown = 0;
        }
    }
}
