using System.Text.Json;
using PoseBatch.Ffmpeg;
using PoseBatch.Jobs;
using PoseBatch.Results.Writing;
using PoseBatch.Worker.Service.Intake;
using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Intake;

/// <summary>The folder for job files.</summary>
public sealed class JobFolderTests
{
    private const string Good = """{ "source": { "path": "x.mp4" }, "priority": 7 }""";

    [Fact]
    public async Task A_job_file_becomes_a_job_and_goes_to_accepted()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", Good);

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        JobRecord job = Assert.Single(await inbox.JobsAsync());
        Assert.Equal((JobStatus.Queued, "jobs", 7), (job.Status, job.Origin, job.Spec.Priority));
        Assert.Equal(Good, await File.ReadAllTextAsync(At(inbox, "accepted/a.json"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(At(inbox, "a.json")));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public async Task A_result_folder_has_a_name_that_file_systems_take(int bytes, bool isTaken)
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        string name = new('é', bytes / 2);   // two bytes each in UTF-8
        Drop(inbox, "a.json", $$"""{ "source": { "path": "x.mp4" }, "output": { "path": "study/{{name}}{{(bytes % 2 == 1 ? "x" : "")}}" } }""");

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Equal(isTaken, (await inbox.JobsAsync()).Count == 1);
        Assert.Equal(!isTaken, File.Exists(At(inbox, "a.error.json")));
    }

    [Fact]
    public async Task Drafts_that_a_crash_left_are_removed_and_those_of_another_service_are_not()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Directory.CreateDirectory(At(inbox, ".taken"));
        DateTime now = inbox.Clock.GetUtcNow().UtcDateTime;
        foreach ((string name, double age) in new[] { ("old", 61.0), ("young", 59.0) })
        {
            await File.WriteAllTextAsync(At(inbox, $".taken/{name}.draft"), "{", TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(At(inbox, $".taken/{name}.draft"), now.AddMinutes(-age));
        }

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Equal([At(inbox, ".taken/young.draft")], Directory.GetFiles(At(inbox, ".taken")));
    }

    [Fact]
    public async Task The_same_name_again_is_another_job_and_overwrites_nothing()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        for (int time = 0; time < 2; time++)
        {
            Drop(inbox, "a.json", Good);
            inbox.Clock.Advance(60);
            await folder.ScanAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(2, (await inbox.JobsAsync()).Count);
        Assert.Equal(["a (2).json", "a.json"], Directory.GetFiles(At(inbox, "accepted")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{ "source": { "path": "x.mp4" }, "prioritee": 7 }""", "prioritee", "prioritee")]
    [InlineData("""{ "priority": 7 }""", "source", "missing")]
    [InlineData("""{ "source": { "path": "/etc/passwd" } }""", "source.path", "outside the allowed roots")]
    [InlineData("""{ "source": { "path": "x.mp4" }, "output": { "path": "../up" } }""", "output.path", "below the output root")]
    [InlineData("""{ "source": { "path": "x.mp4" }, "output": { "path": ".work" } }""", "output.path", "results in work")]
    [InlineData("""{ "source": { "path": "x.mp4" }, "output": { "path": "study/.work/a" } }""", "output.path", "results in work")]
    [InlineData("""{ "source": { "path": "x.mp4" }, "output": { "path": "a/../ring/x" } }""", "output.path", "lead in a circle")]
    [InlineData("""{ "source": { "path": "ring" } }""", "source.path", "lead in a circle")]
    [InlineData("""{ "source": { "path": "x.mp4" }, "output": { "path": "behind" } }""", "output.path", "results in work")]
    public async Task A_refused_file_stays_beside_with_field_problem_and_its_text(string text, string field, string says)
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Directory.CreateDirectory(inbox.Root);
        Directory.CreateDirectory(inbox.Settings.Output.Root);
        File.CreateSymbolicLink(Path.Combine(inbox.Settings.Output.Root, "ring"), "ring");
        File.CreateSymbolicLink(Path.Combine(inbox.Settings.Output.Root, "behind"), WorkFolder.Parent);
        File.CreateSymbolicLink(Path.Combine(inbox.Root, "ring"), "ring");
        Drop(inbox, "a.json", text);

        await folder.ScanAsync(TestContext.Current.CancellationToken);
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Empty(await inbox.JobsAsync());
        using JsonDocument error = JsonDocument.Parse(await File.ReadAllTextAsync(At(inbox, "a.error.json"), TestContext.Current.CancellationToken));
        Assert.Equal("a.json", error.RootElement.GetProperty("file").GetString());
        Assert.Equal(field, error.RootElement.GetProperty("field").GetString());
        Assert.Contains(says, field + error.RootElement.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(text, error.RootElement.GetProperty("text").GetString());
        Assert.Contains("a.json", error.RootElement.GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Equal(["a.error.json"], Directory.GetFiles(inbox.Settings.Jobs.Folder).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFiles(At(inbox, ".taken")));
    }

    [Fact]
    public async Task Ten_thousand_files_of_one_name_before_it_are_no_obstacle()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Directory.CreateDirectory(At(inbox, "accepted"));
        for (int number = 1; number <= 10_050; number++)
        {
            File.Create(At(inbox, number == 1 ? "accepted/a.json" : $"accepted/a ({number}).json")).Dispose();
        }

        Drop(inbox, "a.json", Good);
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Empty(folder.Troubles);
        Assert.Equal(Good, await File.ReadAllTextAsync(At(inbox, "accepted/a (10051).json"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_somebody_has_open_is_waited_for_however_long_the_writer_pauses()
    {
        await using Inbox inbox = new();
        bool isOpen = true;
        JobFolder folder = new(JobSubmitter.Open(inbox.Store, inbox.Settings), inbox.Settings, inbox.Log, inbox.Clock) { WritersOf = _ => isOpen ? Writers.Some : Writers.None };
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Drop(inbox, "a.json", Good[..20]);
        for (int pause = 0; pause < 5; pause++)
        {
            await folder.ScanAsync(TestContext.Current.CancellationToken);
            inbox.Clock.Advance(60);
        }

        Assert.Equal(["a.json"], Directory.GetFiles(inbox.Settings.Jobs.Folder).Select(Path.GetFileName));
        isOpen = false;   // left as it is
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(5);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(At(inbox, "a.error.json")));
    }

    [Fact]
    public async Task A_file_whose_name_is_not_UTF8_is_told_of_until_it_is_renamed()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "good.json", Good);
        Clips.Run("bash", "-c", $"mv '{At(inbox, "good.json")}' $'{inbox.Settings.Jobs.Folder}/gr\\xfc\\xdfe.json'");
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Contains("not valid UTF-8", Assert.Single(folder.Troubles), StringComparison.Ordinal);
        Assert.Single(inbox.Log.Warnings);

        Clips.Run("bash", "-c", $"mv $'{inbox.Settings.Jobs.Folder}/gr\\xfc\\xdfe.json' '{At(inbox, "good.json")}'");
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Empty(folder.Troubles);
        Assert.Single(await inbox.JobsAsync());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("  \n", "is empty")]
    [InlineData("""{ "source": { "path": "x.mp4" }, }""", "trailing comma")]
    public async Task What_is_no_JSON_is_explained_in_words_for_people(string text, string says)
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", text);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(5);
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        using JsonDocument error = JsonDocument.Parse(await File.ReadAllTextAsync(At(inbox, "a.error.json"), TestContext.Current.CancellationToken));
        string problem = error.RootElement.GetProperty("problem").GetString()!;
        Assert.Contains(says, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("mode", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("isFinalBlock", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_half_written_file_is_waited_for_and_taken_when_the_rest_has_come()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", Good[..20]);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(4);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Drop(inbox, "a.json", Good[..30]);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(4);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(At(inbox, "a.json")));

        Drop(inbox, "a.json", Good);
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Single(await inbox.JobsAsync());
    }

    [Fact]
    public async Task What_stays_no_JSON_is_refused_with_the_place_of_the_fault()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", "{\n \"source\": oops }");
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(5);

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        using JsonDocument error = JsonDocument.Parse(await File.ReadAllTextAsync(At(inbox, "a.error.json"), TestContext.Current.CancellationToken));
        Assert.Contains("line 2", error.RootElement.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_stand_in_JSON_is_kept_as_it_is()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        byte[] garbage = [0x7B, 0xFF, 0xFE, 0x7D];
        await File.WriteAllBytesAsync(At(inbox, "a.json"), garbage, TestContext.Current.CancellationToken);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        inbox.Clock.Advance(5);

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Equal(garbage, await File.ReadAllBytesAsync(At(inbox, "refused/a.json"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(At(inbox, "a.error.json")));
    }

    [Theory]
    [InlineData("job.schema.json")]
    [InlineData("a.error.json")]
    [InlineData(".a.json")]
    [InlineData("README.md")]
    [InlineData("sub/a.json")]
    public async Task Other_files_are_left_alone(string name)
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, name, Good);

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.True(File.Exists(At(inbox, name)));
        Assert.Empty(await inbox.JobsAsync());
    }

    [Fact]
    public async Task What_a_crash_left_half_way_is_submitted_once()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", Good);
        await folder.ScanAsync(TestContext.Current.CancellationToken);

        // As if it had died after the submission and before the move.
        File.Move(At(inbox, "accepted/a.json"), At(inbox, ".taken/a.json"));
        JobFolder next = Open(inbox);
        await next.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Single(await inbox.JobsAsync());
        Assert.True(File.Exists(At(inbox, "accepted/a.json")));
    }

    [Fact]
    public async Task While_the_store_is_away_job_files_wait()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Drop(inbox, "a.json", Good);
        inbox.Store.IsAway = true;
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Assert.Contains("job store", Assert.Single(folder.Troubles), StringComparison.Ordinal);
        inbox.Store.IsAway = false;

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Single(await inbox.JobsAsync());
        Assert.Empty(folder.Troubles);
    }

    [Fact]
    public async Task A_folder_that_vanishes_is_not_made_again_and_work_goes_on_when_it_is_back()
    {
        await using Inbox inbox = new();
        JobFolder folder = await OpenAsync(inbox);
        Directory.Move(inbox.Settings.Jobs.Folder, inbox.Beside("away"));
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(inbox.Settings.Jobs.Folder));
        Assert.Single(folder.Troubles);
        Directory.Move(inbox.Beside("away"), inbox.Settings.Jobs.Folder);
        Drop(inbox, "a.json", Good);

        await folder.ScanAsync(TestContext.Current.CancellationToken);

        Assert.Single(await inbox.JobsAsync());
    }

    private static JobFolder Open(Inbox inbox) => new(JobSubmitter.Open(inbox.Store, inbox.Settings), inbox.Settings, inbox.Log, inbox.Clock);

    private static async Task<JobFolder> OpenAsync(Inbox inbox)
    {
        JobFolder folder = Open(inbox);
        await folder.ScanAsync(TestContext.Current.CancellationToken);
        return folder;
    }

    private static string At(Inbox inbox, string name) => Path.Combine(inbox.Settings.Jobs.Folder, name);

    private static void Drop(Inbox inbox, string name, string text)
    {
        string path = At(inbox, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, inbox.Clock.GetUtcNow().UtcDateTime);
    }
}
