using PoseBatch.Worker.Service.Jobs;

namespace PoseBatch.Service.Jobs;

public sealed class PathPolicyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("posebatch-paths-").FullName;
    private readonly PathPolicy _paths;

    public PathPolicyTests()
    {
        foreach (string name in new[] { "one", "two", "results/group", "elsewhere" })
        {
            Directory.CreateDirectory(At(name));
        }

        File.WriteAllText(At("two/clip.mp4"), "a clip");
        File.WriteAllText(At("elsewhere/clip.mp4"), "a clip");
        File.CreateSymbolicLink(At("one/link"), At("elsewhere"));
        _paths = new([At("one"), At("two")], At("results"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("clip.mp4", "two/clip.mp4")]         // the root that has it
    [InlineData("nothing.mp4", "one/nothing.mp4")]   // none has it: the first root's name for it
    public void A_relative_path_is_looked_for_root_by_root(string path, string found) => Assert.Equal(At(found), _paths.SourcePath(path));

    [Fact]
    public void An_absolute_path_below_a_root_is_taken_whether_it_is_there_or_not()
    {
        Assert.Equal(At("two/clip.mp4"), _paths.SourcePath(At("two/clip.mp4")));
        Assert.Equal(At("two/later.mp4"), _paths.SourcePath(At("one/../two/later.mp4")));
    }

    [Theory]
    [InlineData("elsewhere/clip.mp4")]
    [InlineData("one/link/clip.mp4")]
    [InlineData("one/../elsewhere/clip.mp4")]
    public void A_path_or_link_that_leads_elsewhere_is_refused(string path) =>
        Assert.Equal("source.path", Assert.Throws<JobRefusedException>(() => _paths.SourcePath(At(path))).Field);

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    public void What_cannot_name_a_file_is_refused(string path) => Assert.Throws<JobRefusedException>(() => _paths.SourcePath(path));

    [Theory]
    [InlineData(null)]
    [InlineData("group")]
    [InlineData("new/deeper")]
    public void Results_go_below_the_output_root(string? path) => _paths.CheckOutput(path);

    [Theory]
    [InlineData("..")]
    [InlineData("group/../../elsewhere")]
    [InlineData(".work")]
    [InlineData(".work/deeper")]
    public void A_folder_for_results_elsewhere_or_among_those_in_work_is_refused(string path) =>
        Assert.Equal("output.path", Assert.Throws<JobRefusedException>(() => _paths.CheckOutput(path)).Field);

    [Fact]
    public void A_name_may_have_as_many_bytes_as_file_systems_take()
    {
        _paths.CheckOutput(new string('n', 255));
        Assert.Throws<JobRefusedException>(() => _paths.CheckOutput(new string('n', 256)));
        Assert.Throws<JobRefusedException>(() => _paths.CheckOutput(string.Concat(Enumerable.Repeat("あ", 86))));   // 258 bytes
        Assert.Throws<JobRefusedException>(() => _paths.CheckOutput("/results"));
    }

    [Fact]
    public void A_result_is_found_below_the_output_root_only()
    {
        File.CreateSymbolicLink(At("results/link"), At("elsewhere"));

        Assert.Equal(At("results/group"), _paths.ResultFolder("group"));
        Assert.Null(_paths.ResultFolder("gone"));
        Assert.Null(_paths.ResultFolder("link"));
        Assert.Null(_paths.ResultFolder(At("elsewhere")));
    }

    private string At(string name) => Path.Combine(_folder, name);
}
