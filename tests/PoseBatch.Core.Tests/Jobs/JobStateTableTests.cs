using static PoseBatch.Jobs.SomeJob;

namespace PoseBatch.Jobs;

/// <summary>Every state and every command (docs/operations.md, States): where the job stands afterwards, or - for a refusal.</summary>
public class JobStateTableTests
{
    private const string Table = """
        command               queued    leased     running    finalizing retry_wait cancelling completed duplicate dead   cancelled
        claim                 leased    -          -          -          leased     -          -         -         -      -
        claim_lapsed          leased    leased     leased     leased     leased     -          -         -         -      -
        claim_lapsed_last     leased    -          -          -          leased     -          -         -         -      -
        claim_late            -         -          -          -          -          -          -         -         -      -
        run                   -         running    running    running    -          cancelling -         -         -      -
        finalize              -         finalizing finalizing finalizing -          cancelling -         -         -      -
        segment               -         leased     running    finalizing -          cancelling -         -         -      -
        complete              -         completed  completed  completed  -          completed  -         -         -      -
        duplicate             -         duplicate  duplicate  duplicate  -          duplicate  -         -         -      -
        fail                  -         retry_wait retry_wait retry_wait -          cancelled  -         -         -      -
        fail_last             -         dead       dead       dead       -          cancelled  -         -         -      -
        fail_for_good         -         dead       dead       dead       -          cancelled  -         -         -      -
        postpone              -         retry_wait retry_wait retry_wait -          cancelled  -         -         -      -
        postpone_last         -         retry_wait retry_wait retry_wait -          cancelled  -         -         -      -
        release               -         queued     queued     queued     -          cancelled  -         -         -      -
        expire                -         queued     queued     queued     -          cancelled  -         -         -      -
        expire_last           -         dead       dead       dead       -          cancelled  -         -         -      -
        sweep                 -         -          -          -          -          -          -         -         -      -
        sweep_lapsed          -         -          -          -          -          cancelled  -         -         -      -
        sweep_lapsed_last     -         dead       dead       dead       -          cancelled  -         -         -      -
        sweep_late            dead      -          -          -          dead       -          -         -         -      -
        sweep_late_lapsed     dead      dead       dead       dead       dead       cancelled  -         -         -      -
        cancel                cancelled cancelling cancelling cancelling cancelled  -          -         -         -      -
        cancel_lapsed         cancelled cancelled  cancelled  cancelled  cancelled  cancelled  -         -         -      -
        retry                 -         -          -          -          -          -          -         -         queued queued
        """;

    private static readonly string[][] Rows =
        [.. Table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    public static TheoryData<string> Commands => [.. Rows.Skip(1).Select(row => row[0])];

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_leads_where_the_table_says(string command)
    {
        string[] expected = Rows.First(row => row[0] == command)[1..];
        string[] reached = [.. Rows[0][1..].Select(state => Apply(command, JobStatuses.Parse(state)!.Value)?.After.Job.Status.WireName() ?? "-")];

        Assert.Equal(expected, reached);
    }

    [Fact]
    public void The_table_has_every_state() => Assert.Equal(Enum.GetValues<JobStatus>().Select(JobStatuses.WireName).Order(), Rows[0][1..].Order());

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_job_has_a_lease_while_it_is_held_and_an_end_when_it_is_over_and_a_key_no_longer_than_it_needs_it(string command)
    {
        foreach (JobStatus status in Enum.GetValues<JobStatus>())
        {
            if (Apply(command, status)?.After is { } after)
            {
                Assert.Equal(after.Job.Status.IsHeld(), after.Job.LeaseUntil is not null);
                Assert.Equal(after.Job.Status.IsOver(), after.Job.FinishedAt is not null);
                Assert.True(after.OwnedKey is null || after.Job.Status.IsHeld() || after.Job.Status == JobStatus.Completed);
            }
        }
    }

    [Theory]
    [InlineData(0)]    // the token before
    [InlineData(1)]    // the token of the next claim
    [InlineData(2)]    // another job's lease
    public void Nobody_changes_a_job_that_is_held_under_another_lease(int kind)
    {
        StoredJob job = In(JobStatus.Running);
        JobRecord held = job.Job with { Token = kind == 2 ? 7 : 6 + (2 * kind), Id = kind == 2 ? "other" : Id };
        JobLease lease = new(held, Lease);
        string[] ofHolders = ["run", "finalize", "segment", "complete", "duplicate", "fail", "fail_for_good", "postpone", "release"];

        Assert.All(ofHolders, command => Assert.Null(Apply(command, job, lease, Now)));
        Assert.All(ofHolders, command => Assert.Null(Apply(command, null, lease, Now)));
        Assert.Equal(ReasonCode.LeaseLost, Assert.Throws<PoseBatchException>(() => LeaseTransitions.ClaimResultKey(job, lease, Key, null, null, Now)).Reason);
    }

    private static JobChange? Apply(string command, JobStatus status)
    {
        bool isLast = command.EndsWith("_last", StringComparison.Ordinal);
        bool isLapsed = command.Contains("_lapsed", StringComparison.Ordinal);
        bool isLate = command.Contains("_late", StringComparison.Ordinal);
        StoredJob job = In(status, isLast && status.IsHeld() ? MaxAttempts : 1, status.IsHeld() || status == JobStatus.Completed ? Key : null);
        DateTimeOffset now = isLapsed ? Now + Lease : Now;
        job = job with { Job = job.Job with { Spec = job.Job.Spec with { Deadline = isLate ? now.AddSeconds(-1) : null } } };
        return Apply(command, job, LeaseOf(job), now);
    }

    private static JobChange? Apply(string command, StoredJob? job, JobLease lease, DateTimeOffset now) => command.Split('_')[0] switch
    {
        "claim" => JobTransitions.Claim(job!, new() { Worker = "w2", Lease = Lease }, now),
        "run" => LeaseTransitions.Advance(job, lease, JobStatus.Running, null, now),
        "finalize" => LeaseTransitions.Advance(job, lease, JobStatus.Finalizing, null, now),
        "segment" => LeaseTransitions.CommitSegment(job, lease, 0, "0:00 to 1:00", now),
        "complete" => LeaseTransitions.Complete(job, lease, "/r", false, null, null, now),
        "duplicate" => LeaseTransitions.Complete(job, lease, "/r", true, "other", null, now),
        "fail" => LeaseTransitions.Fail(job, lease, ReasonCode.DiskFull, "No space.", null, command == "fail_for_good" ? null : TimeSpan.FromSeconds(15), now),
        "postpone" => LeaseTransitions.Postpone(job, lease, ReasonCode.DiskFull, "No space.", null, TimeSpan.FromSeconds(15), now),
        "release" => LeaseTransitions.Release(job, lease, TimeSpan.Zero, "The service stops.", now),
        "expire" => JobTransitions.ExpireLease(job!, now),
        "sweep" => JobTransitions.Sweep(job!, now),
        "cancel" => JobTransitions.Cancel(job!, now),
        "retry" => JobTransitions.Retry(job!, now),
        _ => throw new ArgumentException(command, nameof(command)),
    };
}
