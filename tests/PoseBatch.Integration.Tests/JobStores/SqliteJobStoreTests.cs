using System.Diagnostics;
using Microsoft.Data.Sqlite;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.JobStores;

/// <summary>The SQLite store does what every store must do, and says in plain words why it cannot when it cannot.</summary>
public sealed class SqliteJobStoreTests : JobStoreConformance
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override string Kind => StoreProcess.Sqlite;

    protected override string Place(TemporaryFolder folder) => folder["jobs.db"];

    protected override void Check(string place) => Assert.Equal("ok", Ask(place, "PRAGMA integrity_check"));

    [Fact]
    public async Task While_another_process_holds_the_lock_writing_says_so_and_reading_goes_on()
    {
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["a.db"], Clock, TimeSpan.FromMilliseconds(20));
        JobSubmission before = await store.SubmitAsync(Job("a.mp4"), default);
        using (Session other = new(_folder["a.db"], SqliteOpenMode.ReadWrite, TimeSpan.Zero))
        {
            other.Execute("BEGIN IMMEDIATE");

            JobStoreUnavailableException busy = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.SubmitAsync(Job("b.mp4"), default));
            Assert.Contains("locked by another process", busy.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.ClaimAsync(Wants("w"), default));
            Assert.Equal(before.Job.Id, Assert.Single(await store.ListAsync(new JobQuery(), default)).Id);
        }

        Assert.True((await store.SubmitAsync(Job("b.mp4"), default)).IsNew);
        Assert.Equal(before.Job.Id, (await store.ClaimAsync(Wants("w"), default))!.Id);
    }

    [Fact]
    public async Task An_idle_worker_takes_no_lock()
    {
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["a.db"], Clock, TimeSpan.FromMilliseconds(20));
        using Session other = new(_folder["a.db"], SqliteOpenMode.ReadWrite, TimeSpan.Zero);
        other.Execute("BEGIN IMMEDIATE");

        Assert.Null(await store.ClaimAsync(Wants("w"), default));
    }

    [Fact]
    public async Task A_store_whose_file_vanished_is_not_begun_anew_and_works_again_when_it_is_back()
    {
        string path = _folder["a.db"];
        await using SqliteJobStore store = SqliteJobStore.Open(path, Clock);
        JobSubmission kept = await store.SubmitAsync(Job("a.mp4"), default);
        File.Move(path, path + ".away");

        JobStoreUnavailableException gone = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.SubmitAsync(Job("b.mp4"), default));
        await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.FindAsync(kept.Job.Id, default));

        Assert.Contains("is gone", gone.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        File.Move(path + ".away", path);
        Assert.NotNull(await store.FindAsync(kept.Job.Id, default));
        Assert.True((await store.SubmitAsync(Job("b.mp4"), default)).IsNew);
    }

    [Fact]
    public void A_missing_folder_is_named() => AssertRefused(_folder["no/such/jobs.db"], "its folder does not exist");

    [Fact]
    public void A_folder_is_no_store() => AssertRefused(Directory.CreateDirectory(_folder["folder"]).FullName, "cannot be opened");

    [Fact]
    public void A_file_of_something_else_is_left_alone()
    {
        File.WriteAllText(_folder["text.db"], "This is a letter, and long enough to be taken for a header of a file, which it is not, dear reader.");
        AssertRefused(_folder["text.db"], "not a SQLite file");

        using (Session foreign = new(_folder["foreign.db"], SqliteOpenMode.ReadWriteCreate, TimeSpan.Zero))
        {
            foreign.Execute("CREATE TABLE photos (name TEXT)");
        }

        AssertRefused(_folder["foreign.db"], "SQLite file of something else");
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused()
    {
        await SqliteJobStore.Open(_folder["a.db"], Clock).DisposeAsync();
        using (Session newer = new(_folder["a.db"], SqliteOpenMode.ReadWrite, TimeSpan.Zero))
        {
            newer.Execute($"PRAGMA user_version = {Schema.Steps.Count + 1}");
        }

        AssertRefused(_folder["a.db"], "knows versions up to");
    }

    [Fact]
    public async Task Many_processes_may_begin_the_store_at_once()
    {
        SqliteJobStore[] stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => SqliteJobStore.Open(_folder["a.db"], Clock))));

        await stores[0].SubmitAsync(Job("a.mp4"), default);

        foreach (SqliteJobStore store in stores)
        {
            Assert.Single(await store.ListAsync(new JobQuery(), default));
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_change_is_flushed_to_disk_in_a_write_ahead_log()
    {
        await using SqliteJobStore store = SqliteJobStore.Open(_folder["a.db"], Clock);
        await store.SubmitAsync(Job("a.mp4"), default);

        Assert.Equal("wal", Ask(_folder["a.db"], "PRAGMA journal_mode"));
        Assert.True(new FileInfo(_folder["a.db-wal"]).Length > 0);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_when_there_is_space_again_work_goes_on()
    {
        string disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        Assert.SkipUnless(SystemProgram.Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk), "Needs the right to mount a small disk.");
        try
        {
            await using SqliteJobStore store = SqliteJobStore.Open(Path.Combine(disk, "jobs.db"), Clock);
            JobSubmission kept = await store.SubmitAsync(Job("a.mp4"), default);
            string filler = Path.Combine(disk, "filler");
            byte[] block = new byte[4096];
            await using (FileStream file = new(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                Assert.Throws<IOException>(Fill);

                void Fill()
                {
                    while (file.Length >= 0)
                    {
                        file.Write(block);
                    }
                }
            }

            JobStoreUnavailableException full = await Assert.ThrowsAsync<JobStoreUnavailableException>(async () =>
            {
                for (int i = 0; i < 100; i++)   // what the log has allocated before may take a few
                {
                    await store.SubmitAsync(Job($"{i}.mp4"), default);
                }
            });
            Assert.Contains("disk", full.Message, StringComparison.Ordinal);

            File.Delete(filler);
            Assert.True((await store.SubmitAsync(Job("after.mp4"), default)).IsNew);
            Assert.NotNull(await store.FindAsync(kept.Job.Id, default));
            Check(Path.Combine(disk, "jobs.db"));
        }
        finally
        {
            SystemProgram.Run("umount", disk);
        }
    }

    [Fact]
    public async Task A_million_ended_and_ten_thousand_waiting_jobs_are_no_burden()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("POSEBATCH_SOAK") == "1", "Takes long: ./test --soak");
        string path = _folder["a.db"];
        await using SqliteJobStore store = SqliteJobStore.Open(path, Clock);
        await store.SubmitAsync(Job("a.mp4"), default);
        using (Session session = new(path, SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5)))
        {
            session.Execute(
                """
                BEGIN;
                INSERT INTO jobs (id, idempotency_key, spec, origin, status, priority, group_name, requires_gpu, duration_s, max_attempts, run_at, waiting_since, submitted_at, finished_at)
                  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1010000)
                  SELECT printf('%026d', i), 'folder:' || i, spec, origin, CASE WHEN i <= 1000000 THEN 'completed' ELSE 'queued' END, priority, 'g' || (i % 10), 0, i % 1000, 3,
                    run_at, waiting_since, submitted_at, CASE WHEN i <= 1000000 THEN submitted_at END
                  FROM n, (SELECT * FROM jobs WHERE seq = 1);
                INSERT INTO events (job, time, state, attempt, token) SELECT seq, submitted_at, 'submitted', 0, 0 FROM jobs WHERE seq > 1;
                COMMIT;
                """);
        }

        await Timed("claim and complete", 200, async () => await store.CompleteAsync((await store.ClaimAsync(Wants("w"), default))!, "/r", false, null, null, default));
        await Timed("claim of a short one", 100, async () => Assert.NotNull(await store.ClaimAsync(Wants("w") with { MostSeconds = 1 }, default)), limit: 5);
        await Timed("submit", 200, () => store.SubmitAsync(Job("b.mp4"), default));
        await Timed("the newest 100", 20, () => store.ListAsync(new JobQuery(), default));
        await Timed("the newest 100 queued of a group", 20, () => store.ListAsync(new JobQuery { Statuses = [JobStatus.Queued], Group = "g3" }, default));
        await Timed("dead and cancelled ones, of which there are none", 20, async () =>
            Assert.Empty(await store.ListAsync(new JobQuery { Statuses = [JobStatus.Dead, JobStatus.Cancelled] }, default)));
        await Timed("count", 20, () => store.CountAsync(default));
        await Timed("events of one job", 20, () => store.EventsAsync(new string('0', 25) + "7", 0, 100, default));
        Assert.True((await store.CountAsync(default))[JobStatus.Completed] >= 1_000_200);
    }

    private static async Task Timed(string what, int times, Func<Task> action, int? limit = null)
    {
        await action();
        int rounds = limit ?? times;
        long since = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            await action();
        }

        TestContext.Current.SendDiagnosticMessage("{0}: {1:F2} ms", what, Stopwatch.GetElapsedTime(since).TotalMilliseconds / rounds);
    }

    private void AssertRefused(string path, string words) =>
        Assert.Contains(words, Assert.Throws<JobStoreUnavailableException>(() => SqliteJobStore.Open(path, Clock)).Message, StringComparison.Ordinal);

    private static object? Ask(string path, string sql)
    {
        using Session session = new(path, SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(5));
        return session.Ask(sql);
    }
}
