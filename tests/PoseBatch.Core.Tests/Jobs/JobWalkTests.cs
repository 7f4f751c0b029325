using static PoseBatch.Jobs.SomeJob;

namespace PoseBatch.Jobs;

/// <summary>Any commands in any order, late ones and those of workers that were replaced among them.</summary>
public class JobWalkTests
{
    private const int Walks = 2000;
    private const int Steps = 60;

    [Fact]
    public void No_order_of_commands_ends_a_job_twice_or_lets_a_stale_lease_write()
    {
        int ended = 0, refused = 0;
        for (int seed = 0; seed < Walks; seed++)
        {
            Walk walk = new(new Random(seed));
            for (int step = 0; step < Steps; step++)
            {
                walk.Step();
            }

            ended += walk.Ended;
            refused += walk.StaleCount;
        }

        Assert.True(ended > Walks && refused > Walks, $"Too little was tried: {ended} ends, {refused} stale commands.");
    }

    private sealed class Walk(Random random)
    {
        private readonly List<JobLease> _leases = [];
        private StoredJob _job = JobTransitions.Submit(new() { Spec = Spec with { Deadline = Now.AddMinutes(8) }, Origin = "cli" }, Id, Now).After;
        private DateTimeOffset _now = Now;

        public int Ended { get; private set; }

        public int StaleCount { get; private set; }

        public void Step()
        {
            _now += TimeSpan.FromSeconds(random.Next(4) switch { 0 => 61, 1 => 10, _ => 0 });
            bool isOver = _job.Job.Status.IsOver();
            switch (random.Next(_leases.Count == 0 ? 5 : 14))
            {
                case 0 or 1:
                    if (Take(JobTransitions.Claim(_job, new() { Worker = $"w{random.Next(3)}", Lease = Lease }, _now)))
                    {
                        Assert.False(isOver);
                        _leases.Add(new(_job.Job, Lease));
                    }

                    break;
                case 2:
                    Assert.False(Take(JobTransitions.Cancel(_job, _now)) && isOver);
                    break;
                case 3:
                    Assert.False(Take(JobTransitions.Sweep(_job, _now)) && isOver);
                    break;
                case 4 when random.Next(2) == 0:
                    Assert.False(Take(JobTransitions.ExpireLease(_job, _now)) && isOver);
                    break;
                case 4:
                    Assert.Equal(_job.Job.Status is JobStatus.Dead or JobStatus.Cancelled, Take(JobTransitions.Retry(_job, _now)));
                    break;
                default:
                    UnderLease(_leases[^(1 + random.Next(Math.Min(3, _leases.Count)))]);
                    break;
            }
        }

        private void UnderLease(JobLease lease)
        {
            bool isStale = lease.Token != _leases[^1].Token || !_job.Job.Status.IsHeld();
            StaleCount += isStale ? 1 : 0;
            TimeSpan wait = TimeSpan.FromSeconds(random.Next(2) * 30);
            JobChange? change = random.Next(7) switch
            {
                0 => LeaseTransitions.Advance(_job, lease, random.Next(2) == 0 ? JobStatus.Running : JobStatus.Finalizing, null, _now),
                1 => LeaseTransitions.CommitSegment(_job, lease, random.Next(9), "m", _now),
                2 => LeaseTransitions.Complete(_job, lease, "/r", random.Next(2) == 0, null, null, _now),
                3 => LeaseTransitions.Fail(_job, lease, ReasonCode.DiskFull, "m", null, random.Next(3) == 0 ? null : wait, _now),
                4 => LeaseTransitions.Postpone(_job, lease, ReasonCode.DiskFull, "m", null, wait, _now),
                5 => LeaseTransitions.Release(_job, lease, wait, "m", _now),
                _ => ClaimKey(lease),
            };
            Assert.Equal(!isStale, Take(change));
        }

        private JobChange? ClaimKey(JobLease lease)
        {
            try
            {
                return Assert.Single(LeaseTransitions.ClaimResultKey(_job, lease, Key, null, null, _now).Changes);
            }
            catch (PoseBatchException lost) when (lost.Reason == ReasonCode.LeaseLost)
            {
                return null;
            }
        }

        private bool Take(JobChange? change)
        {
            if (change is null)
            {
                return false;
            }

            JobRecord before = _job.Job, after = change.After.Job;
            int ends = change.Events.Count(entry => JobStatuses.Parse(entry.State)?.IsOver() == true);
            Assert.Equal(!before.Status.IsOver() && after.Status.IsOver() ? 1 : 0, ends);
            Assert.True(after.Token >= before.Token);
            Assert.InRange(after.Attempt, 0, MaxAttempts);
            Assert.Equal(after.Status.IsHeld(), after.LeaseUntil is not null);
            Assert.Equal(after.Status.IsOver(), after.FinishedAt is not null);
            Assert.True(change.After.OwnedKey is null || after.Status.IsHeld() || after.Status == JobStatus.Completed);
            Assert.All(change.Events, entry => Assert.Equal((0L, Id), (entry.Sequence, entry.JobId)));
            Ended += ends;
            _job = change.After;
            return true;
        }
    }
}
