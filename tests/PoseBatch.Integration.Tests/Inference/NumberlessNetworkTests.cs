using System.Text.Json;
using PoseBatch.Commands;
using PoseBatch.Decode;
using PoseBatch.Parquet.Results;

namespace PoseBatch.Inference;

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

    private static string[] Colour(string name) => ["-f", "lavfi", "-i", $"color={name}:s=64x64:r=10:d=1"];

    private void Clip(string name, string[] arguments) =>
        Clips.Make([.. arguments, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", _folder[name]]);

    private Task<PoseBatchProgram.Ended> ProcessAsync() =>
        PoseBatchProgram.RunAsync(_folder[""], "process", "clip.mp4", "--model", Package, "--out", "out", "--json");
}
