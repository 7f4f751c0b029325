using System.CommandLine;
using System.Text.Json;
using PoseBatch.Jobs;
using PoseBatch.Worker.Cli.Commands;

namespace PoseBatch.Cli;

public sealed class JobFieldOptionsTests
{
    /// <summary>Fields of a job that the command line does not offer, each with its reason.</summary>
    private static readonly Dictionary<string, string> WithoutOption = new()
    {
        ["job_id"] = "for programs that number their jobs; people have --key",
        ["source.path"] = "the argument of the verb",
        ["source.sha256"] = "differs for each video of a call",
        ["source.size"] = "differs for each video of a call",
        ["source_id"] = "differs for each video of a call",
        ["output.layout"] = "has one value",
        ["inference.precision"] = "has one value",
        ["notify.url"] = "for programs",
    };

    [Fact]
    public void Every_field_of_a_job_has_an_option_of_submit_or_a_reason() =>
        Assert.Equal(WithoutOption.Keys.Order(), JobFields.All.Where(field => field.Option is null).Select(field => field.Name).Order());

    [Fact]
    public void What_changes_tables_can_be_set_for_process_too()
    {
        string[] offered = [.. ProcessCommand.Create().Options.Select(option => option.Name)];

        Assert.All(JobFields.All.Where(field => field.ResultKey is not null && field.Name != "inference.precision"), field => Assert.Contains(field.Option, offered));
    }

    [Theory]
    [InlineData("--max-persons 3", "inference", "max_persons", "3")]
    [InlineData("--min-person-score 0.25", "inference", "min_person_score", "0.25")]
    [InlineData("--crop-region off", "inference", "crop_region", "false")]
    [InlineData("--start 1:30", "frames", "start", "90")]
    [InlineData("--on-corrupt fail", "on_corrupt", null, "\"fail\"")]
    [InlineData("--max-runtime 60", "limits", "max_runtime_s", "60")]
    [InlineData("--stall-timeout 5", "limits", "stall_timeout_s", "5")]
    [InlineData("--export csv --export trc", "output", "exports", "[\"csv\",\"trc\"]")]
    [InlineData("--overwrite", "output", "overwrite", "\"replace\"")]
    [InlineData("--gpu", "requires", "gpu", "true")]
    [InlineData("--label a=1 --label b=2=3", "labels", "b", "\"2=3\"")]
    public void An_option_sets_its_field(string line, string group, string? field, string expected)
    {
        JsonElement job = JsonDocument.Parse(JobJson.Write(Over(line))).RootElement;

        JsonElement value = field is null ? job.GetProperty(group) : job.GetProperty(group).GetProperty(field);
        Assert.Equal(expected, JsonSerializer.Serialize(value));
    }

    [Fact]
    public void What_is_not_given_stays_as_it_was()
    {
        JobSpec spec = new()
        {
            Source = new() { Path = "/v/a.mp4", Stream = 2 },
            Output = new() { Overwrite = "replace", Exports = ["csv"] },
            RequiresGpu = true,
            Labels = new Dictionary<string, string> { ["a"] = "1" },
        };

        Assert.Equal(JobJson.Write(spec), JobJson.Write(Over(string.Empty, spec)));
    }

    [Theory]
    [InlineData("--max-persons 0")]
    [InlineData("--max-persons 1001")]
    [InlineData("--start soon")]
    [InlineData("--label nothing")]
    [InlineData("--deadline 2027-01-31")]
    [InlineData("--group \" \"")]
    public void What_cannot_be_is_refused_with_the_name_of_the_option(string line)
    {
        Assert.Contains(line.Split(' ')[0], string.Join('\n', Parse(new(JobFields.All), line).Errors.Select(error => error.Message)), StringComparison.Ordinal);
    }

    private static JobSpec Over(string line, JobSpec? spec = null)
    {
        JobFieldOptions options = new(JobFields.All);
        ParseResult parsed = Parse(options, line);
        Assert.Empty(parsed.Errors);
        return options.Over(spec ?? new() { Source = new() { Path = "/v/a.mp4" } }, parsed);
    }

    private static ParseResult Parse(JobFieldOptions options, string line)
    {
        Command command = new("submit");
        options.AddTo(command);
        return command.Parse(line);
    }
}
