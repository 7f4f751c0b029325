using static PoseBatch.Jobs.SomeJob;

namespace PoseBatch.Jobs;

/// <summary>How a job comes in, is claimed, ends and begins again, and what the history says of it.</summary>
public class JobTransitionsTests
{
    private static readonly JobClaim W2 = new() { Worker = "w2", Lease = Lease };

    [Fact]
    public void A_job_comes_in_and_waits()
    {
        JobChange change = JobTransitions.Submit(new() { Spec = Spec, Origin = "api" }, Id, Now);

        JobRecord job = change.After.Job;
        Assert.Equal((Id, Id, JobStatus.Queued, "api", 0, 0L), (job.Id, job.Spec.JobId, job.Status, job.Origin, job.Attempt, job.Token));
        Assert.Equal((Now, Now, null), (job.SubmittedAt, job.RunAt, job.FinishedAt));
        Assert.Equal([("submitted", null, "through api"), ("queued", null, null)], Lines(change));
    }

    [Fact]
    public void A_file_that_was_watched_has_come_in_when_it_was_first_seen()
    {
        DateTimeOffset since = Now.AddMinutes(-5);

        JobChange change = JobTransitions.Submit(new() { Spec = Spec, Origin = "folder", SettlingSince = since }, Id, Now);

        Assert.Equal([("submitted", since), ("settling", since), ("queued", Now)], change.Events.Select(entry => (entry.State, entry.Time)));
        Assert.Equal(Now, change.After.Job.SubmittedAt);
    }

    [Fact]
    public void A_job_that_cannot_be_run_is_over_at_once_with_its_reason()
    {
        JobRefusal refusal = new(ReasonCode.NotVideo, "It is text.", "Take it away.");

        JobChange change = JobTransitions.Submit(new() { Spec = Spec, Origin = "folder", Refusal = refusal }, Id, Now);

        JobRecord job = change.After.Job;
        Assert.Equal((JobStatus.Dead, Now), (job.Status, job.FinishedAt));
        Assert.Equal(refusal, new(job.Reason!.Value, job.Message!, job.Advice));
        Assert.Equal([("submitted", null, "through folder"), ("dead", ReasonCode.NotVideo, "It is text.")], Lines(change));
    }

    [Fact]
    public void A_claim_begins_an_attempt_under_a_new_token()
    {
        StoredJob waiting = In(JobStatus.RetryWait);
        waiting = waiting with { Job = waiting.Job with { Progress = new() { Frames = 5 }, Reason = ReasonCode.Stalled, Message = "No frame." } };

        JobChange change = JobTransitions.Claim(waiting, W2, Now)!;

        JobRecord job = change.After.Job;
        Assert.Equal((2, 8L, "w2", Now, Now + Lease), (job.Attempt, job.Token, job.Worker, job.StartedAt, job.LeaseUntil));
        Assert.Null(job.Progress);
        Assert.Equal(ReasonCode.Stalled, job.Reason);   // of the attempt before, until this one ends
        JobEvent leased = Assert.Single(change.Events);
        Assert.Equal(("leased", "w2", 2, 8L), (leased.State, leased.Worker, leased.Attempt, leased.Token));
    }

    [Fact]
    public void Who_takes_a_job_over_leaves_a_line_about_the_worker_that_fell_silent()
    {
        StoredJob running = In(JobStatus.Running, ownedKey: Key);
        running = running with { Job = running.Job with { Progress = new() { Frames = 1234, Segments = 2 } } };

        JobChange change = JobTransitions.Claim(running, W2, Now + Lease)!;

        const string Message = "Attempt 1 of 3 ended without a word from its worker w1 (running, 1,234 frames and 2 safe segments in).";
        Assert.Equal([("interrupted", ReasonCode.LeaseLost, Message), ("leased", null, null)], Lines(change));
        Assert.Equal([("w1", 1, 7L), ("w2", 2, 8L)], change.Events.Select(entry => (entry.Worker, entry.Attempt, entry.Token)));
        Assert.Equal((ReasonCode.LeaseLost, Message), (change.After.Job.Reason, change.After.Job.Message));
        Assert.Null(change.After.OwnedKey);
    }

    [Fact]
    public void A_lease_runs_out_at_its_end_and_not_before()
    {
        StoredJob running = In(JobStatus.Running);

        Assert.Null(JobTransitions.Claim(running, W2, Now + Lease - TimeSpan.FromMilliseconds(1)));
        Assert.NotNull(JobTransitions.Claim(running, W2, Now + Lease));
    }

    [Fact]
    public void A_job_that_lets_every_worker_vanish_is_dead_with_what_is_known()
    {
        StoredJob third = In(JobStatus.Leased, MaxAttempts);
        third = third with { Job = third.Job with { Reason = ReasonCode.LeaseLost, Message = "Attempt 2 ended." } };

        JobChange change = JobTransitions.ExpireLease(third, Now)!;

        const string Silent = "Attempt 3 of 3 ended without a word from its worker w1 (leased).";
        Assert.Equal([("interrupted", ReasonCode.LeaseLost, Silent), ("dead", ReasonCode.MaxAttempts, Silent + " Before that: Attempt 2 ended.")], Lines(change));
        Assert.Contains("try it alone", change.After.Job.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobStatus.Queued, -1, true)]
    [InlineData(JobStatus.Queued, 0, false)]      // a deadline is the last moment at which it may begin
    [InlineData(JobStatus.Running, -1, false)]    // it has begun
    public void A_job_past_its_deadline_is_not_begun(JobStatus status, int seconds, bool isEnded)
    {
        StoredJob job = In(status);
        job = job with { Job = job.Job with { Spec = Spec with { Deadline = Now.AddSeconds(seconds) } } };

        JobChange? change = JobTransitions.Sweep(job, Now);

        Assert.Equal(isEnded, change is not null);
        if (isEnded)
        {
            const string Message = "Its deadline, 2026-05-04 11:59:59 UTC, passed before a worker could begin it.";
            Assert.Equal([("dead", ReasonCode.Cancelled, Message)], Lines(change));
        }
    }

    [Fact]
    public void A_job_is_tried_again_with_fresh_attempts_and_keeps_its_token()
    {
        StoredJob dead = In(JobStatus.Dead, MaxAttempts);
        dead = dead with { Job = dead.Job with { Reason = ReasonCode.Stalled, Message = "m", Advice = "a", Progress = new() } };

        JobChange change = JobTransitions.Retry(dead, Now)!;

        Assert.Equivalent(dead.Job with
        {
            Status = JobStatus.Queued,
            Attempt = 0,
            RunAt = Now,
            FinishedAt = null,
            Reason = null,
            Message = null,
            Advice = null,
            Progress = null,
        }, change.After.Job, strict: true);
        Assert.Equal(7, change.After.Job.Token);
        Assert.Equal([("queued", null, "by request")], Lines(change));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_deadline_that_has_passed_is_dropped_when_the_job_is_tried_again(int seconds, bool isKept)
    {
        StoredJob dead = In(JobStatus.Dead);
        dead = dead with { Job = dead.Job with { Spec = Spec with { Deadline = Now.AddSeconds(seconds) } } };

        JobChange change = JobTransitions.Retry(dead, Now)!;

        Assert.Equal(isKept, change.After.Job.Spec.Deadline is not null);
        Assert.Equal(isKept ? "by request" : "by request, without the deadline that has passed", change.Events[0].Message);
    }
}
