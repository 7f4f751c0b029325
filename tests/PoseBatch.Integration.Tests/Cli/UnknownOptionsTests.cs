using PoseBatch.Worker.Cli.Commands;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Cli;

/// <summary>A misspelt option is never taken for a name, and nothing runs before it is refused.</summary>
public sealed class UnknownOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--modle", "--model")]
    [InlineData("--modle=x", "--model")]
    [InlineData("--mdoel", "--model")]
    [InlineData("--overwriet", "--overwrite")]
    [InlineData("--outt", "--out")]
    [InlineData("--min-person", "--min-person-score")]
    [InlineData("--verbose", null)]
    [InlineData("-x", null)]
    public void The_nearest_option_is_proposed_only_when_it_is_near(string word, string? nearest) =>
        Assert.Equal(nearest, UnknownOptions.Nearest(word, ["--model", "--out", "--overwrite", "--min-person-score", "--json"]));

    [Theory]
    [InlineData("process --modle small.onnx clip.mp4", "Unknown option '--modle'. Did you mean --model?")]
    [InlineData("process clip.mp4 --modle=small.onnx", "Did you mean --model?")]
    [InlineData("process clip.mp4 -x", "Unknown option '-x'.")]
    [InlineData("process clip.mp4 --out --overwriet", "--out needs a value, and '--overwriet' looks like an option. Did you mean --overwrite?")]
    [InlineData("submit clip.mp4 --wiat", "Did you mean --wait?")]
    [InlineData("render clip.mp4 --frm 3", "Unknown option '--frm'.")]
    [InlineData("report x --otu y", "Did you mean --out?")]
    [InlineData("summary x --otu y", "Did you mean --out?")]
    [InlineData("export x --too csv", "Did you mean --to?")]
    [InlineData("inspect x --jsno", "Did you mean --json?")]
    [InlineData("eval x --detectr y", "Did you mean --detector?")]
    [InlineData("bench clip.mp4 --round 3", "Did you mean --rounds?")]
    [InlineData("targets x --otu y", "Did you mean --out?")]
    [InlineData("query --jsno x y", "Unknown option '--jsno'.")]
    [InlineData("models inspect --jsno x", "Unknown option '--jsno'.")]
    [InlineData("models list --jsno", "Unknown option '--jsno'.")]
    [InlineData("jobs list --statsu dead", "Did you mean --status?")]
    [InlineData("jobs show --jsno x", "Did you mean --json?")]
    [InlineData("demo --otu x", "Did you mean --out?")]
    [InlineData("doctor --jsno", "Unknown option '--jsno'.")]
    [InlineData("run --ulr x", "Did you mean --url?")]
    public async Task A_misspelt_option_ends_the_verb_before_it_does_anything(string line, string said)
    {
        File.Copy(PoseBatchProgram.DemoClip, _folder["clip.mp4"]);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, line.Split(' '));

        Assert.Equal(ExitCode.Usage, ended.ExitCode);
        Assert.Contains(said, ended.Errors, StringComparison.Ordinal);
        Assert.Empty(ended.Output);
        Assert.Equal([_folder["clip.mp4"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--", "-clip.mp4")]
    [InlineData("--", "--model")]
    [InlineData("./-clip.mp4", null)]
    public async Task A_name_that_begins_with_a_dash_is_written_behind_two_dashes_or_with_its_folder(string first, string? second)
    {
        string name = Path.GetFileName(second ?? first);
        File.Copy(PoseBatchProgram.DemoClip, _folder[name]);
        string[] words = ["process", "--max-frames", "3", "--json", first, .. second is null ? Array.Empty<string>() : [second]];

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, words);

        Assert.True(ended.ExitCode == 0, ended.Errors);
        Assert.Equal("completed", Assert.Single(ended.Json).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_value_in_one_word_with_its_option_may_begin_with_dashes()
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", PoseBatchProgram.DemoClip, "--max-frames", "3", "--out=--results", "--json");

        Assert.True(ended.ExitCode == 0, ended.Errors);
        Assert.True(Directory.Exists(_folder["--results"]));
    }
}
