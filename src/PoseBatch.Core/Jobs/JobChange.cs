namespace PoseBatch.Jobs;

/// <summary>What a transition makes of a job: a store saves it and appends the events, both in one transaction.</summary>
/// <param name="After">The job afterwards.</param>
/// <param name="Events">What its history gains, in order. Their sequence numbers are 0: the store gives them.</param>
public sealed record JobChange(StoredJob After, IReadOnlyList<JobEvent> Events)
{
    /// <summary>What the holder of the lease is told.</summary>
    public LeaseState Lease => After.Job.Status == JobStatus.Cancelling ? LeaseState.Cancelling : LeaseState.Held;
}

/// <summary>What becomes of the jobs that want one result key.</summary>
/// <param name="Answer">The job that has the key; null when it now belongs to the one that asked.</param>
/// <param name="Changes">To be stored in this order: a key is free before it is taken.</param>
public sealed record ResultKeyClaim(JobRecord? Answer, IReadOnlyList<JobChange> Changes);
