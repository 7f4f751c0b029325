using PoseBatch.Jobs;

namespace PoseBatch.JobStores;

/// <summary>What every store must do. A class per store says how it is opened; nothing here knows which one it is.</summary>
public abstract class JobStoreConformance : IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();
    private readonly List<IJobStore> _opened = [];

    protected StoreClock Clock { get; } = new();

    protected IJobStore Store { get; private set; } = null!;

    /// <summary>Which store, for <see cref="StoreProcess.Open"/>.</summary>
    protected abstract string Kind { get; }

    /// <summary>Where the store of this test lies: the same for every call within a test.</summary>
    protected abstract string Place(TemporaryFolder folder);

    /// <summary>Fails when the store is damaged.</summary>
    protected abstract void Check(string place);

    public ValueTask InitializeAsync()
    {
        Store = OpenAnother();
        return ValueTask.CompletedTask;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (IJobStore store in _opened)
        {
            await store.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>The same store once more, as another process has it.</summary>
    protected IJobStore OpenAnother(TimeProvider? clock = null)
    {
        IJobStore store = StoreProcess.Open(Kind, Place(_folder), clock ?? Clock);
        _opened.Add(store);
        return store;
    }

    // --- submit ------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_job_comes_back_as_it_went_in()
    {
        JobSpec spec = FilledJobs.Of("movenet-lightning", detector: "yolox", spec: new JobSpec
        {
            Source = new JobSource { Path = "/videos/تجربة 'a' %.mp4", Sha256 = new string('a', 64), Size = 123, Stream = 2 },
            IdempotencyKey = "once",
            Group = "study-7",
            Labels = new Dictionary<string, string> { ["subject"] = "p03" },
            Deadline = Clock.Now.AddDays(1),
            NotifyUrl = new Uri("https://example.org/done?x=1"),
            Frames = new JobFrames { StartSeconds = 0.1, EndSeconds = 1.5, MaxFrames = 7 },
            Output = new JobOutput { Path = "a/b", Exports = ["dlc-csv"] },
        });

        JobSubmission taken = await Store.SubmitAsync(new NewJob { Spec = spec, Origin = "api" }, default);
        JobRecord? found = await OpenAnother().FindAsync(taken.Job.Id, default);

        Assert.True(taken.IsNew);
        Assert.True(Ulid.IsUlid(taken.Job.Id));
        Assert.NotNull(found);
        Assert.Equal(JobStatus.Queued, found.Status);
        Assert.Equal("api", found.Origin);
        Assert.Equal((0, 0L), (found.Attempt, found.Token));
        Assert.Equal(Clock.Now, found.SubmittedAt);
        Assert.Equal(Clock.Now, found.RunAt);
        Assert.Null(found.Worker);
        Assert.Null(found.LeaseUntil);
        Assert.Null(found.StartedAt);
        Assert.Null(found.FinishedAt);
        Assert.Equivalent(spec with { JobId = taken.Job.Id }, found.Spec, strict: true);
        Assert.Equivalent(found, taken.Job, strict: true);
    }

    [Fact]
    public async Task The_same_id_or_key_again_is_the_first_job()
    {
        string id = new Ulid(Clock).Next();
        JobRecord first = await Submit("a.mp4", spec => spec with { JobId = id, IdempotencyKey = "k" });

        JobSubmission sameId = await Store.SubmitAsync(Job("b.mp4", spec => spec with { JobId = id }), default);
        JobSubmission sameKey = await Store.SubmitAsync(Job("c.mp4", spec => spec with { IdempotencyKey = "k" }), default);

        Assert.False(sameId.IsNew);
        Assert.False(sameKey.IsNew);
        Assert.Equal([first.Id, first.Id], [sameId.Job.Id, sameKey.Job.Id]);
        Assert.EndsWith("a.mp4", sameKey.Job.Spec.Source.Path, StringComparison.Ordinal);
        Assert.Equal(1, (await Store.CountAsync(default)).Values.Sum());
        Assert.Equal(["submitted", "queued"], await States(first.Id));
    }

    [Fact]
    public async Task A_hundred_submissions_of_one_key_at_once_are_one_job()
    {
        IJobStore other = OpenAnother();
        JobSubmission[] taken = await Task.WhenAll(Enumerable.Range(0, 100).Select(i =>
            Task.Run(() => (i % 2 == 0 ? Store : other).SubmitAsync(Job($"{i}.mp4", spec => spec with { IdempotencyKey = "one" }), default))));

        Assert.Single(taken, submission => submission.IsNew);
        Assert.Single(taken.Select(submission => submission.Job.Id).Distinct());
        Assert.Single(await Store.ListAsync(new JobQuery(), default));
    }

    [Fact]
    public async Task A_refused_job_is_kept_as_dead_with_its_reason()
    {
        JobSubmission taken = await Store.SubmitAsync(
            Job("a.mp4") with { Refusal = new JobRefusal(ReasonCode.SourceUnsettled, "Its index is missing.", "Copy it again.") }, default);

        JobRecord job = await Find(taken.Job.Id);
        Assert.Equal(JobStatus.Dead, job.Status);
        Assert.Equal((ReasonCode.SourceUnsettled, "Its index is missing.", "Copy it again."), (job.Reason, job.Message, job.Advice));
        Assert.Equal(Clock.Now, job.FinishedAt);
        Assert.Null(await Claim());
        Assert.Equal(["submitted", "dead"], await States(job.Id));
    }

    [Fact]
    public async Task The_time_a_file_was_watched_is_part_of_the_history()
    {
        DateTimeOffset since = Clock.Now.AddMinutes(-5);
        JobSubmission taken = await Store.SubmitAsync(Job("a.mp4") with { Origin = "folder", SettlingSince = since }, default);

        IReadOnlyList<JobEvent> events = await Store.EventsAsync(taken.Job.Id, 0, 10, default);
        Assert.Equal([("submitted", since), ("settling", since), ("queued", Clock.Now)], events.Select(entry => (entry.State, entry.Time)));
    }

    [Fact]
    public async Task Keys_are_found_by_their_beginning()
    {
        foreach (string key in new[] { "folder:/a/1", "folder:/a/2", "folder:/b", "folder;", "folder", "FOLDER:/a/3", "folder:/a%", "folder:/a/\U0010FFFF!" })
        {
            await Submit("a.mp4", spec => spec with { IdempotencyKey = key });
        }

        await Submit("without.mp4");

        Assert.Equal(["folder:/a/1", "folder:/a/2", "folder:/a/\U0010FFFF!"], await Store.KeysAsync("folder:/a/", default));
        Assert.Equal(8, (await Store.KeysAsync("", default)).Count);
        Assert.Empty(await Store.KeysAsync("none", default));
    }

    // --- claim -------------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_highest_priority_goes_first_then_the_longest_waiting()
    {
        JobRecord low = await Submit("low.mp4", spec => spec with { Priority = 1 });
        JobRecord first = await Submit("first.mp4");
        JobRecord second = await Submit("second.mp4");   // at the same moment: order of submission
        Clock.Advance(1);
        JobRecord third = await Submit("third.mp4");
        JobRecord high = await Submit("high.mp4", spec => spec with { Priority = 9 });

        List<string> order = [];
        while (await Claim() is { } lease)
        {
            order.Add(lease.Id);
        }

        Assert.Equal([high.Id, first.Id, second.Id, third.Id, low.Id], order);
    }

    [Fact]
    public async Task A_claim_begins_an_attempt_under_a_new_token()
    {
        JobRecord job = await Submit("a.mp4");
        Clock.Advance(5);

        JobLease lease = (await Claim("w1"))!;

        Assert.Equal(Lease, lease.Duration);
        Assert.Equal((JobStatus.Leased, 1, 1L, "w1"), (lease.Job.Status, lease.Job.Attempt, lease.Job.Token, lease.Job.Worker));
        Assert.Equal(Clock.Now + Lease, lease.Job.LeaseUntil);
        Assert.Equal(Clock.Now, lease.Job.StartedAt);
        Assert.Equivalent(lease.Job, await Find(job.Id), strict: true);
        Assert.Null(await Claim("w2"));
        Assert.Equal(["w1"], await Store.WorkersAsync(default));
    }

    [Fact]
    public async Task A_job_for_a_gpu_waits_for_a_worker_that_has_one()
    {
        JobRecord gpu = await Submit("gpu.mp4", spec => spec with { RequiresGpu = true, Priority = 9 });
        JobRecord any = await Submit("any.mp4");

        Assert.Equal(any.Id, (await Claim())!.Id);
        Assert.Null(await Claim());
        Assert.Equal(gpu.Id, (await Store.ClaimAsync(Wants("w") with { HasGpu = true }, default))!.Id);
    }

    [Fact]
    public async Task A_place_for_short_videos_takes_none_that_is_known_to_be_longer()
    {
        await Store.SubmitAsync(Job("long.mp4") with { DurationSeconds = 60.1 }, default);
        JobRecord unknown = await Submit("unknown.mp4");
        JobSubmission brief = await Store.SubmitAsync(Job("short.mp4") with { DurationSeconds = 60 }, default);
        JobClaim claim = Wants("w") with { MostSeconds = 60 };

        JobLease lease = (await Store.ClaimAsync(claim, default))!;
        Assert.Equal(unknown.Id, lease.Id);
        Assert.True(await Store.SetDurationAsync(lease, double.PositiveInfinity, default));
        Assert.True(await Store.ReleaseAsync(lease, TimeSpan.Zero, "too long", default));
        Assert.False(await Store.SetDurationAsync(lease, 1, default), "The lease was given back.");
        Assert.Equal(brief.Job.Id, (await Store.ClaimAsync(claim, default))!.Id);
        Assert.Null(await Store.ClaimAsync(claim, default));
    }

    [Fact]
    public async Task A_job_in_hand_is_not_given_out_again_when_its_lease_has_run_out_and_the_next_beat_renews_it()
    {
        await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        Clock.Advance(2 * Lease.TotalSeconds);

        Assert.Null(await Store.ClaimAsync(Wants("w") with { HeldJobs = [lease.Id] }, default));
        Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(lease, null, default));
        Assert.Null(await Store.ClaimAsync(Wants("other"), default));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_keeps_no_waiting_job_from_its_worker()
    {
        JobRecord fresh = await Submit("a.mp4");
        JobRecord handedOver = await Submit("b.mp4");
        await Store.ReleaseAsync((await Store.ClaimAsync(Wants("w") with { JobId = handedOver.Id }, default))!, TimeSpan.Zero, "the service stops", default);
        Clock.Advance(-5 * 3600);

        Assert.Equal(fresh.Id, (await Claim())!.Id);
        Assert.Equal(handedOver.Id, (await Claim())!.Id);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_nobody_wait_for_longer_than_the_longest_wait()
    {
        const double Wait = 15;
        JobRecord failed = await Submit("failed.mp4"), postponed = await Submit("postponed.mp4"), released = await Submit("released.mp4");
        await Store.FailAsync((await Claim())!, ReasonCode.Internal, "m", null, TimeSpan.FromSeconds(Wait), default);
        await Store.PostponeAsync((await Claim())!, ReasonCode.DiskFull, "m", null, TimeSpan.FromSeconds(Wait), default);
        await Store.ReleaseAsync((await Claim())!, TimeSpan.FromSeconds(Wait), "m", default);

        Clock.Advance(Wait - RetryWait.Longest.TotalSeconds);   // now the time of each is just as far away as can be
        Assert.Null(await Claim());
        Clock.Advance(-0.001);

        Assert.Equal([failed.Id, postponed.Id, released.Id], [(await Claim())!.Id, (await Claim())!.Id, (await Claim())!.Id]);
    }

    [Fact]
    public async Task A_wait_longer_than_any_is_refused()
    {
        await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        TimeSpan longer = RetryWait.Longest + TimeSpan.FromMilliseconds(1);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.FailAsync(lease, ReasonCode.Internal, "m", null, longer, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.PostponeAsync(lease, ReasonCode.DiskFull, "m", null, longer, default));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Store.ReleaseAsync(lease, longer, "m", default));

        Assert.True(await Store.ReleaseAsync(lease, RetryWait.Longest, "m", default));
    }

    // --- notices -----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Whoever_is_to_be_told_of_a_job_is_told_however_it_ends()
    {
        static JobSpec Told(JobSpec spec) => spec with { NotifyUrl = new Uri("http://localhost/told") };
        JobRecord completed = await Submit("completed.mp4", Told);
        await Store.CompleteAsync((await Claim())!, "/r", false, null, null, default);
        JobRecord dead = await Submit("dead.mp4", Told);
        await Store.FailAsync((await Claim())!, ReasonCode.NotVideo, "m", null, null, default);
        JobRecord cancelled = await Submit("cancelled.mp4", Told);
        await Store.CancelAsync(cancelled.Id, default);
        JobRecord late = await Submit("late.mp4", spec => Told(spec) with { Deadline = Clock.GetUtcNow() - Lease });
        Assert.Null(await Claim());
        JobRecord refused = (await Store.SubmitAsync(
            Job("refused.mp4") with { Spec = Told(Job("refused.mp4").Spec), Refusal = new JobRefusal(ReasonCode.NotVideo, "m", null) }, default)).Job;
        await Submit("waits.mp4", Told);
        JobRecord quiet = await Submit("quiet.mp4");
        await Store.CancelAsync(quiet.Id, default);

        List<string> told = [];
        while (await Store.ClaimNoticeAsync(Lease, default) is { } notice)
        {
            Assert.True(notice.Job.Status.IsOver());
            told.Add(notice.Job.Id);
        }

        Assert.Equal(new[] { completed.Id, dead.Id, cancelled.Id, late.Id, refused.Id }.Order(), told.Order());
    }

    [Fact]
    public async Task A_notice_is_given_out_again_until_it_is_settled_and_is_gone_when_its_job_begins_again()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { NotifyUrl = new Uri("http://localhost/told") });
        await Store.CancelAsync(job.Id, default);
        JobNotice first = (await Store.ClaimNoticeAsync(Lease, default))!;
        Assert.Equal(0, first.Tries);
        Assert.Null(await OpenAnother().ClaimNoticeAsync(Lease, default));
        Clock.Advance(Lease.TotalSeconds);
        JobNotice second = (await OpenAnother().ClaimNoticeAsync(Lease, default))!;
        Assert.Equal((first.Id, 1), (second.Id, second.Tries));
        await Store.AcknowledgeNoticeAsync(second, Lease * 3, default);
        Clock.Advance(2 * Lease.TotalSeconds);
        Assert.Null(await Store.ClaimNoticeAsync(Lease, default));

        await Store.RetryAsync(job.Id, default);
        Clock.Advance(2 * Lease.TotalSeconds);
        Assert.Null(await Store.ClaimNoticeAsync(Lease, default));
        await Store.CancelAsync(job.Id, default);
        JobNotice third = (await Store.ClaimNoticeAsync(Lease, default))!;
        await Store.AcknowledgeNoticeAsync(second, null, default);   // of an end that was taken back
        Clock.Advance(Lease.TotalSeconds);
        Assert.Equal(third.Id, (await Store.ClaimNoticeAsync(Lease, default))!.Id);
        await Store.AcknowledgeNoticeAsync(third, null, default);
        Clock.Advance(10 * Lease.TotalSeconds);
        Assert.Null(await Store.ClaimNoticeAsync(Lease, default));
    }

    [Fact]
    public async Task One_job_may_be_asked_for_by_its_id()
    {
        await Submit("first.mp4");
        JobRecord second = await Submit("second.mp4");

        Assert.Equal(second.Id, (await Store.ClaimAsync(Wants("w") with { JobId = second.Id }, default))!.Id);
        Assert.Null(await Store.ClaimAsync(Wants("w") with { JobId = second.Id }, default));
    }

    [Fact]
    public async Task A_job_is_under_suspicion_until_it_is_past_the_place_where_its_worker_was_lost()
    {
        JobRecord job = await Submit("a.mp4");
        Assert.NotNull(await Claim());
        await Store.ExpireLeasesAsync("w", default);
        JobLease again = (await Claim())!;
        Assert.Equal(ReasonCode.LeaseLost, again.Job.Reason);

        await Store.CommitSegmentAsync(again, 0, "safe", default);

        Assert.Null((await Store.FindAsync(job.Id, default))!.Reason);
    }

    [Fact]
    public async Task Many_workers_claim_every_job_once()
    {
        IJobStore other = OpenAnother();
        HashSet<string> ids = [];
        for (int i = 0; i < 60; i++)
        {
            ids.Add((await Submit($"{i}.mp4")).Id);
        }

        List<string>[] claimed = await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(async () =>
        {
            IJobStore mine = worker % 2 == 0 ? Store : other;
            List<string> got = [];
            while (await mine.ClaimAsync(Wants($"w{worker}"), default) is { } lease)
            {
                got.Add(lease.Id);
                Assert.True(await mine.CompleteAsync(lease, "/r", false, null, null, default));
            }

            return got;
        })));

        Assert.Equal(60, claimed.Sum(list => list.Count));
        Assert.Equal(ids, claimed.SelectMany(list => list).ToHashSet());
        Assert.Equal(60, (await Store.CountAsync(default))[JobStatus.Completed]);
    }

    // --- leases and fencing ------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_job_whose_lease_ran_out_is_taken_over_and_the_old_worker_can_do_nothing()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease old = (await Claim("w1"))!;
        await Store.AdvanceAsync(old, JobStatus.Running, null, default);
        Clock.Advance(59.999);
        Assert.Null(await Claim("w2"));

        Clock.Advance(0.001);
        JobLease taken = (await Claim("w2"))!;

        Assert.Equal((job.Id, 2, 2L, "w2"), (taken.Id, taken.Job.Attempt, taken.Token, taken.Job.Worker));
        Assert.Equal(ReasonCode.LeaseLost, taken.Job.Reason);
        await AssertLost(old);
        Assert.Equivalent(taken.Job, await Find(job.Id), strict: true);
        Assert.Equal(["submitted", "queued", "leased", "running", "interrupted", "leased"], await States(job.Id));
        Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(taken, null, default));
    }

    [Fact]
    public async Task A_beat_renews_the_lease_and_tells_how_far_it_is()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        JobProgress progress = new()
        {
            Frames = 120,
            AnnouncedFrames = 600,
            Seconds = 4.8,
            DurationSeconds = 24,
            FramesPerSecond = 61.5,
            Persons = 80,
            LimitedBy = "infer",
            Segments = 2,
            Runs = "movenet on cpu",
        };
        for (int i = 0; i < 5; i++)
        {
            Clock.Advance(50);
            Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(lease, i == 3 ? progress : null, default));
            Assert.Null(await Claim("w2"));
        }

        JobRecord found = await Find(job.Id);
        Assert.Equal(Clock.Now + Lease, found.LeaseUntil);
        Assert.Equal(progress, found.Progress);
    }

    [Fact]
    public async Task A_late_beat_keeps_a_job_that_nobody_took()
    {
        await Submit("a.mp4");
        JobLease lease = (await Claim("w1"))!;
        Clock.Advance(600);

        Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(lease, null, default));
        Assert.Null(await Claim("w2"));
    }

    [Fact]
    public async Task A_job_that_lets_every_worker_vanish_is_set_aside_with_what_is_known()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 2 } });
        Assert.Equal(1, (await Claim("w1"))!.Job.Attempt);
        Clock.Advance(60);
        JobLease second = (await Claim("w2"))!;
        await Store.AdvanceAsync(second, JobStatus.Running, null, default);
        await Store.HeartbeatAsync(second, new JobProgress { Frames = 1234 }, default);
        Clock.Advance(60);

        Assert.Null(await Claim("w3"));

        JobRecord dead = await Find(job.Id);
        Assert.Equal((JobStatus.Dead, ReasonCode.MaxAttempts), (dead.Status, dead.Reason));
        Assert.Contains("Attempt 2 of 2", dead.Message, StringComparison.Ordinal);
        Assert.Contains("w2", dead.Message, StringComparison.Ordinal);
        Assert.Contains("1,234 frames", dead.Message, StringComparison.Ordinal);
        Assert.Contains("running", dead.Message, StringComparison.Ordinal);
        Assert.NotNull(dead.Advice);
        await AssertLost(second);
    }

    [Fact]
    public async Task The_leases_of_a_worker_that_is_gone_end_at_once_and_its_attempts_count()
    {
        JobRecord a = await Submit("a.mp4");
        JobRecord b = await Submit("b.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 1 } });
        JobRecord c = await Submit("c.mp4");
        JobLease[] leases = [(await Claim("gone"))!, (await Claim("gone"))!, (await Claim("alive"))!];

        Assert.Equal(2, await Store.ExpireLeasesAsync("gone", default));

        Assert.Equal((JobStatus.Queued, 1), ((await Find(a.Id)).Status, (await Find(a.Id)).Attempt));
        Assert.Equal((JobStatus.Dead, ReasonCode.MaxAttempts), ((await Find(b.Id)).Status, (await Find(b.Id)).Reason));
        Assert.Equal(JobStatus.Leased, (await Find(c.Id)).Status);
        await AssertLost(leases[0]);
        await AssertLost(leases[1]);
        Assert.Equal(["alive"], await Store.WorkersAsync(default));
        Assert.Equal(0, await Store.ExpireLeasesAsync("gone", default));
        Assert.Equal(2, (await Claim("next"))!.Job.Attempt);
    }

    // --- the way of an attempt ---------------------------------------------------------------------------------------

    [Fact]
    public async Task An_attempt_that_goes_well_leaves_its_whole_history()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim("w1"))!;
        Assert.Equal(LeaseState.Held, await Store.AdvanceAsync(lease, JobStatus.Running, "movenet on cpu", default));
        Assert.Equal(LeaseState.Held, await Store.CommitSegmentAsync(lease, 0, "0:00 to 1:00", default));
        Assert.Equal(LeaseState.Held, await Store.CommitSegmentAsync(lease, 1, "1:00 to 2:00", default));
        Assert.Equal(2, (await Find(job.Id)).Progress!.Segments);
        Assert.Equal(LeaseState.Held, await Store.AdvanceAsync(lease, JobStatus.Finalizing, null, default));
        Clock.Advance(7);

        Assert.True(await Store.CompleteAsync(lease, "/results/a.0123", false, null, "all well", default));

        JobRecord done = await Find(job.Id);
        Assert.Equal((JobStatus.Completed, "/results/a.0123"), (done.Status, done.ResultPath));
        Assert.Equal(Clock.Now, done.FinishedAt);
        Assert.Null(done.LeaseUntil);
        Assert.Null(done.Reason);
        Assert.Null(done.DuplicateOf);
        Assert.Equal(["submitted", "queued", "leased", "running", "segment", "segment", "finalizing", "completed"], await States(job.Id));
        await AssertLost(lease);
        Assert.Empty(await Store.WorkersAsync(default));
    }

    [Fact]
    public async Task A_held_job_moves_to_running_or_finalizing_only()
    {
        await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        await Assert.ThrowsAsync<ArgumentException>(() => Store.AdvanceAsync(lease, JobStatus.Completed, null, default));
    }

    [Fact]
    public async Task A_failed_attempt_waits_before_it_is_tried_again()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim())!;

        Assert.True(await Store.FailAsync(lease, ReasonCode.DiskFull, "No space.", "Free some.", TimeSpan.FromSeconds(15), default));

        JobRecord waiting = await Find(job.Id);
        Assert.Equal((JobStatus.RetryWait, ReasonCode.DiskFull, "No space.", "Free some."), (waiting.Status, waiting.Reason, waiting.Message, waiting.Advice));
        Assert.Equal(Clock.Now.AddSeconds(15), waiting.RunAt);
        Assert.Null(waiting.FinishedAt);
        await AssertLost(lease);
        Clock.Advance(14.999);
        Assert.Null(await Claim());
        Clock.Advance(0.001);
        Assert.Equal(2, (await Claim())!.Job.Attempt);
        Assert.Equal(["submitted", "queued", "leased", "failed_attempt", "retry_wait", "leased"], await States(job.Id));
    }

    [Fact]
    public async Task A_job_that_fails_as_often_as_it_may_is_dead_for_its_last_reason()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 2 } });
        await Store.FailAsync((await Claim())!, ReasonCode.Stalled, "No frame.", null, TimeSpan.Zero, default);
        await Store.FailAsync((await Claim())!, ReasonCode.DiskFull, "No space.", "Free some.", TimeSpan.Zero, default);

        JobRecord dead = await Find(job.Id);
        Assert.Equal((JobStatus.Dead, ReasonCode.DiskFull, "Free some."), (dead.Status, dead.Reason, dead.Advice));
        Assert.StartsWith("No space.", dead.Message, StringComparison.Ordinal);
        Assert.Contains("2 of 2", dead.Message, StringComparison.Ordinal);
        Assert.Null(await Claim());
    }

    [Fact]
    public async Task A_failure_without_a_second_chance_is_final_at_once()
    {
        JobRecord job = await Submit("a.mp4");
        await Store.FailAsync((await Claim())!, ReasonCode.NotVideo, "It is text.", null, null, default);

        JobRecord dead = await Find(job.Id);
        Assert.Equal((JobStatus.Dead, ReasonCode.NotVideo, "It is text."), (dead.Status, dead.Reason, dead.Message));
        Assert.Equal(Clock.Now, dead.FinishedAt);
    }

    [Fact]
    public async Task A_job_that_is_given_back_keeps_its_attempts_and_its_place()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 1 } });
        await Submit("b.mp4");
        JobLease lease = (await Claim("w1"))!;

        Assert.True(await Store.ReleaseAsync(lease, TimeSpan.Zero, "The service is stopping.", default));

        JobRecord back = await Find(job.Id);
        Assert.Equal((JobStatus.Queued, 0, 1L), (back.Status, back.Attempt, back.Token));
        Assert.Null(back.LeaseUntil);
        await AssertLost(lease);
        JobLease again = (await Claim("w2"))!;
        Assert.Equal((job.Id, 1, 2L), (again.Id, again.Job.Attempt, again.Token));
        Assert.True(await Store.ReleaseAsync(again, TimeSpan.FromSeconds(10), "Waits for another job.", default));
        Assert.NotEqual(job.Id, (await Claim())!.Id);
        Assert.Null(await Claim());
        Clock.Advance(10);
        Assert.Equal(job.Id, (await Claim())!.Id);
        Assert.Contains("The service is stopping.", (await Store.EventsAsync(job.Id, 0, 100, default)).Select(entry => entry.Message));
    }

    [Fact]
    public async Task A_postponed_job_keeps_its_reason_and_all_its_attempts()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Limits = new() { MaxAttempts = 1 } });
        for (int round = 0; round < 3; round++)
        {
            JobLease lease = (await Claim())!;
            Assert.Equal(1, lease.Job.Attempt);
            Assert.True(await Store.PostponeAsync(lease, ReasonCode.DiskFull, "No space.", "Free some.", TimeSpan.FromSeconds(10), default));

            JobRecord waiting = await Find(job.Id);
            Assert.Equal((JobStatus.RetryWait, ReasonCode.DiskFull, "No space.", "Free some.", 0),
                (waiting.Status, waiting.Reason, waiting.Message, waiting.Advice, waiting.Attempt));
            Assert.Equal(Clock.Now.AddSeconds(10), waiting.RunAt);
            Assert.False(await Store.PostponeAsync(lease, ReasonCode.DiskFull, "No space.", null, TimeSpan.Zero, default));
            Assert.Null(await Claim());
            Clock.Advance(10);
        }

        Assert.NotNull(await Claim());
    }

    [Fact]
    public async Task A_job_past_its_deadline_is_not_begun()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Deadline = Clock.Now.AddSeconds(10) });
        JobRecord begun = await Submit("b.mp4", spec => spec with { Deadline = Clock.Now.AddSeconds(10), Priority = 9 });
        JobLease lease = (await Claim())!;
        Assert.Equal(begun.Id, lease.Id);
        Clock.Advance(10.001);

        Assert.Null(await Claim());

        JobRecord dead = await Find(job.Id);
        Assert.Equal((JobStatus.Dead, ReasonCode.Cancelled), (dead.Status, dead.Reason));
        Assert.Contains("deadline", dead.Message, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Leased, (await Find(begun.Id)).Status);
        Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(lease, null, default));

        JobRecord retried = (await Store.RetryAsync(job.Id, default))!;
        Assert.Null(retried.Spec.Deadline);
        Assert.Equal(job.Id, (await Claim())!.Id);
    }

    // --- cancel and retry --------------------------------------------------------------------------------------------

    [Fact]
    public async Task A_waiting_job_is_cancelled_at_once()
    {
        JobRecord job = await Submit("a.mp4");
        JobRecord cancelled = (await Store.CancelAsync(job.Id, default))!;

        Assert.Equal((JobStatus.Cancelled, ReasonCode.Cancelled), (cancelled.Status, cancelled.Reason));
        Assert.Equal(Clock.Now, cancelled.FinishedAt);
        Assert.Equivalent(cancelled, await Find(job.Id), strict: true);
        Assert.Null(await Claim());
        Assert.Equivalent(cancelled, await Store.CancelAsync(job.Id, default), strict: true);
        Assert.Equal(["submitted", "queued", "cancelled"], await States(job.Id));
        Assert.Null(await Store.CancelAsync(new Ulid(Clock).Next(), default));
    }

    [Fact]
    public async Task A_held_job_is_cancelled_through_its_worker()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim())!;

        Assert.Equal(JobStatus.Cancelling, (await Store.CancelAsync(job.Id, default))!.Status);
        Assert.Equal(LeaseState.Cancelling, await Store.HeartbeatAsync(lease, null, default));
        Assert.Equal(LeaseState.Cancelling, await Store.AdvanceAsync(lease, JobStatus.Running, null, default));
        Assert.Equal(LeaseState.Cancelling, await Store.CommitSegmentAsync(lease, 0, "late", default));
        Assert.True(await Store.FailAsync(lease, ReasonCode.Cancelled, "Stopped.", null, null, default));

        Assert.Equal((JobStatus.Cancelled, ReasonCode.Cancelled), ((await Find(job.Id)).Status, (await Find(job.Id)).Reason));
        Assert.Equal(["submitted", "queued", "leased", "cancelling", "segment", "cancelled"], await States(job.Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancelled_job_ends_when_its_worker_is_gone(bool isCancelledFirst)
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        if (isCancelledFirst)
        {
            await Store.CancelAsync(job.Id, default);
            Clock.Advance(60);
            Assert.Null(await Claim("w2"));
        }
        else
        {
            Clock.Advance(60);
            await Store.CancelAsync(job.Id, default);
        }

        Assert.Equal(JobStatus.Cancelled, (await Find(job.Id)).Status);
        await AssertLost(lease);
    }

    [Fact]
    public async Task A_cancelled_job_that_is_given_back_or_interrupted_is_over()
    {
        JobRecord a = await Submit("a.mp4");
        JobRecord b = await Submit("b.mp4");
        JobLease lease = (await Claim("w1"))!;
        await Claim("w2");
        await Store.CancelAsync(a.Id, default);
        await Store.CancelAsync(b.Id, default);

        Assert.True(await Store.ReleaseAsync(lease, TimeSpan.Zero, "stopping", default));
        Assert.Equal(1, await Store.ExpireLeasesAsync("w2", default));

        Assert.Equal(2, (await Store.CountAsync(default))[JobStatus.Cancelled]);
        Assert.Null(await Claim());
    }

    [Fact]
    public async Task A_result_that_was_complete_before_the_cancel_arrived_stays_complete()
    {
        JobRecord job = await Submit("a.mp4");
        JobLease lease = (await Claim())!;
        await Store.CancelAsync(job.Id, default);

        Assert.True(await Store.CompleteAsync(lease, "/r", false, null, null, default));
        Assert.Equal(JobStatus.Completed, (await Find(job.Id)).Status);
    }

    [Fact]
    public async Task Only_what_ended_without_a_result_is_tried_again_and_with_fresh_attempts()
    {
        JobRecord dead = await Submit("dead.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 1 } });
        await Store.FailAsync((await Claim())!, ReasonCode.Internal, "Broken.", "Report it.", TimeSpan.Zero, default);
        JobRecord done = await Submit("done.mp4");
        await Store.CompleteAsync((await Claim())!, "/r", false, null, null, default);
        JobRecord waiting = await Submit("waiting.mp4");
        Clock.Advance(100);

        JobRecord retried = (await Store.RetryAsync(dead.Id, default))!;

        Assert.Equal((JobStatus.Queued, 0, 1L), (retried.Status, retried.Attempt, retried.Token));
        Assert.Null(retried.Reason);
        Assert.Null(retried.Message);
        Assert.Null(retried.Advice);
        Assert.Null(retried.FinishedAt);
        Assert.Equivalent(retried, await Find(dead.Id), strict: true);
        Assert.Equal(JobStatus.Completed, (await Store.RetryAsync(done.Id, default))!.Status);
        Assert.Equal(JobStatus.Queued, (await Store.RetryAsync(waiting.Id, default))!.Status);
        Assert.Null(await Store.RetryAsync(new Ulid(Clock).Next(), default));
        Assert.Equal(waiting.Id, (await Claim())!.Id);   // who asks again stands at the end
        Assert.Equal((dead.Id, 1, 2L), await Claim() is { } lease ? (lease.Id, lease.Job.Attempt, lease.Token) : default);
    }

    // --- result keys -------------------------------------------------------------------------------------------------

    [Fact]
    public async Task The_second_job_with_a_key_learns_who_has_it()
    {
        JobLease a = await SubmitAndClaim("a.mp4");
        JobLease b = await SubmitAndClaim("b.mp4");

        Assert.Null(await Store.ClaimResultKeyAsync(a, Key('1'), default));
        Assert.Null(await Store.ClaimResultKeyAsync(a, Key('1'), default));
        Assert.Equal(a.Id, (await Store.ClaimResultKeyAsync(b, Key('1'), default))!.Id);
        Assert.Null(await Store.ClaimResultKeyAsync(b, Key('2'), default));

        Assert.Equal(Key('1'), (await Find(a.Id)).ResultKey);
        await Store.CompleteAsync(a, "/r/a", false, null, null, default);
        JobLease c = await SubmitAndClaim("c.mp4");
        JobRecord answer = (await Store.ClaimResultKeyAsync(c, Key('1'), default))!;
        Assert.Equal((a.Id, JobStatus.Completed, "/r/a"), (answer.Id, answer.Status, answer.ResultPath));
        Assert.True(await Store.CompleteAsync(c, "/r/a", true, a.Id, null, default));
        JobRecord duplicate = await Find(c.Id);
        Assert.Equal((JobStatus.Duplicate, a.Id, "/r/a", Key('1')), (duplicate.Status, duplicate.DuplicateOf, duplicate.ResultPath, duplicate.ResultKey));
    }

    [Theory]
    [InlineData("fail")]
    [InlineData("release")]
    [InlineData("die")]
    [InlineData("interrupt")]
    [InlineData("cancel")]
    public async Task A_job_that_gives_up_frees_its_key(string how)
    {
        JobLease a = await SubmitAndClaim("a.mp4", "w1");
        Assert.Null(await Store.ClaimResultKeyAsync(a, Key('1'), default));
        JobLease b = await SubmitAndClaim("b.mp4", "w2");
        switch (how)
        {
            case "fail":
                await Store.FailAsync(a, ReasonCode.DiskFull, "m", null, TimeSpan.FromHours(1), default);
                break;
            case "release":
                await Store.ReleaseAsync(a, TimeSpan.FromHours(1), "m", default);
                break;
            case "die":
                await Store.FailAsync(a, ReasonCode.NotVideo, "m", null, null, default);
                break;
            case "interrupt":
                await Store.ExpireLeasesAsync("w1", default);
                break;
            default:
                await Store.CancelAsync(a.Id, default);
                await Store.FailAsync(a, ReasonCode.Cancelled, "m", null, null, default);
                break;
        }

        Assert.Null(await Store.ClaimResultKeyAsync(b, Key('1'), default));
        Assert.True(await Store.CompleteAsync(b, "/r", false, null, null, default));
    }

    [Fact]
    public async Task A_key_whose_holder_fell_silent_goes_to_the_next_and_the_holder_has_lost_its_lease()
    {
        JobLease silent = await SubmitAndClaim("a.mp4", "w1");
        await Store.ClaimResultKeyAsync(silent, Key('1'), default);
        Clock.Advance(30);
        await Submit("b.mp4");
        JobLease next = (await Claim("w2"))!;
        Assert.Equal(silent.Id, (await Store.ClaimResultKeyAsync(next, Key('1'), default))!.Id);
        Clock.Advance(30);

        Assert.Null(await Store.ClaimResultKeyAsync(next, Key('1'), default));

        await AssertLost(silent);
        Assert.Equal(JobStatus.Queued, (await Find(silent.Id)).Status);
    }

    [Fact]
    public async Task A_result_that_is_gone_does_not_stand_in_the_way()
    {
        JobLease a = await SubmitAndClaim("a.mp4");
        await Store.ClaimResultKeyAsync(a, Key('1'), default);
        JobLease b = await SubmitAndClaim("b.mp4");
        Assert.Equal(a.Id, (await Store.ClaimResultKeyAsync(b, Key('1'), a.Id, default))!.Id);   // still being made

        await Store.CompleteAsync(a, "/r/a", false, null, null, default);

        Assert.Equal(a.Id, (await Store.ClaimResultKeyAsync(b, Key('1'), b.Id, default))!.Id);
        Assert.Null(await Store.ClaimResultKeyAsync(b, Key('1'), a.Id, default));
        await Store.CompleteAsync(b, "/r/b", false, null, null, default);
        JobLease c = await SubmitAndClaim("c.mp4");
        Assert.Equal(b.Id, (await Store.ClaimResultKeyAsync(c, Key('1'), default))!.Id);
    }

    [Fact]
    public async Task A_key_asked_for_by_many_at_once_belongs_to_one()
    {
        IJobStore other = OpenAnother();
        List<JobLease> leases = [];
        for (int i = 0; i < 20; i++)
        {
            leases.Add(await SubmitAndClaim($"{i}.mp4"));
        }

        JobRecord?[] answers = await Task.WhenAll(leases.Select((lease, i) =>
            Task.Run(() => (i % 2 == 0 ? Store : other).ClaimResultKeyAsync(lease, Key('1'), default))));

        int winner = Assert.Single(Enumerable.Range(0, 20), i => answers[i] is null);
        Assert.All(answers.Where(answer => answer is not null), answer => Assert.Equal(leases[winner].Id, answer!.Id));
    }

    // --- reading -----------------------------------------------------------------------------------------------------

    [Fact]
    public async Task Lists_are_newest_first_page_by_page_and_by_status_and_group()
    {
        List<string> ids = [];
        for (int i = 0; i < 7; i++)
        {
            ids.Add((await Submit($"{i}.mp4", spec => spec with { Group = i % 2 == 0 ? "even" : null })).Id);
        }

        await Store.CancelAsync(ids[3], default);
        await Store.CancelAsync(ids[4], default);
        await Store.CompleteAsync((await Claim())!, "/r", false, null, null, default);

        Assert.Equal(Enumerable.Reverse(ids), await Ids(new JobQuery()));
        Assert.Equal([ids[6], ids[5], ids[4]], await Ids(new JobQuery { Most = 3 }));
        Assert.Equal([ids[3], ids[2], ids[1]], await Ids(new JobQuery { Most = 3, Before = ids[4] }));
        Assert.Equal([ids[4], ids[3]], await Ids(new JobQuery { Statuses = [JobStatus.Cancelled] }));
        Assert.Equal([ids[4], ids[3], ids[0]], await Ids(new JobQuery { Statuses = [JobStatus.Completed, JobStatus.Cancelled] }));
        Assert.Equal([ids[3], ids[0]], await Ids(new JobQuery { Statuses = [JobStatus.Completed, JobStatus.Cancelled], Before = ids[4] }));
        Assert.Equal([ids[6], ids[4], ids[2], ids[0]], await Ids(new JobQuery { Group = "even" }));
        Assert.Equal([ids[6], ids[2]], await Ids(new JobQuery { Group = "even", Statuses = [JobStatus.Queued] }));
        Assert.Empty(await Ids(new JobQuery { Group = "odd" }));
        IReadOnlyDictionary<JobStatus, long> counts = await Store.CountAsync(default);
        Assert.Equal((3, 4L, 2L, 1L), (counts.Count, counts[JobStatus.Queued], counts[JobStatus.Cancelled], counts[JobStatus.Completed]));

        async Task<IEnumerable<string>> Ids(JobQuery query) => (await Store.ListAsync(query, default)).Select(job => job.Id);
    }

    [Fact]
    public async Task Events_go_on_after_the_last_one_seen()
    {
        Assert.Equal(0, await Store.LastEventAsync(default));
        JobRecord a = await Submit("a.mp4");
        JobRecord b = await Submit("b.mp4");
        IReadOnlyList<JobEvent> all = await Store.EventsAsync(null, 0, 100, default);

        Assert.Equal([a.Id, a.Id, b.Id, b.Id], all.Select(entry => entry.JobId));
        Assert.Equal(all.Select(entry => entry.Sequence).Order(), all.Select(entry => entry.Sequence));
        Assert.Equal(all[^1].Sequence, await Store.LastEventAsync(default));
        Assert.Equal(all.Skip(1).Take(2), await Store.EventsAsync(null, all[0].Sequence, 2, default));
        Assert.Equal(all.Skip(2), await Store.EventsAsync(b.Id, 0, 100, default));
        Assert.Empty(await Store.EventsAsync(null, all[^1].Sequence, 100, default));
        Assert.Empty(await Store.EventsAsync("no such job", 0, 100, default));
        await Claim("w1");
        JobEvent leased = Assert.Single(await Store.EventsAsync(null, all[^1].Sequence, 100, default));
        Assert.Equal((a.Id, "leased", "w1", 1, 1L), (leased.JobId, leased.State, leased.Worker, leased.Attempt, leased.Token));
    }

    [Fact]
    public async Task Whoever_follows_the_events_of_eight_writers_misses_none()
    {
        const int Writers = 8;
        const int Each = 25;
        using CancellationTokenSource over = new();
        IJobStore reader = OpenAnother();
        HashSet<long> seen = [];
        Task follower = Task.Run(async () =>
        {
            long last = 0;
            bool isLastLook;
            do
            {
                isLastLook = over.IsCancellationRequested;
                IReadOnlyList<JobEvent> news;
                do
                {
                    news = await reader.EventsAsync(null, last, 7, default);
                    Assert.All(news, entry => Assert.True(seen.Add(entry.Sequence)));
                    last = news.Count > 0 ? news[^1].Sequence : last;
                }
                while (news.Count > 0);
            }
            while (!isLastLook);
        });

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            IJobStore store = writer % 2 == 0 ? Store : reader;
            for (int i = 0; i < Each; i++)
            {
                JobRecord job = (await store.SubmitAsync(Job($"{writer}-{i}.mp4"), default)).Job;
                JobLease lease = (await store.ClaimAsync(Wants($"w{writer}") with { JobId = job.Id }, default))!;
                await store.CommitSegmentAsync(lease, 0, "safe", default);
                await store.CompleteAsync(lease, "/r", false, null, null, default);
            }
        })));
        await over.CancelAsync();
        await follower;

        Assert.Equal(Writers * Each * 5, seen.Count);   // submitted, queued, leased, segment, completed
    }

    [Fact]
    public async Task A_job_that_has_used_up_its_attempts_and_is_late_ends_once()
    {
        JobRecord job = await Submit("a.mp4", spec => spec with { Deadline = Clock.Now.AddSeconds(30), Limits = spec.Limits with { MaxAttempts = 1 } });
        await Claim();
        Clock.Advance(Lease.TotalSeconds);

        Assert.Null(await Claim());

        Assert.Equal(["submitted", "queued", "leased", "interrupted", "dead"], await States(job.Id));
        Assert.Equal([new(JobStatus.Dead, 1)], await Store.CountAsync(default));
    }

    [Fact]
    public async Task A_lease_of_the_same_token_and_another_worker_is_lost()
    {
        await Submit("a.mp4");
        JobLease lease = (await Claim("w1"))!;

        await AssertLost(lease with { Job = lease.Job with { Worker = "w2" } });
        Assert.Equal(LeaseState.Held, await Store.HeartbeatAsync(lease, null, default));
    }

    // --- processes and chance ----------------------------------------------------------------------------------------

    [Fact]
    public async Task Processes_that_are_killed_in_the_middle_lose_nothing_and_finish_nothing_twice()
    {
        const int Jobs = 120;
        const int Kills = 8;
        Random random = new(1);
        IJobStore store = OpenAnother(TimeProvider.System);
        for (int i = 0; i < Jobs; i++)
        {
            await store.SubmitAsync(Job($"{i}.mp4", spec => spec with { Limits = spec.Limits with { MaxAttempts = 100 } }), default);
        }

        int started = 0;
        List<string> said = [];
        StoreProcess.Child[] children = [Start(), Start()];
        for (int kill = 0; kill < Kills; kill++)
        {
            StoreProcess.Child victim = children[kill % 2];
            said.AddRange(await victim.ReadAsync(random.Next(1, 12)));
            said.AddRange(await victim.KillAsync());
            await store.ExpireLeasesAsync(victim.Name, default);
            children[kill % 2] = Start();
        }

        foreach (StoreProcess.Child child in children)
        {
            said.AddRange(await child.ReadToEndAsync());
            await store.ExpireLeasesAsync(child.Name, default);
        }

        while (await store.ClaimAsync(Wants("last"), default) is { } rest)   // what a killed one held when the others had ended
        {
            Assert.True(await store.CompleteAsync(rest, "/r", false, null, null, default));
        }

        Assert.Equal([new(JobStatus.Completed, Jobs)], await store.CountAsync(default));
        IReadOnlyList<JobEvent> events = await store.EventsAsync(null, 0, 100_000, default);
        Assert.Equal(Jobs, events.Count(entry => entry.State == "completed"));
        Assert.Equal(Jobs, events.Where(entry => entry.State == "completed").Select(entry => entry.JobId).Distinct().Count());
        Dictionary<string, string> completedBy = events.Where(entry => entry.State == "completed").ToDictionary(entry => entry.JobId, entry => entry.Worker!);
        Assert.True(said.Count > Kills);
        Assert.All(said, line => Assert.Equal(line.Split(' ')[0], completedBy[line.Split(' ')[1]]));   // what was once said to be safe, is
        Check(Place(_folder));

        StoreProcess.Child Start() => StoreProcess.Start(Kind, Place(_folder), $"p{++started}");
    }

    [Fact]
    public async Task Whatever_is_done_in_whatever_order_it_does_what_a_simple_model_does()
    {
        for (int seed = 0; seed < 25; seed++)
        {
            TemporaryFolder folder = new();
            try
            {
                StoreClock clock = new();
                await using IJobStore store = StoreProcess.Open(Kind, Place(folder), clock);
                await new StoreModel(store, clock, new Random(seed)).RunAsync(120);
            }
            finally
            {
                folder.Dispose();
            }
        }
    }

    // --- helpers -----------------------------------------------------------------------------------------------------

    protected static string Key(char digit) => new(digit, 64);

    protected static NewJob Job(string path, Func<JobSpec, JobSpec>? change = null)
    {
        JobSpec spec = FilledJobs.Of("m", new JobSpec { Source = new JobSource { Path = "/videos/" + path } });
        return new NewJob { Spec = change?.Invoke(spec) ?? spec, Origin = "cli" };
    }

    protected static JobClaim Wants(string worker) => new() { Worker = worker, Lease = Lease };

    protected async Task<JobRecord> Submit(string path, Func<JobSpec, JobSpec>? change = null)
    {
        JobSubmission taken = await Store.SubmitAsync(Job(path, change), default);
        Assert.True(taken.IsNew);
        return taken.Job;
    }

    protected Task<JobLease?> Claim(string worker = "w") => Store.ClaimAsync(Wants(worker), default);

    protected async Task<JobLease> SubmitAndClaim(string path, string worker = "w")
    {
        JobRecord job = await Submit(path);
        JobLease lease = (await Claim(worker))!;
        Assert.Equal(job.Id, lease.Id);
        return lease;
    }

    protected async Task<JobRecord> Find(string id) => Assert.IsType<JobRecord>(await Store.FindAsync(id, default));

    protected async Task<IEnumerable<string>> States(string id) => (await Store.EventsAsync(id, 0, 1000, default)).Select(entry => entry.State);

    /// <summary>A lease that was lost can change nothing: neither the job nor its history.</summary>
    protected async Task AssertLost(JobLease lease)
    {
        JobRecord before = await Find(lease.Id);
        long events = await Store.LastEventAsync(default);

        Assert.Equal(LeaseState.Lost, await Store.HeartbeatAsync(lease, new JobProgress { Frames = 9 }, default));
        Assert.Equal(LeaseState.Lost, await Store.AdvanceAsync(lease, JobStatus.Finalizing, "x", default));
        Assert.Equal(LeaseState.Lost, await Store.CommitSegmentAsync(lease, 3, "x", default));
        Assert.False(await Store.CompleteAsync(lease, "/stolen", false, null, null, default));
        Assert.False(await Store.FailAsync(lease, ReasonCode.Internal, "x", null, null, default));
        Assert.False(await Store.PostponeAsync(lease, ReasonCode.DiskFull, "x", null, TimeSpan.Zero, default));
        Assert.False(await Store.ReleaseAsync(lease, TimeSpan.Zero, "x", default));
        Assert.Equal(ReasonCode.LeaseLost, (await Assert.ThrowsAsync<PoseBatchException>(() => Store.ClaimResultKeyAsync(lease, Key('f'), default))).Reason);

        Assert.Equivalent(before, await Find(lease.Id), strict: true);
        Assert.Equal(events, await Store.LastEventAsync(default));
    }
}
