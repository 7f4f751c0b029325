using PoseBatch.Jobs;

namespace PoseBatch.JobStores;

/// <summary>
/// The rules of a job store once more, as plainly as they can be written (one list, no time limits, no processes), and a
/// random walk that holds a real store to them: every answer and, after every step, every job must be the same.
/// </summary>
internal sealed class StoreModel(IJobStore store, StoreClock clock, Random random)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private readonly List<Entry> _jobs = [];
    private readonly List<JobLease> _leases = [];
    private readonly List<string> _walk = [];

    public async Task RunAsync(int steps)
    {
        try
        {
            for (int i = 0; i < steps; i++)
            {
                await StepAsync();
                await CompareAsync();
            }
        }
        catch (Xunit.Sdk.XunitException difference)
        {
            Assert.Fail($"{difference.Message}\nafter\n{string.Join("\n", _walk)}");
        }
    }

    private DateTimeOffset Now => clock.Now;

    private async Task StepAsync()
    {
        JobLease? lease = _leases.Count == 0 ? null : _leases[random.Next(_leases.Count)];
        string id = _jobs.Count == 0 ? "none" : _jobs[random.Next(_jobs.Count)].Id;
        switch (random.Next(lease is null ? 6 : 16))
        {
            case 0 or 1:
                await SubmitAsync();
                break;
            case 2 or 3:
                await ClaimAsync();
                break;
            case 4:
                double seconds = random.Next(3) switch { 0 => 0.5, 1 => 20, _ => 61 };
                _walk.Add($"{seconds} s pass");
                clock.Advance(seconds);
                break;
            case 5:
                await CancelOrRetryAsync(id);
                break;
            case 6 or 7:
                _walk.Add($"beat {Name(lease!)}");
                Assert.Equal(Hold(lease!, _ => { }), await store.HeartbeatAsync(lease!, null, default));
                break;
            case 8 or 9:
                JobStatus next = random.Next(2) == 0 ? JobStatus.Running : JobStatus.Finalizing;
                _walk.Add($"{next} {Name(lease!)}");
                Assert.Equal(
                    Hold(lease!, job => job.Status = job.Status == JobStatus.Cancelling ? JobStatus.Cancelling : next),
                    await store.AdvanceAsync(lease!, next, null, default));
                break;
            case 10 or 11:
                await TakeKeyAsync(lease!);
                break;
            case 12:
                _walk.Add($"complete {Name(lease!)}");
                Assert.Equal(Leave(lease!, job => End(job, JobStatus.Completed, null)), await store.CompleteAsync(lease!, "/r", false, null, null, default));
                break;
            case 13 when random.Next(3) > 0:
                await FailAsync(lease!);
                break;
            case 13:
                _walk.Add($"postpone {Name(lease!)}");
                Assert.Equal(
                    Leave(lease!, job =>
                    {
                        if (!EndIfCancelling(job))
                        {
                            Wait(job, JobStatus.RetryWait, Now.AddSeconds(30));
                            job.Attempt--;
                            job.Reason = ReasonCode.ProviderUnavailable;
                        }
                    }),
                    await store.PostponeAsync(lease!, ReasonCode.ProviderUnavailable, "m", null, TimeSpan.FromSeconds(30), default));
                break;
            case 14:
                TimeSpan after = TimeSpan.FromSeconds(random.Next(2) * 30);
                _walk.Add($"release {Name(lease!)} for {after}");
                Assert.Equal(
                    Leave(lease!, job =>
                    {
                        if (!EndIfCancelling(job))
                        {
                            Wait(job, JobStatus.Queued, after > TimeSpan.Zero ? Now + after : job.RunAt);
                            job.Attempt--;
                        }
                    }),
                    await store.ReleaseAsync(lease!, after, "m", default));
                break;
            default:
                string worker = $"w{random.Next(3)}";
                _walk.Add($"interrupt {worker}");
                Entry[] held = [.. _jobs.Where(job => job.Status.IsHeld() && job.Worker == worker)];
                foreach (Entry job in held)
                {
                    Interrupt(job);
                }

                Assert.Equal(held.Length, await store.ExpireLeasesAsync(worker, default));
                break;
        }
    }

    private async Task SubmitAsync()
    {
        string? key = random.Next(2) == 0 ? null : $"k{random.Next(6)}";
        Entry job = new()
        {
            Key = key,
            Priority = random.Next(3),
            IsGpu = random.Next(4) == 0,
            Seconds = random.Next(2) == 0 ? null : random.Next(100),
            MostAttempts = random.Next(1, 4),
            Deadline = random.Next(3) == 0 ? Now.AddSeconds(random.Next(100)) : null,
            RunAt = Now,
            Since = Now,
        };
        JobSpec spec = FilledJobs.Of("m", new JobSpec
        {
            Source = new JobSource { Path = "/v/a.mp4" },
            IdempotencyKey = key,
            Priority = job.Priority,
            RequiresGpu = job.IsGpu,
            Deadline = job.Deadline,
            Limits = new JobLimits { MaxAttempts = job.MostAttempts },
        });
        _walk.Add($"submit {key} priority {job.Priority} gpu {job.IsGpu} seconds {job.Seconds} attempts {job.MostAttempts} deadline {job.Deadline}");

        JobSubmission taken = await store.SubmitAsync(new NewJob { Spec = spec, Origin = "cli", DurationSeconds = job.Seconds }, default);

        Entry? known = key is null ? null : _jobs.Find(other => other.Key == key);
        Assert.Equal(known is null, taken.IsNew);
        if (known is null)
        {
            job.Id = taken.Job.Id;
            _jobs.Add(job);
        }
        else
        {
            Assert.Equal(known.Id, taken.Job.Id);
        }
    }

    private async Task ClaimAsync()
    {
        JobClaim claim = new()
        {
            Worker = $"w{random.Next(3)}",
            Lease = Lease,
            HasGpu = random.Next(2) == 0,
            MostSeconds = random.Next(3) == 0 ? 50 : null,
        };
        _walk.Add($"claim by {claim.Worker} gpu {claim.HasGpu} most {claim.MostSeconds}");
        JobLease? lease = await store.ClaimAsync(claim, default);

        foreach (Entry gone in _jobs.Where(job => IsExpired(job) && (job.Status == JobStatus.Cancelling || job.Attempt >= job.MostAttempts)))
        {
            Interrupt(gone);
        }

        foreach (Entry late in _jobs.Where(job => job.Deadline < Now && IsWaiting(job)))
        {
            End(late, JobStatus.Dead, ReasonCode.Cancelled);
        }

        Entry? next = _jobs
            .Where(job => IsWaiting(job) && (job.Status.IsHeld() || job.RunAt <= Now || job.RunAt <= job.Since || job.RunAt > Now + RetryWait.Longest) && (!job.IsGpu || claim.HasGpu)
                && !(job.Seconds > claim.MostSeconds))
            .OrderByDescending(job => job.Priority).ThenBy(job => job.Since).ThenBy(_jobs.IndexOf).FirstOrDefault();
        Assert.Equal(next?.Id, lease?.Id);
        if (next is not null)
        {
            next.OwnedKey = null;
            (next.Status, next.Worker, next.LeaseUntil) = (JobStatus.Leased, claim.Worker, Now + Lease);
            next.Attempt++;
            next.Token++;
            Assert.Equal((next.Attempt, next.Token), (lease!.Job.Attempt, lease.Token));
            _leases.Add(lease);
        }
    }

    private async Task TakeKeyAsync(JobLease lease)
    {
        string key = new((char)('0' + random.Next(3)), 64);
        string? insteadOf = random.Next(2) == 0 ? null : _jobs[random.Next(_jobs.Count)].Id;
        _walk.Add($"take key {key[0]} {Name(lease)} instead of {insteadOf}");
        Entry job = Of(lease);
        if (!IsHeldUnder(job, lease))
        {
            await Assert.ThrowsAsync<PoseBatchException>(() => store.ClaimResultKeyAsync(lease, key, insteadOf, default));
            return;
        }

        Entry? owner = _jobs.Find(other => other != job && other.OwnedKey == key);
        if (owner is not null && IsExpired(owner))
        {
            Interrupt(owner);
            owner = null;
        }
        else if (owner?.Id == insteadOf && owner?.Status == JobStatus.Completed)
        {
            owner.OwnedKey = null;
            owner = null;
        }

        job.OwnedKey = owner is null ? key : null;
        Assert.Equal(owner?.Id, (await store.ClaimResultKeyAsync(lease, key, insteadOf, default))?.Id);
    }

    private async Task FailAsync(JobLease lease)
    {
        TimeSpan? after = random.Next(3) == 0 ? null : TimeSpan.FromSeconds(random.Next(2) * 30);
        _walk.Add($"fail {Name(lease)} again after {after}");
        Assert.Equal(
            Leave(lease, job =>
            {
                if (EndIfCancelling(job))
                {
                    return;
                }

                if (after is null || job.Attempt >= job.MostAttempts)
                {
                    End(job, JobStatus.Dead, ReasonCode.DiskFull);
                }
                else
                {
                    Wait(job, JobStatus.RetryWait, Now + after.Value);
                    job.Reason = ReasonCode.DiskFull;
                }
            }),
            await store.FailAsync(lease, ReasonCode.DiskFull, "m", null, after, default));
    }

    private async Task CancelOrRetryAsync(string id)
    {
        Entry? job = _jobs.Find(job => job.Id == id);
        if (random.Next(2) == 0)
        {
            _walk.Add($"cancel {id}");
            if (job is not null && !job.Status.IsOver())
            {
                if (job.Status.IsHeld() && !IsExpired(job))
                {
                    job.Status = JobStatus.Cancelling;
                }
                else
                {
                    End(job, JobStatus.Cancelled, ReasonCode.Cancelled);
                }
            }

            Assert.Equal(job?.Status, (await store.CancelAsync(id, default))?.Status);
        }
        else
        {
            _walk.Add($"retry {id}");
            if (job is not null && job.Status is JobStatus.Dead or JobStatus.Cancelled)
            {
                Wait(job!, JobStatus.Queued, Now);
                (job!.Attempt, job.Since, job.Reason) = (0, Now, null);
                job.Deadline = job.Deadline <= Now ? null : job.Deadline;
            }

            Assert.Equal(job?.Status, (await store.RetryAsync(id, default))?.Status);
        }
    }

    private LeaseState Hold(JobLease lease, Action<Entry> change)
    {
        Entry job = Of(lease);
        if (!IsHeldUnder(job, lease))
        {
            return LeaseState.Lost;
        }

        change(job);
        job.LeaseUntil = Now + Lease;
        return job.Status == JobStatus.Cancelling ? LeaseState.Cancelling : LeaseState.Held;
    }

    private bool Leave(JobLease lease, Action<Entry> change)
    {
        Entry job = Of(lease);
        if (!IsHeldUnder(job, lease))
        {
            return false;
        }

        change(job);
        return true;
    }

    private void Interrupt(Entry job)
    {
        if (EndIfCancelling(job))
        {
            return;
        }

        if (job.Attempt >= job.MostAttempts)
        {
            End(job, JobStatus.Dead, ReasonCode.MaxAttempts);
        }
        else
        {
            Wait(job, JobStatus.Queued, job.RunAt);
            job.Reason = ReasonCode.LeaseLost;
        }
    }

    private static bool EndIfCancelling(Entry job)
    {
        if (job.Status == JobStatus.Cancelling)
        {
            End(job, JobStatus.Cancelled, ReasonCode.Cancelled);
            return true;
        }

        return false;
    }

    private static void End(Entry job, JobStatus status, ReasonCode? reason)
    {
        (job.Status, job.Reason, job.LeaseUntil) = (status, reason, null);
        job.OwnedKey = status == JobStatus.Completed ? job.OwnedKey : null;
    }

    private static void Wait(Entry job, JobStatus status, DateTimeOffset until) =>
        (job.Status, job.RunAt, job.LeaseUntil, job.OwnedKey) = (status, until, null, null);

    private bool IsExpired(Entry job) => job.LeaseUntil <= Now;

    private bool IsWaiting(Entry job) =>
        job.Status is JobStatus.Queued or JobStatus.RetryWait || (job.Status.IsHeld() && job.Status != JobStatus.Cancelling && IsExpired(job));

    private Entry Of(JobLease lease) => _jobs.Find(job => job.Id == lease.Id)!;

    private static bool IsHeldUnder(Entry job, JobLease lease) => job.Token == lease.Token && job.Status.IsHeld();

    private static string Name(JobLease lease) => $"{lease.Id} token {lease.Token}";

    private async Task CompareAsync()
    {
        IReadOnlyList<JobRecord> real = await store.ListAsync(new JobQuery { Most = 1000 }, default);
        Assert.Equal(_jobs.Select(job => job.Id).Reverse(), real.Select(job => job.Id));
        foreach (JobRecord job in real)
        {
            Entry model = _jobs.Find(entry => entry.Id == job.Id)!;
            DateTimeOffset? lease = job.LeaseUntil;
            Assert.Equal(
                (model.Id, model.Status, model.Attempt, model.Token, model.LeaseUntil, model.RunAt, model.Deadline, ReasonOf(model)),
                (job.Id, job.Status, job.Attempt, job.Token, lease, job.RunAt, job.Spec.Deadline, ReasonOf(job.Reason, job.Status)));
        }

        IReadOnlyDictionary<JobStatus, long> counts = await store.CountAsync(default);
        Assert.Equal(_jobs.GroupBy(job => job.Status).ToDictionary(group => group.Key, group => (long)group.Count()), counts);
        Assert.Equal(_jobs.Where(job => job.Status.IsHeld()).Select(job => job.Worker!).Distinct().Order(), await store.WorkersAsync(default));
    }

    // While an attempt runs the reason is that of the one before; the model keeps it for those that wait or are over only.
    private static ReasonCode? ReasonOf(Entry job) => ReasonOf(job.Reason, job.Status);

    private static ReasonCode? ReasonOf(ReasonCode? reason, JobStatus status) => status is JobStatus.Dead or JobStatus.Cancelled or JobStatus.RetryWait ? reason : null;

    private sealed class Entry
    {
        public string Id { get; set; } = "";

        public string? Key { get; init; }

        public int Priority { get; init; }

        public bool IsGpu { get; init; }

        public double? Seconds { get; init; }

        public int MostAttempts { get; init; }

        public DateTimeOffset? Deadline { get; set; }

        public JobStatus Status { get; set; }

        public int Attempt { get; set; }

        public long Token { get; set; }

        public string? Worker { get; set; }

        public DateTimeOffset? LeaseUntil { get; set; }

        public DateTimeOffset RunAt { get; set; }

        public DateTimeOffset Since { get; set; }

        public ReasonCode? Reason { get; set; }

        public string? OwnedKey { get; set; }
    }
}
