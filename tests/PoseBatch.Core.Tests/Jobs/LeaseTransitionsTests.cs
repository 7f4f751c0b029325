using static PoseBatch.Jobs.SomeJob;

namespace PoseBatch.Jobs;

/// <summary>What the holder of a lease changes, and what the history says of it.</summary>
public class LeaseTransitionsTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(12.5);
    private readonly StoredJob _running = In(JobStatus.Running, ownedKey: Key);

    [Fact]
    public void What_a_worker_says_of_its_job_renews_the_lease()
    {
        DateTimeOffset later = Now.AddSeconds(50);

        Assert.Equal(later + Lease, LeaseTransitions.Advance(_running, LeaseOf(_running), JobStatus.Running, null, later)!.After.Job.LeaseUntil);
        Assert.Equal(later + Lease, LeaseTransitions.CommitSegment(_running, LeaseOf(_running), 0, "m", later)!.After.Job.LeaseUntil);
    }

    [Fact]
    public void The_state_a_job_is_in_already_is_no_news_unless_there_are_words()
    {
        Assert.Empty(LeaseTransitions.Advance(_running, LeaseOf(_running), JobStatus.Running, null, Now)!.Events);
        Assert.Equal([("running", null, "movenet on cpu")], Lines(LeaseTransitions.Advance(_running, LeaseOf(_running), JobStatus.Running, "movenet on cpu", Now)));
    }

    [Fact]
    public void The_holder_of_a_job_that_the_user_cancelled_is_told_so()
    {
        StoredJob cancelling = In(JobStatus.Cancelling);

        Assert.Equal(LeaseState.Held, LeaseTransitions.Advance(_running, LeaseOf(_running), JobStatus.Finalizing, null, Now)!.Lease);
        JobChange told = LeaseTransitions.Advance(cancelling, LeaseOf(cancelling), JobStatus.Finalizing, "m", Now)!;
        Assert.Equal(LeaseState.Cancelling, told.Lease);
        Assert.Empty(told.Events);
    }

    [Theory]
    [InlineData(JobStatus.Queued)]
    [InlineData(JobStatus.Completed)]
    [InlineData(JobStatus.Cancelling)]
    public void A_held_job_moves_to_running_or_finalizing_only(JobStatus status) =>
        Assert.Throws<ArgumentException>(() => LeaseTransitions.Advance(_running, LeaseOf(_running), status, null, Now));

    [Fact]
    public void Safe_segments_are_counted_and_never_taken_back()
    {
        StoredJob third = LeaseTransitions.CommitSegment(_running, LeaseOf(_running), 2, "m", Now)!.After;
        Assert.Equal(3, third.Job.Progress!.Segments);

        Assert.Equal(3, LeaseTransitions.CommitSegment(third, LeaseOf(third), 0, "m", Now)!.After.Job.Progress!.Segments);
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseTransitions.CommitSegment(_running, LeaseOf(_running), -1, "m", Now));
    }

    [Theory]
    [InlineData(ReasonCode.LeaseLost, null)]
    [InlineData(ReasonCode.DiskFull, ReasonCode.DiskFull)]
    public void A_safe_segment_ends_the_suspicion_that_the_job_ends_its_worker_and_no_other_reason(ReasonCode before, ReasonCode? after)
    {
        StoredJob again = _running with { Job = _running.Job with { Reason = before, Message = "m" } };

        JobRecord job = LeaseTransitions.CommitSegment(again, LeaseOf(again), 0, "safe", Now)!.After.Job;

        Assert.Equal((after, after is null ? null : "m"), (job.Reason, job.Message));
    }

    [Fact]
    public void A_complete_job_keeps_its_key_and_a_duplicate_points_at_the_job_that_has_it()
    {
        JobChange complete = LeaseTransitions.Complete(_running, LeaseOf(_running), "/r/a", false, "ignored", "all well", Now)!;
        JobChange duplicate = LeaseTransitions.Complete(_running, LeaseOf(_running), "/r/a", true, "other", null, Now)!;

        Assert.Equal((Key, "/r/a", null, "all well"), (complete.After.OwnedKey, complete.After.Job.ResultPath, complete.After.Job.DuplicateOf, complete.After.Job.Message));
        Assert.Equal((null, "/r/a", "other", Key), (duplicate.After.OwnedKey, duplicate.After.Job.ResultPath, duplicate.After.Job.DuplicateOf, duplicate.After.Job.ResultKey));
        Assert.Equal([("completed", null, "all well")], Lines(complete));
    }

    [Fact]
    public void A_failed_attempt_says_when_the_next_one_comes()
    {
        JobChange change = LeaseTransitions.Fail(_running, LeaseOf(_running), ReasonCode.Stalled, "No frame.", "Look.", Wait, Now)!;

        JobRecord job = change.After.Job;
        Assert.Equal((1, Now + Wait, ReasonCode.Stalled, "No frame.", "Look."), (job.Attempt, job.RunAt, job.Reason, job.Message, job.Advice));
        Assert.Null(change.After.OwnedKey);
        Assert.Equal([("failed_attempt", ReasonCode.Stalled, "No frame."), ("retry_wait", ReasonCode.Stalled, "attempt 2 of 3 in 12.5 s")], Lines(change));
    }

    [Theory]
    [InlineData("No frame.", "No frame. That was attempt 3 of 3.")]
    [InlineData("No frame", "No frame. That was attempt 3 of 3.")]
    public void The_last_attempt_keeps_its_own_reason_and_says_that_it_was_the_last(string message, string last)
    {
        StoredJob third = In(JobStatus.Running, MaxAttempts);

        JobChange change = LeaseTransitions.Fail(third, LeaseOf(third), ReasonCode.Stalled, message, "Look.", Wait, Now)!;

        Assert.Equal((ReasonCode.Stalled, last, "Look."), (change.After.Job.Reason, change.After.Job.Message, change.After.Job.Advice));
        Assert.Equal([("failed_attempt", ReasonCode.Stalled, message), ("dead", ReasonCode.Stalled, last)], Lines(change));
    }

    [Fact]
    public void A_failure_that_no_second_attempt_mends_says_what_it_said()
    {
        JobChange change = LeaseTransitions.Fail(_running, LeaseOf(_running), ReasonCode.NotVideo, "It is text.", null, null, Now)!;

        Assert.Equal([("failed_attempt", ReasonCode.NotVideo, "It is text."), ("dead", ReasonCode.NotVideo, "It is text.")], Lines(change));
    }

    [Fact]
    public void Who_postpones_or_gives_back_a_job_gives_back_the_attempt_and_the_key()
    {
        JobChange postponed = LeaseTransitions.Postpone(_running, LeaseOf(_running), ReasonCode.DiskFull, "No space.", "Free some.", Wait, Now)!;
        JobChange released = LeaseTransitions.Release(_running, LeaseOf(_running), Wait, "The service stops.", Now)!;

        Assert.Equal((0, null, Now + Wait), (postponed.After.Job.Attempt, postponed.After.OwnedKey, postponed.After.Job.RunAt));
        Assert.Equal((ReasonCode.DiskFull, "No space.", "Free some."), (postponed.After.Job.Reason, postponed.After.Job.Message, postponed.After.Job.Advice));
        Assert.Equal((0, null, Now + Wait), (released.After.Job.Attempt, released.After.OwnedKey, released.After.Job.RunAt));
        Assert.Equal([("queued", null, "The service stops.")], Lines(released));
        Assert.Equal((0, 7L), (released.Events[0].Attempt, released.Events[0].Token));
    }

    [Fact]
    public void A_job_that_is_given_back_at_once_keeps_the_time_from_which_it_may_run() =>
        Assert.Equal(_running.Job.RunAt, LeaseTransitions.Release(_running, LeaseOf(_running), TimeSpan.Zero, "m", Now)!.After.Job.RunAt);

    [Fact]
    public void A_wait_longer_than_any_is_refused()
    {
        TimeSpan longer = RetryWait.Longest + TimeSpan.FromMilliseconds(1);
        JobLease lease = LeaseOf(_running);

        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseTransitions.Fail(_running, lease, ReasonCode.Internal, "m", null, longer, Now));
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseTransitions.Postpone(_running, lease, ReasonCode.DiskFull, "m", null, longer, Now));
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaseTransitions.Release(_running, lease, longer, "m", Now));
        Assert.NotNull(LeaseTransitions.Release(_running, lease, RetryWait.Longest, "m", Now));
    }

    // --- result keys -------------------------------------------------------------------------------------------------

    [Fact]
    public void A_key_that_nobody_has_is_taken()
    {
        StoredJob job = In(JobStatus.Leased);

        ResultKeyClaim claim = LeaseTransitions.ClaimResultKey(job, LeaseOf(job), Key, owner: null, insteadOf: null, Now);

        Assert.Null(claim.Answer);
        JobChange change = Assert.Single(claim.Changes);
        Assert.Equal((Key, Key), (change.After.OwnedKey, change.After.Job.ResultKey));
        Assert.Empty(change.Events);
    }

    [Theory]
    [InlineData(JobStatus.Running, 0, false, false)]     // it is at work
    [InlineData(JobStatus.Running, 0, true, false)]      // nobody takes the key from one that is held
    [InlineData(JobStatus.Running, 60, false, true)]     // its lease has run out
    [InlineData(JobStatus.Cancelling, 60, false, true)]
    [InlineData(JobStatus.Completed, 0, false, false)]   // its result is the answer
    [InlineData(JobStatus.Completed, 0, true, true)]     // unless that result is gone
    public void A_key_is_taken_from_one_that_has_fallen_silent_and_from_one_whose_result_is_gone(
        JobStatus status, int seconds, bool isNamed, bool isTaken)
    {
        StoredJob owner = In(status, ownedKey: Key) with { Sequence = 2 };
        owner = owner with { Job = owner.Job with { Id = "other" } };
        StoredJob job = In(JobStatus.Leased);

        ResultKeyClaim claim = LeaseTransitions.ClaimResultKey(job, LeaseOf(job), Key, owner, isNamed ? "other" : null, Now.AddSeconds(seconds));

        Assert.Equal(isTaken ? null : "other", claim.Answer?.Id);
        Assert.Equal(isTaken ? Key : null, claim.Changes[^1].After.OwnedKey);
        Assert.Equal(Key, claim.Changes[^1].After.Job.ResultKey);
        Assert.Equal(isTaken ? [2, 1] : [1], claim.Changes.Select(change => change.After.Sequence));   // free before it is taken
        Assert.All(claim.Changes.SkipLast(1), change => Assert.Null(change.After.OwnedKey));
    }
}
