using PoseBatch.Jobs;

namespace PoseBatch.Worker.Service.Attempts;

/// <summary>What the store is told of the end of an attempt.</summary>
internal abstract record AttemptEnd
{
    /// <summary>Tells the store.</summary>
    /// <returns>False when another worker has the job: nothing changed.</returns>
    public abstract Task<bool> TellAsync(IJobStore store, JobLease lease);

    /// <summary>There is a result.</summary>
    /// <param name="ResultPath">Its folder.</param>
    /// <param name="IsDuplicate">Whether another job's, or an older one.</param>
    /// <param name="DuplicateOf">The job that made it; null when nobody knows, or it is this one's own.</param>
    /// <param name="Message">What the user should read; null for nothing.</param>
    internal sealed record Completed(string ResultPath, bool IsDuplicate, string? DuplicateOf, string? Message) : AttemptEnd
    {
        /// <inheritdoc/>
        public override Task<bool> TellAsync(IJobStore store, JobLease lease) =>
            store.CompleteAsync(lease, ResultPath, IsDuplicate, DuplicateOf, Message, CancellationToken.None);
    }

    /// <summary>The attempt counts.</summary>
    /// <param name="Reason">Why it failed.</param>
    /// <param name="Message">What happened.</param>
    /// <param name="Advice">What to do about it; null for nothing.</param>
    /// <param name="RetryAfter">The wait before the next attempt; null when none would help.</param>
    internal sealed record Failed(ReasonCode Reason, string Message, string? Advice, TimeSpan? RetryAfter) : AttemptEnd
    {
        /// <inheritdoc/>
        public override Task<bool> TellAsync(IJobStore store, JobLease lease) =>
            store.FailAsync(lease, Reason, Message, Advice, RetryAfter, CancellationToken.None);
    }

    /// <summary>Nothing the job can help: it waits, and the attempt does not count.</summary>
    /// <param name="Reason">What it waits for.</param>
    /// <param name="Message">What happened.</param>
    /// <param name="Advice">What to do about it; null for nothing.</param>
    /// <param name="After">The wait before the next attempt.</param>
    internal sealed record Postponed(ReasonCode Reason, string Message, string? Advice, TimeSpan After) : AttemptEnd
    {
        /// <inheritdoc/>
        public override Task<bool> TellAsync(IJobStore store, JobLease lease) =>
            store.PostponeAsync(lease, Reason, Message, Advice, After, CancellationToken.None);
    }

    /// <summary>The job goes back to the queue, and the attempt does not count.</summary>
    /// <param name="Message">Why.</param>
    /// <param name="After">Not to be claimed before that has passed.</param>
    internal sealed record Released(string Message, TimeSpan After = default) : AttemptEnd
    {
        /// <inheritdoc/>
        public override Task<bool> TellAsync(IJobStore store, JobLease lease) => store.ReleaseAsync(lease, After, Message, CancellationToken.None);
    }
}
