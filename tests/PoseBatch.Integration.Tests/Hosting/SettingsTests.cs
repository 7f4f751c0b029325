using Microsoft.Extensions.Configuration;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Hosting;

public class SettingsTests
{
    [Fact]
    public void The_shipped_file_is_valid_and_states_every_option_with_its_default()
    {
        IConfiguration shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

        Settings bound = SettingsLoader.Bind(shipped);

        Settings coded = new()
        {
            Models = new ModelSettings { Descriptions = bound.Models.Descriptions },
            Jobs = new JobSettings { Roots = bound.Jobs.Roots },
        };
        Assert.Equal(["."], bound.Jobs.Roots);
        Assert.Equal(coded, bound);
        foreach ((string section, string key) in Keys())
        {
            Assert.True(shipped.GetSection(section).GetChildren().Any(child => child.Key == key), $"appsettings.json lacks {section}:{key}");
        }
    }

    [Theory]
    [InlineData("Inference:Wokers", "2", "Inference:Wokers")]
    [InlineData("Inferense:Workers", "2", "Inferense")]
    [InlineData("Inference:Workers", "65", "Inference:Workers")]
    [InlineData("Inference:Workers", "many", "Workers")]
    [InlineData("Inference:Provider", "gpu", "Inference:Provider")]
    [InlineData("Poses:MinPersonScore", "4.5", "Poses:MinPersonScore")]
    [InlineData("Output:Root", "", "Output:Root")]
    [InlineData("Service:LogFormat", "xml", "Service:LogFormat")]
    public void A_wrong_key_or_value_is_named(string key, string value, string named)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();

        SettingsException wrong = Assert.Throws<SettingsException>(() => SettingsLoader.Bind(configuration));

        Assert.Contains(wrong.Problems, problem => problem.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void One_text_names_all_folders_of_a_list()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Jobs:Roots:0", "."), new("Jobs:Roots", "/videos:/archive 2")]).Build();

        Assert.Equal(["/videos", "/archive 2"], SettingsLoader.Bind(configuration).Jobs.Roots);
    }

    [Fact]
    public void All_problems_are_named_at_once()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(
            [new("Decode:Treads", "1"), new("Output:Profile", "zip"), new("Nonsense:A", "1")]).Build();

        SettingsException wrong = Assert.Throws<SettingsException>(() => SettingsLoader.Bind(configuration));

        Assert.Equal(3, wrong.Problems.Count);
    }

    private static IEnumerable<(string Section, string Key)> Keys() =>
        from section in typeof(Settings).GetProperties()
        from key in section.PropertyType.GetProperties()
        select (section.Name, key.Name);

    [Theory]
    [InlineData("90", 90.0)]
    [InlineData("90.5", 90.5)]
    [InlineData("1:30", 90.0)]
    [InlineData("00:01:30.250", 90.25)]
    [InlineData("1:60", null)]
    [InlineData("-1", null)]
    [InlineData("1:2:3:4", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void Times_read_as_people_write_them(string text, double? seconds) =>
        Assert.Equal(seconds, Jobs.TimeText.Parse(text));

    [Theory]
    [InlineData(0.003, 2, 1)]    // 3 of 5 ms: 1.2 of two cores
    [InlineData(0.050, 2, 2)]    // 50 of 52 ms: 1.9 of two cores
    [InlineData(0.002, 16, 8)]   // half of the machine
    [InlineData(0.0001, 4, 1)]
    [InlineData(0.005, 1, 1)]
    public void Workers_get_the_share_of_the_cores_that_inference_has_in_a_frame(double secondsPerImage, int cores, int workers) =>
        Assert.Equal(workers, PoseBatch.Worker.Hosting.InferenceSizing.WorkersFor(secondsPerImage, cores));
}
