using PoseBatch.Jobs;
using PoseBatch.Results.Format;
using PoseBatch.Tables;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>Whether another job computes the same as this one, or has computed it.</summary>
/// <param name="lease">Asks the store.</param>
/// <param name="problemOf">What is wrong with the result in a folder, or null (<see cref="WholeResult.ProblemOf"/>).</param>
internal sealed class DuplicateCheck(HeldLease lease, Func<string, string?> problemOf)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);
    private const double WaitShare = 0.05;

    /// <summary>
    /// How long to wait before the job that computes the same is looked at again: not long at first, and ever longer, as each look
    /// goes into the history.
    /// </summary>
    /// <param name="waited">For how long this one has been waiting; less than zero when the clock was set back.</param>
    public static TimeSpan WaitAfter(TimeSpan waited) =>
        TimeSpan.FromTicks(Math.Clamp((long)(waited.Ticks * WaitShare), ShortestWait.Ticks, LongestWait.Ticks));

    /// <summary>Claims the key of a result for this job.</summary>
    /// <returns>The job that is held with that key, or has left a whole result that is not to be replaced; null when this one is to compute it.</returns>
    /// <exception cref="PoseBatchException">lease_lost.</exception>
    public async Task<JobRecord?> FindAsync(ResultRequest request, CancellationToken cancellation)
    {
        string key = ResultKey.Of(request).Value;
        JobRecord? other = await lease.AskAsync((store, held) => store.ClaimResultKeyAsync(held, key, cancellation));
        bool isToReplace = other is { Status: JobStatus.Completed }
            && (request.Overwrite == OverwriteRule.Replace || other.ResultPath is null || problemOf(other.ResultPath) is not null);

        // Its result is to be replaced, or somebody has taken it away, or some of it.
        return isToReplace ? await lease.AskAsync((store, held) => store.ClaimResultKeyAsync(held, key, other!.Id, cancellation)) : other;
    }
}
