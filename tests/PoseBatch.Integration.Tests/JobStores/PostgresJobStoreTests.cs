using System.Globalization;
using Npgsql;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Postgres;
using PoseBatch.Service;

namespace PoseBatch.JobStores;

/// <summary>The PostgreSQL store does what every store must do, and says in plain words why it cannot when it cannot.</summary>
public sealed class PostgresJobStoreTests(ITestOutputHelper output) : JobStoreConformance
{
    private readonly TemporaryFolder _folder = new();

    private string Address => TestPostgres.Address(Path.GetFileName(_folder.Path));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override string Kind => StoreProcess.Postgres;

    protected override string Place(TemporaryFolder folder) => TestPostgres.Address(Path.GetFileName(folder.Path));

    protected override void Check(string place)
    {
        // The server answers for its own files.
    }

    [Theory]
    [InlineData("Database=nowhere", "\"nowhere\" does not exist", "createdb")]
    [InlineData("Username=nobody", "does not let us in", "PGPASSWORD")]
    [InlineData("Host=/no/such/folder", "cannot be reached", "")]
    public async Task A_server_that_cannot_be_used_is_named_with_what_to_do(string change, string says, string advice)
    {
        await using PostgresJobStore store = PostgresJobStore.Open($"{Address};Password=s3cret;{change}");

        JobStoreUnavailableException away = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.SubmitAsync(Job("a.mp4"), default));

        Assert.Contains(says, away.Message, StringComparison.Ordinal);
        Assert.Contains(advice, away.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", away.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused()
    {
        await using (PostgresJobStore first = PostgresJobStore.Open(Address))
        {
            await first.CountAsync(default);
        }

        await RunAsync("UPDATE schema_version SET version = version + 1");
        await using PostgresJobStore store = PostgresJobStore.Open(Address);

        JobStoreUnavailableException refused = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.CountAsync(default));

        Assert.Contains("knows versions up to", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.MayPass);
    }

    [Fact]
    public async Task Many_may_begin_the_store_at_once()
    {
        PostgresJobStore[] stores = [.. Enumerable.Range(0, 8).Select(_ => PostgresJobStore.Open(Address))];

        await Task.WhenAll(stores.Select(store => store.SubmitAsync(Job("a.mp4"), default)));

        foreach (PostgresJobStore store in stores)
        {
            Assert.Equal(8, (await store.ListAsync(new JobQuery(), default)).Count);
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_row_that_somebody_else_locks_is_waited_for_only_so_long_and_claims_pass_it_over()
    {
        await using PostgresJobStore store = PostgresJobStore.Open($"{Address};Options=-c lock_timeout=50ms");
        JobRecord locked = (await store.SubmitAsync(Job("a.mp4"), default)).Job;
        JobRecord free = (await store.SubmitAsync(Job("b.mp4"), default)).Job;
        await using NpgsqlConnection other = new(Address);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlTransaction held = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlCommand command = new($"SELECT 1 FROM jobs WHERE id = '{locked.Id}' FOR UPDATE", other, held))
        {
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        JobStoreUnavailableException busy = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.CancelAsync(locked.Id, default));

        Assert.Contains("locked", busy.Message, StringComparison.Ordinal);
        Assert.True(busy.MayPass);
        Assert.Equal(free.Id, (await store.ClaimAsync(Wants("w"), default))!.Id);
        Assert.Null(await store.ClaimAsync(Wants("w"), default));
        await held.RollbackAsync(TestContext.Current.CancellationToken);
        Assert.Equal(locked.Id, (await store.ClaimAsync(Wants("w"), default))!.Id);
    }

    [Fact]
    public async Task A_damaged_row_is_named()
    {
        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        JobRecord job = (await store.SubmitAsync(Job("a.mp4"), default)).Job;
        await RunAsync("UPDATE jobs SET spec = 'x'");

        JobStoreUnavailableException damaged = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.FindAsync(job.Id, default));

        Assert.Contains("is damaged: row 1", damaged.Message, StringComparison.Ordinal);
        Assert.Contains(job.Id, damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_are_cut_are_opened_anew()
    {
        await using PostgresJobStore store = PostgresJobStore.Open($"{Address};Application Name={Path.GetFileName(_folder.Path)}");
        JobRecord job = (await store.SubmitAsync(Job("a.mp4"), default)).Job;
        await RunAsync($"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '{Path.GetFileName(_folder.Path)}'");

        JobStoreUnavailableException cut = await Assert.ThrowsAsync<JobStoreUnavailableException>(() => store.FindAsync(job.Id, default));

        Assert.True(cut.MayPass);
        Assert.NotNull(await store.FindAsync(job.Id, default));
    }

    [Fact]
    public async Task Texts_that_PostgreSQL_cannot_hold_are_kept_as_near_as_can_be()
    {
        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        await store.SubmitAsync(Job("a.mp4"), default);
        JobLease lease = (await store.ClaimAsync(Wants("w"), default))!;

        Assert.True(await store.FailAsync(lease, ReasonCode.Internal, "half \ud83d of it, and \0 in it \U0001F600", null, null, default));

        Assert.Equal("half \ufffd of it, and \ufffd in it \U0001F600", (await store.FindAsync(lease.Id, default))!.Message);
    }

    [Fact]
    public async Task The_servers_clock_tells_all_times()
    {
        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        string before = await AskAsync("SELECT extract(epoch FROM now())::text");
        JobRecord job = (await store.SubmitAsync(Job("a.mp4"), default)).Job;
        string after = await AskAsync("SELECT extract(epoch FROM now())::text");

        Assert.InRange(
            job.SubmittedAt.ToUnixTimeMilliseconds() / 1000.0,
            Math.Floor(double.Parse(before, CultureInfo.InvariantCulture) * 1000) / 1000,
            double.Parse(after, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Counts_are_put_together_and_stay_right()
    {
        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        for (int i = 0; i < 300; i++)
        {
            await store.SubmitAsync(Job($"{i}.mp4"), default);
            JobLease lease = (await store.ClaimAsync(Wants("w"), default))!;
            await store.CompleteAsync(lease, "/r", false, null, null, default);
        }

        Assert.Equal([new(JobStatus.Completed, 300)], await store.CountAsync(default));   // 1,500 rows: put together afterwards
        Assert.True(int.Parse(await AskAsync("SELECT count(*)::text FROM counts"), CultureInfo.InvariantCulture) <= 3);
        Assert.Equal([new(JobStatus.Completed, 300)], await store.CountAsync(default));
    }

    /// <summary>100,000 queued, eight at once claim and complete: none twice. The rate goes to the output, beside that of bare round trips.</summary>
    [Fact]
    public async Task A_hundred_thousand_queued_jobs_are_claimed_once_each_by_eight_at_once()
    {
        Soak.Require();
        await RunAsync("ALTER SYSTEM SET fsync = on");   // as it is in earnest
        await RunAsync("SELECT pg_reload_conf()");
        const int Queued = 100_000;
        const int Taken = 4_000;
        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        JobRecord first = (await store.SubmitAsync(Job("0.mp4"), default)).Job;
        await RunAsync(
            $"""
            INSERT INTO jobs (id, spec, origin, status, max_attempts, run_at, submitted_at)
              SELECT lpad(i::text, 26, '0'), replace(spec, id, lpad(i::text, 26, '0')), origin, status, max_attempts, run_at, submitted_at
              FROM jobs, generate_series(1, {Queued - 1}) AS i;
            INSERT INTO work (job, priority, turn, run_at, gpu) SELECT seq, 5, run_at, run_at, false FROM jobs WHERE id <> '{first.Id}';
            ANALYZE
            """);

        long begun = System.Diagnostics.Stopwatch.GetTimestamp();
        List<string>[] taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            List<string> mine = [];
            while (mine.Count < Taken / 8)
            {
                JobLease lease = (await store.ClaimAsync(Wants($"w{worker}"), default))!;
                Assert.True(await store.CompleteAsync(lease, "/r", false, null, null, default));
                mine.Add(lease.Id);
            }

            return mine;
        })));
        TimeSpan claims = System.Diagnostics.Stopwatch.GetElapsedTime(begun);
        Assert.Equal(Taken, taken.SelectMany(mine => mine).Distinct().Count());

        begun = System.Diagnostics.Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < Taken / 8; i++)
            {
                await store.FindAsync(first.Id, default);
            }
        })));
        double bare = Taken / System.Diagnostics.Stopwatch.GetElapsedTime(begun).TotalSeconds;
        double rate = Taken / claims.TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rate:0} claims and completions a second; {rate / bare:0.000} of the rate of one short query"));
    }

    private async Task RunAsync(string sql)
    {
        await using NpgsqlConnection connection = new(Address);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> AskAsync(string sql)
    {
        await using NpgsqlConnection connection = new(Address);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
