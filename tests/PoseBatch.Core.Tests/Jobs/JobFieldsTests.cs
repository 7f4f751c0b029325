using System.Text.Json;
using PoseBatch.Json;

namespace PoseBatch.Jobs;

public sealed class JobFieldsTests
{
    public static TheoryData<string> WithDefault() => [.. JobFields.All.Where(field => field.Default is not null).Select(field => field.Name)];

    [Fact]
    public void Names_options_and_names_in_the_key_of_a_result_are_unique()
    {
        foreach (Func<JobField, string?> name in new Func<JobField, string?>[] { field => field.Name, field => field.Option, field => field.ShortOption, field => field.ResultKey })
        {
            string?[] names = [.. JobFields.All.Select(name).Where(text => text is not null)];
            Assert.Equal(names.Distinct(), names);
        }
    }

    [Fact]
    public void Fields_stand_in_sections_that_are_there() =>
        Assert.Equal(JobFields.Sections.Select(section => section.Name).Order(), JobFields.All.Select(field => field.Section).Where(name => name.Length > 0).Distinct().Order());

    [Theory]
    [MemberData(nameof(WithDefault))]
    public void A_default_is_a_value_of_its_kind_and_reads_as_it_is_written(string name)
    {
        JobField field = JobFields.Of(name);
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            field.Kind.Write(json, field.ShortName, field.Default!);
            json.WriteEndObject();
        }

        List<string> problems = [];
        JsonElement element = JsonDocument.Parse(text.ToArray()).RootElement;
        object? read = field.Kind.Read(element.GetProperty(field.ShortName), field.ShortName, new JsonFields(element, string.Empty, problems), strict: true);

        Assert.Empty(problems);
        Assert.Equal(field.Default, read);
    }

    [Fact]
    public void Filling_in_keeps_what_a_job_says_and_twice_changes_nothing()
    {
        JobSpec job = new() { Source = new() { Path = "/v/a.mp4" }, Inference = new() { MaxPersons = 3 }, Tracking = new() { Enabled = false } };

        JobSpec filled = JobFields.Fill(job, JobFields.Defaults with { Model = new() { Name = "m" }, Tracking = JobFields.Defaults.Tracking with { MaxGapSeconds = 2 } });

        Assert.Equal((3, false, 2.0, "m", "a.mp4"), (filled.Inference.MaxPersons, filled.Tracking.Enabled, filled.Tracking.MaxGapSeconds, filled.Model.Name, filled.SourceId));
        Assert.Equal(JobJson.Write(filled), JobJson.Write(JobFields.Fill(filled, JobFields.Defaults)));
    }

    [Fact]
    public void A_range_of_frames_without_a_frame_is_named()
    {
        JobFrames frames = new() { StartSeconds = 2, EndSeconds = 2, StartFrame = 5, EndFrame = 6 };

        Assert.Equal(["frames.end: must be later than start"], JobRules.OrderProblems(frames));
        Assert.Equal(["frames.end_frame: must be greater than start_frame"], JobRules.OrderProblems(new() { StartFrame = 6, EndFrame = 6 }));
    }
}
