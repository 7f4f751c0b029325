using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Results.Verification;

namespace PoseBatch.Onnx;

/// <summary>A network whose outputs are NaN, as a user meets it: never a completed result with nobody in it and no word.</summary>
public sealed class NumberlessNetworkTests : IDisposable
{
    private const string Output = "output heatmap ('map') of model 'dark'";

    private readonly TemporaryFolder _folder = new();
    private readonly PackageFolder _packages = new();

    private string Package => Path.Combine(_packages.Root, "dark");

    public NumberlessNetworkTests() => _packages.Write("dark", TinyOnnx.SeesOnlyDark());

    public void Dispose()
    {
        _packages.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_network_that_never_gives_a_number_is_a_reason_that_names_its_output()
    {
        Clip("clip.mp4", Colour("white"));

        PoseBatchProgram.Ended run = await ProcessAsync();

        JsonElement report = Assert.Single(run.Json);
        Assert.Equal((1, "failed", "model_mismatch"), (run.ExitCode, report.GetProperty("status").GetString(), report.GetProperty("reason").GetString()));
        Assert.Contains($"in all 10 frames it was asked about, from 0 on, {Output}", report.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetDirectories(_folder["out"]), path => Path.GetFileName(path) != ".work");
    }

    [Fact]
    public async Task Frames_without_a_number_among_others_are_a_warning_in_report_and_manifest()
    {
        Clip("clip.mp4", [.. Colour("black"), .. Colour("white"), "-filter_complex", "concat=n=2:v=1"]);

        PoseBatchProgram.Ended run = await ProcessAsync();

        JsonElement report = Assert.Single(run.Json);
        Assert.Equal((0, "completed"), (run.ExitCode, report.GetProperty("status").GetString()));
        string result = report.GetProperty("result").GetString()!;
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(result, "manifest.json"), TestContext.Current.CancellationToken));
        foreach (JsonElement told in new[] { report, manifest.RootElement })
        {
            string? warning = Assert.Single(told.GetProperty("warnings").EnumerateArray()).GetString();
            Assert.StartsWith($"10 frames, from 10 to 19, had NaN or infinity in {Output}", warning, StringComparison.Ordinal);
            Assert.Contains("In 10 there was nothing else", warning, StringComparison.Ordinal);
        }

        Assert.Empty(ResultInspector.Inspect(result).Problems);
    }

    [Theory]
    [InlineData("estimator")]
    [InlineData("annotations")]
    public async Task An_evaluation_says_of_which_pictures_there_were_no_numbers(string boxes)
    {
        Pictures("black", "white", "black", "white");

        PoseBatchProgram.Ended json = await EvaluateAsync(boxes, "--json");
        PoseBatchProgram.Ended text = await EvaluateAsync(boxes);

        Assert.Equal((0, 0), (json.ExitCode, text.ExitCode));
        string warning = Assert.Single(Assert.Single(json.Json).GetProperty("warnings").EnumerateArray()).GetString()!;
        Assert.StartsWith($"2 pictures, from 1-white.png to 3-white.png, had NaN or infinity in {Output}", warning, StringComparison.Ordinal);
        Assert.Contains("In 2 there was nothing else", warning, StringComparison.Ordinal);
        Assert.Contains($"  warning: {warning}", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_evaluation_without_one_number_fails()
    {
        Pictures("white", "white");

        PoseBatchProgram.Ended run = await EvaluateAsync("estimator");

        Assert.Equal((3, string.Empty), (run.ExitCode, run.Output));
        Assert.Contains("model_mismatch", run.Errors, StringComparison.Ordinal);
        Assert.Contains($"in all 2 pictures it was asked about, from 0-white.png on, {Output}", run.Errors, StringComparison.Ordinal);
    }

    /// <summary>Pictures of one colour each, and annotations with one person in each.</summary>
    private void Pictures(params string[] colours)
    {
        List<string> images = [], people = [];
        for (int i = 0; i < colours.Length; i++)
        {
            Clips.Run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", $"color={colours[i]}:s=64x64", "-frames:v", "1", _folder[$"{i}-{colours[i]}.png"]);
            images.Add($$"""{"id": {{100 - i}}, "file_name": "{{i}}-{{colours[i]}}.png", "width": 64, "height": 64}""");
            people.Add($$"""{"id": {{i + 1}}, "image_id": {{100 - i}}, "category_id": 1, "iscrowd": 0, "area": 900, "bbox": [10, 10, 30, 30], "num_keypoints": 3, "keypoints": [12, 12, 2, 20, 20, 2, 30, 30, 2]}""");
        }

        File.WriteAllText(_folder["truth.json"], $$"""
            {"images": [{{string.Join(", ", images)}}], "annotations": [{{string.Join(", ", people)}}],
             "categories": [{"id": 1, "name": "person", "keypoints": ["a", "b", "c"], "skeleton": []}]}
            """);
    }

    private Task<PoseBatchProgram.Ended> EvaluateAsync(string boxes, params string[] more) =>
        PoseBatchProgram.RunAsync(_folder[""], ["eval", "truth.json", "--model", Package, "--boxes", boxes, "--pck-length", "box", .. more]);

    private static string[] Colour(string name) => ["-f", "lavfi", "-i", $"color={name}:s=64x64:r=10:d=1"];

    private void Clip(string name, string[] arguments) =>
        Clips.Make([.. arguments, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", _folder[name]]);

    private Task<PoseBatchProgram.Ended> ProcessAsync() =>
        PoseBatchProgram.RunAsync(_folder[""], "process", "clip.mp4", "--model", Package, "--out", "out", "--json");
}
