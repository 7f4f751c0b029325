using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using PoseBatch.Jobs;
using PoseBatch.JobStores.Sqlite;

namespace PoseBatch.Cli;

/// <summary>The verbs submit and jobs, run as a user runs them, on the store of a folder.</summary>
public sealed class JobVerbsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public JobVerbsTests() => File.WriteAllText(_folder["clip 1.mp4"], "never opened here");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_is_submitted_listed_shown_cancelled_and_tried_again()
    {
        PoseBatchProgram.Ended submitted = await Run(
            "submit", "clip 1.mp4", "--priority", "7", "--label", "subject=p03", "--label", "note=a=b", "--start", "0:01.5", "--smoothing", "one-euro", "--gpu", "--json");
        Assert.Equal(0, submitted.ExitCode);
        JobRecord job = JobRecordJson.ReadJob(Assert.Single(submitted.Json));
        Assert.Equal((JobStatus.Queued, "cli", _folder["clip 1.mp4"]), (job.Status, job.Origin, job.Spec.Source.Path));
        Assert.Equal((7, 1.5, "one-euro", true), (job.Spec.Priority, job.Spec.Frames.StartSeconds, job.Spec.Smoothing, job.Spec.RequiresGpu));
        Assert.Equal(new Dictionary<string, string> { ["subject"] = "p03", ["note"] = "a=b" }, job.Spec.Labels);
        Assert.NotNull(job.Spec.Model.Name);   // what was left open is filled in

        PoseBatchProgram.Ended list = await Run("jobs", "list", "--status", "queued", "dead", "--json");
        Assert.Equal(job.Id, Assert.Single(list.Json).GetProperty("jobs")[0].GetProperty("job_id").GetString());
        Assert.Equal(1, list.Json[0].GetProperty("counts").GetProperty("queued").GetInt32());
        string table = (await Run("jobs", "list")).Output;
        Assert.Matches($@"(?m)^{job.Id}  queued .+clip 1\.mp4\r?$", table);
        Assert.Contains("1 queued", table, StringComparison.Ordinal);

        Assert.Equal($"{job.Id} cancelled", (await Run("jobs", "cancel", job.Id)).Output.Trim());
        PoseBatchProgram.Ended again = await Run("jobs", "cancel", job.Id, "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("There is no job 01ARZ3NDEKTSV4RRFFQ69G5FAV.", again.Errors, StringComparison.Ordinal);
        Assert.Equal($"{job.Id} queued", (await Run("jobs", "retry", job.Id)).Output.Trim());
        Assert.Equal(0, (await Run("jobs", "retry", job.Id)).ExitCode);   // it waits already, as was asked

        string whole = (await Run("jobs", "show", job.Id)).Output;
        Assert.Matches(@"(?s)status +queued.+history.+submitted.+queued.+cancelled.+queued", whole);
        JsonElement shown = Assert.Single((await Run("jobs", "show", job.Id, "--json")).Json);
        Assert.Equal(["submitted", "queued", "cancelled", "queued"], shown.GetProperty("events").EnumerateArray().Select(entry => entry.GetProperty("state").GetString()));
        Assert.Equal(2, (await Run("jobs", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV")).ExitCode);
    }

    [Fact]
    public async Task A_job_is_found_by_a_part_of_its_id_unless_that_may_mean_another()
    {
        await Run("submit", "clip 1.mp4", "--job", Given("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
        await Run("submit", "clip 1.mp4", "--job", Given("01ARZ3NDEKTSV4RRFFQ69G5FAW"));

        Assert.Contains("01ARZ3NDEKTSV4RRFFQ69G5FAV", (await Run("jobs", "show", "01arz3ndektsv4rrffq69g5fav")).Output, StringComparison.Ordinal);
        Assert.Equal("01ARZ3NDEKTSV4RRFFQ69G5FAW cancelled", (await Run("jobs", "cancel", "g5faw")).Output.Trim());
        PoseBatchProgram.Ended several = await Run("jobs", "show", "01AR");
        Assert.Equal(2, several.ExitCode);
        Assert.StartsWith("01AR may mean 2 jobs: 01ARZ3NDEKTSV4RRFFQ69G5FAW, 01ARZ3NDEKTSV4RRFFQ69G5FAV.", several.Errors, StringComparison.Ordinal);
        foreach (string[] verb in new[] { new[] { "jobs", "show" }, ["jobs", "watch"], ["jobs", "list", "--before"] })
        {
            PoseBatchProgram.Ended none = await Run([.. verb, "nobody"]);
            Assert.Equal((2, "There is no job nobody."), (none.ExitCode, none.Errors.Trim()));
        }
    }

    [Theory]
    [InlineData("spec = '{broken'")]
    [InlineData("status = 'asleep'")]
    public async Task A_row_that_somebody_spoilt_is_named(string change)
    {
        string id = (await Run("submit", "clip 1.mp4")).Output[..26];
        using (Session other = new(_folder["posebatch.db"], Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite, TimeSpan.FromSeconds(5)))
        {
            other.Execute($"UPDATE jobs SET {change}");
        }

        PoseBatchProgram.Ended list = await Run("jobs", "list");

        Assert.Equal(3, list.ExitCode);
        Assert.Contains($"is damaged: row 1 of its table jobs (id {id}) cannot be read", list.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_video_that_is_not_there_is_pointed_out()
    {
        PoseBatchProgram.Ended ended = await Run("submit", "clip 2.mp4");

        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("clip 2.mp4 is not there now", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Smoothing_without_tracking_is_refused_by_name()
    {
        PoseBatchProgram.Ended ended = await Run("submit", "clip 1.mp4", "--smoothing", "one-euro", "--tracking", "off");

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("smoothing.method: one-euro follows each person over time, but tracking.enabled is false", ended.Errors, StringComparison.Ordinal);
    }

    private string Given(string id)
    {
        File.WriteAllText(_folder[$"{id}.json"], $$"""{ "job_id": "{{id}}", "source": { "path": "clip 1.mp4" } }""");
        return $"{id}.json";
    }

    [Fact]
    public async Task The_same_key_twice_is_one_job()
    {
        string first = (await Run("submit", "clip 1.mp4", "--key", "once")).Output;
        PoseBatchProgram.Ended second = await Run("submit", "clip 1.mp4", "--key", "once");

        Assert.Equal(0, second.ExitCode);
        Assert.Contains("known already", second.Output, StringComparison.Ordinal);
        Assert.Equal(first[..26], second.Output[..26]);
    }

    [Fact]
    public async Task A_job_file_is_read_strictly_and_the_command_line_goes_over_it()
    {
        File.WriteAllText(_folder["job.json"], """{"source":{"path":"clip 1.mp4"},"priority":1,"group":"g","frames":{"start":1}}""");
        JobRecord job = JobRecordJson.ReadJob(Assert.Single((await Run("submit", "--job", "job.json", "--priority", "9", "--json")).Json));
        Assert.Equal((_folder["clip 1.mp4"], 9, "g"), (job.Spec.Source.Path, job.Spec.Priority, job.Spec.Group));

        PoseBatchProgram.Ended late = await Run("submit", "--job", "job.json", "--end", "0.5");
        Assert.Equal(2, late.ExitCode);
        Assert.Contains("frames.end: must be later than start", late.Errors, StringComparison.Ordinal);

        File.WriteAllText(_folder["job.json"], """{"source":{"path":"clip 1.mp4"},"priorty":1}""");
        PoseBatchProgram.Ended misspelt = await Run("submit", "--job", "job.json");
        Assert.Equal(2, misspelt.ExitCode);
        Assert.Matches(@"job\.json: priorty: is not known here.+did you mean priority\?", misspelt.Errors);
    }

    [Fact]
    public async Task A_source_outside_the_allowed_roots_is_refused_and_a_good_one_beside_it_is_taken()
    {
        PoseBatchProgram.Ended mixed = await Run("submit", "/etc/hostname", "clip 1.mp4");
        Assert.Equal(1, mixed.ExitCode);
        Assert.Contains("outside the allowed roots", mixed.Errors, StringComparison.Ordinal);
        Assert.Single(mixed.Output.Trim().Split('\n'));

        Assert.Equal(2, (await Run("submit", "/etc/hostname")).ExitCode);
    }

    [Theory]
    [InlineData("jobs", "list")]
    [InlineData("jobs", "watch", "01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    public async Task Without_a_store_the_way_out_is_told(params string[] arguments)
    {
        PoseBatchProgram.Ended ended = await Run(arguments);

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("There is no job store at", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("--server", ended.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["posebatch.db"]));
    }

    [Fact]
    public async Task Without_a_service_the_way_out_is_told()
    {
        using System.Net.Sockets.TcpListener reserved = new(System.Net.IPAddress.Loopback, 0);
        reserved.Start();
        string address = $"http://{reserved.LocalEndpoint}";
        reserved.Stop();   // nobody listens there now

        PoseBatchProgram.Ended ended = await Run("jobs", "list", "--server", address);

        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("No service answers at", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("submit")]
    [InlineData("submit", "clip 1.mp4", "--priority", "10")]
    [InlineData("submit", "clip 1.mp4", "--label", "subject")]
    [InlineData("submit", "clip 1.mp4", "--deadline", "2027-01-31T18:00:00")]
    [InlineData("jobs", "list", "--status", "asleep")]
    [InlineData("jobs", "list", "--limit", "0")]
    [InlineData("jobs", "list", "--server", "localhost:8478")]
    public async Task A_wrong_command_line_changes_nothing(params string[] arguments)
    {
        Assert.Equal(2, (await Run(arguments)).ExitCode);
        Assert.False(File.Exists(_folder["posebatch.db"]));
    }

    [Fact]
    public async Task Watching_ends_with_the_job_and_tells_how()
    {
        using Process watching = PoseBatchProgram.Start(_folder[""], "submit", "clip 1.mp4", "--wait");
        watching.StandardInput.Close();
        string id = (await watching.StandardOutput.ReadLineAsync())![..26];
        Assert.Contains("submitted", await watching.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);

        await using SqliteJobStore store = SqliteJobStore.Open(_folder["posebatch.db"], TimeProvider.System);
        JobLease lease = (await store.ClaimAsync(new JobClaim { Worker = "w", Lease = TimeSpan.FromMinutes(1) }, default))!;
        Assert.Equal(id, lease.Id);
        await store.AdvanceAsync(lease, JobStatus.Running, "a model on cpu", default);
        await store.FailAsync(lease, ReasonCode.DecodeFailed, "Not one frame.", null, null, default);
        string rest = await watching.StandardOutput.ReadToEndAsync();
        await watching.WaitForExitAsync();

        Assert.Equal(1, watching.ExitCode);
        Assert.Matches(@"(?s)leased.+running.+a model on cpu.+failed_attempt.+decode_failed: Not one frame\..+dead", rest);

        await store.RetryAsync(id, default);
        await store.CompleteAsync((await store.ClaimAsync(new JobClaim { Worker = "w", Lease = TimeSpan.FromMinutes(1) }, default))!, "/r", false, null, null, default);
        PoseBatchProgram.Ended watched = await Run("jobs", "watch", id, "--json");
        Assert.Equal(0, watched.ExitCode);
        Assert.Equal("completed", watched.Json[^1].GetProperty("status").GetString());
        Assert.Equal("completed", watched.Json[^2].GetProperty("state").GetString());
    }

    [Fact]
    public async Task Every_option_of_the_page_belongs_to_one_of_the_verbs()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string section = page[page.IndexOf("\n## jobs\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 4, StringComparison.Ordinal)];
        string help = "";
        foreach (string verb in new[] { "list", "show", "cancel", "retry", "watch" })
        {
            Assert.Contains($"posebatch jobs {verb}", section, StringComparison.Ordinal);
            help += (await Run("jobs", verb, "--help")).Output;
        }

        string[] options = [.. Regex.Matches(section, @"(?<![\w-])--[a-z][a-z-]+").Select(match => match.Value).Distinct()];
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
        Assert.All(
            Regex.Matches(help, @"(?<![\w-])--[a-z][a-z-]+").Select(match => match.Value).Distinct().Where(option => option is not "--help" and not "--version"),
            option => Assert.Contains(option, options));
    }

    [Fact]
    public async Task A_current_folder_that_was_deleted_is_named()
    {
        string gone = Directory.CreateDirectory(_folder["gone"]).FullName;
        ProcessStartInfo start = new("sh", ["-c", "rmdir \"$PWD\" && exec \"$0\" jobs list", PoseBatchProgram.Executable])
        {
            WorkingDirectory = gone,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(PoseBatch.Worker.Hosting.ExitCode.NotReady, process.ExitCode);
        Assert.Equal("The current folder is gone", said.Split(" or ")[0]);
        Assert.Single(said.TrimEnd().Split('\n'));
    }

    private Task<PoseBatchProgram.Ended> Run(params string[] arguments) => PoseBatchProgram.RunAsync(_folder[""], arguments);
}
