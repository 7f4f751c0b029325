using System.Diagnostics;
using PoseBatch.Cli;
using PoseBatch.Jobs;
using PoseBatch.JobStores;
using PoseBatch.JobStores.Postgres;
using PoseBatch.Results.Verification;

namespace PoseBatch.Service;

/// <summary>Several machines on one PostgreSQL store and one shared folder. A machine is a process with a host name and process numbers of its own.</summary>
public sealed class FleetTests : IDisposable
{
    private const string Lease = "2";

    private readonly TemporaryFolder _folder = new();

    private string Address => TestPostgres.Address(Path.GetFileName(_folder.Path));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_machines_two_of_one_name_do_every_job_once_though_one_of_them_dies()
    {
        const int Jobs = 12;
        string clip = TestVideos.Short(_folder["clip.mp4"], seconds: 4);
        string[] names = [.. Enumerable.Range(0, Jobs).Select(i => $"{i:00}.mp4")];
        for (int i = 0; i < Jobs; i++)
        {
            TestVideos.Copy(clip, _folder[names[i]], i);
        }

        await using PostgresJobStore store = PostgresJobStore.Open(Address);
        await using RunningService first = await StartAsync("lab");
        await using RunningService second = await StartAsync("lab");
        await using RunningService third = await StartAsync("other");
        foreach (string name in names)
        {
            await first.SubmitAsync(new { source = new { path = name }, limits = new { max_attempts = 5 } });
        }

        await HearAsync(first, store, jobs => jobs.Any(job => job.Status == JobStatus.Running && job.Worker!.StartsWith("other/", StringComparison.Ordinal)));
        await third.KillAsync();
        IReadOnlyList<JobRecord> over = await HearAsync(first, store, jobs => jobs.All(job => job.Status.IsOver()));

        Assert.Equal(Jobs, over.Count);
        Assert.All(over, job => Assert.True(job.Status == JobStatus.Completed, $"{job.Status}: {job.Message}"));
        Assert.All(over, job => Assert.Empty(ResultInspector.Inspect(job.ResultPath!).Problems));
        Assert.Equal(Jobs, over.Select(job => job.ResultPath).Distinct().Count());
        IReadOnlyList<JobEvent> events = await store.EventsAsync(null, 0, 10_000, TestContext.Current.CancellationToken);
        Assert.Equal(Jobs, events.Count(entry => entry.State == "completed"));
        Assert.Equal(3, events.Where(entry => entry.State == "leased").Select(entry => entry.Worker).Distinct().Count());

        // Neither of the two of one name took the other for dead: only what the third held was taken over.
        Assert.All(
            events.Where(entry => entry.State == "interrupted"), entry => Assert.StartsWith("other/", entry.Worker, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_verbs_work_on_the_store_of_the_fleet_and_show_no_password()
    {
        TestVideos.Short(_folder["clip.mp4"]);
        PoseBatchProgram.Ended submitted = await RunAsync(Address + ";Password=s3cret", "submit clip.mp4");
        PoseBatchProgram.Ended listed = await RunAsync(Address + ";Password=s3cret", "jobs list");
        PoseBatchProgram.Ended away = await RunAsync("postgres://ann:s3cret@127.0.0.1:1/lab", "jobs list");

        Assert.Equal(0, submitted.ExitCode);
        Assert.Contains("clip.mp4", listed.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, away.ExitCode);
        Assert.Contains("postgres://ann@127.0.0.1:1/lab cannot be reached", away.Errors, StringComparison.Ordinal);
        Assert.All(new[] { submitted, listed, away }, ended => Assert.DoesNotContain("s3cret", ended.Output + ended.Errors, StringComparison.Ordinal));
    }

    private Task<PoseBatchProgram.Ended> RunAsync(string store, string words) =>
        PoseBatchProgram.RunInShellAsync(_folder.Path, $"POSEBATCH__Jobs__Store='{store}' \"$0\" {words}");

    /// <summary>Starts a service as on a machine of that name.</summary>
    private Task<RunningService> StartAsync(string host)
    {
        string[] apart = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"];
        using (Process trial = Process.Start(new ProcessStartInfo(apart[0], [.. apart[1..], "true"]) { RedirectStandardError = true })!)
        {
            trial.WaitForExit();
            Assert.SkipUnless(trial.ExitCode == 0, "Machines cannot be set apart here (unshare).");
        }

        return RunningService.StartAsync(
            [.. apart, "sh", "-c", $"hostname {host} && exec \"$0\" \"$@\""],
            _folder.Path,
            ("Jobs:Store", Address),
            ("Jobs:LeaseSeconds", Lease),
            ("Jobs:Parallel", "1"),
            ("Inbox:Path", string.Empty));
    }

    /// <summary>Looks at the jobs whenever the service tells of something, until they are as wanted.</summary>
    private static async Task<IReadOnlyList<JobRecord>> HearAsync(RunningService service, PostgresJobStore store, Func<IReadOnlyList<JobRecord>, bool> wanted)
    {
        while (true)
        {
            Task heard = service.HearEventsAsync(1);
            IReadOnlyList<JobRecord> jobs = await store.ListAsync(new JobQuery { Most = 1000 }, TestContext.Current.CancellationToken);
            if (wanted(jobs))
            {
                return jobs;
            }

            await heard;
        }
    }
}
