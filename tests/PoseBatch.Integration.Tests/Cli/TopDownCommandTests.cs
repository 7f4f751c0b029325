using System.Text.Json;
using PoseBatch.Results.Verification;
using PoseBatch.Shared;

namespace PoseBatch.Cli;

/// <summary>Detector and pose network on one decode, from outside, with real networks on real clips.</summary>
public sealed class TopDownCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    // The reference pipeline with the first pair measured 11.5 px and 0.994. The MoveNet networks were trained on whole frames
    // and are made to look at crops; they run and find her, which is all that is asked of them.
    [Theory]
    [InlineData("simplepose-nano-256x192", "yolox-nano", 12.5, 0.985)]
    [InlineData("simplepose-nano-256x192", "yolo-fastest-1.1-xl", 12.5, 0.985)]
    [InlineData("simplepose-nano-256x192", "yolo-fastest-1.1-body", 15, 0.95)]
    [InlineData("movenet-simcc-256x192", "yolox-nano", 20, 0.9)]
    [InlineData("movenet-topdown-320x256", "yolox-nano", 20, 0.9)]
    public async Task The_woman_of_squats_is_where_an_independent_network_finds_her(string model, string detector, double median, double pck)
    {
        PoseBatchProgram.Ended run = await ProcessAsync("squats.mp4", model, "--detector", SharedMedia.File("models", detector));

        (double measured, double share) = Accuracy.Against(
            SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json"), Result(run));
        TestContext.Current.SendDiagnosticMessage($"{model} + {detector}: median {measured:F2} px, PCK {share:F4}");
        Assert.Equal(65, run.Json[0].GetProperty("counts").GetProperty("inferred").GetInt32());
        Assert.InRange(measured, 0, median);
        Assert.InRange(share, pck, 1);
    }

    [Fact]
    public async Task A_street_gives_several_people_in_every_frame()
    {
        PoseBatchProgram.Ended run = await ProcessAsync(
            "street-crowd-5frames.mp4", "simplepose-nano-256x192", "--detector", SharedMedia.File("models", "yolox-nano"));

        JsonElement counts = run.Json[0].GetProperty("counts");
        Assert.Equal(5, counts.GetProperty("inferred").GetInt32());
        Assert.InRange(counts.GetProperty("persons").GetInt32(), 5 * 3, 5 * 20);
        Assert.Empty(ResultInspector.Inspect(Result(run)).Problems);
    }

    [Fact]
    public async Task Without_a_detector_the_whole_frame_is_looked_at()
    {
        PoseBatchProgram.Ended run = await ProcessAsync("squats.mp4", "simplepose-nano-256x192");

        Assert.Equal(65, run.Json[0].GetProperty("counts").GetProperty("persons").GetInt32());
        Assert.False(Manifest(Result(run)).GetProperty("model").TryGetProperty("detector", out _));
    }

    [Fact]
    public async Task The_tables_are_the_same_bytes_whatever_batch_and_workers()
    {
        List<string[]> hashes = [];
        foreach ((string batch, string workers) in new[] { ("1", "1"), ("4", "1"), ("3", "2") })
        {
            PoseBatchProgram.Ended run = await ProcessAsync(
                "street-crowd-5frames.mp4", "simplepose-nano-256x192", "--detector", SharedMedia.File("models", "yolox-nano"),
                "--batch", batch, "--workers", workers, "--overwrite");
            hashes.Add([.. ResultInspector.Inspect(Result(run)).Tables.Select(table => $"{table.Name} {table.Sha256}")]);
        }

        Assert.All(hashes, tables => Assert.Equal(hashes[0], tables));
    }

    [Fact]
    public async Task The_metadata_name_the_detector_and_another_one_makes_another_result()
    {
        string first = Result(await ProcessAsync("street-crowd-5frames.mp4", "simplepose-nano-256x192", "--detector", SharedMedia.File("models", "yolox-nano")));
        string second = Result(await ProcessAsync("street-crowd-5frames.mp4", "simplepose-nano-256x192", "--detector", SharedMedia.File("models", "yolo-fastest-1.1-xl")));

        JsonElement manifest = Manifest(first);
        JsonElement detector = manifest.GetProperty("model").GetProperty("detector");
        Assert.Equal("yolox-nano", detector.GetProperty("name").GetString());
        Assert.Equal("0e643bca9629d27bdef8580db005252944c491d7f0f2be06355c758bd9472eba", detector.GetProperty("sha256").GetString());
        JsonElement settings = manifest.GetProperty("settings");
        Assert.Equal(detector.GetProperty("sha256").GetString(), settings.GetProperty("detector.sha256").GetString());
        Assert.Equal(0.3, settings.GetProperty("detector.decoder.score_threshold").GetDouble());
        Assert.Equal(0.45, settings.GetProperty("detector.decoder.nms_overlap").GetDouble());
        Assert.NotEqual(first, second);
        Assert.NotEqual(manifest.GetProperty("key").GetString(), Manifest(second).GetProperty("key").GetString());
    }

    [Theory]
    [InlineData("yolox-nano", null, "finds people, not joints")]
    [InlineData("simplepose-nano-256x192", "movenet-topdown-320x256", "finds joints, not people")]
    [InlineData("movenet-lightning-4head", "yolox-nano", "looks at whole frames")]
    public async Task Networks_in_each_others_places_are_refused_before_anything_is_decoded(string model, string? detector, string said)
    {
        string[] words = ["process", PoseBatchProgram.DemoClip, "--out", "out", "--model", SharedMedia.File("models", model)];
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, detector is null ? words : [.. words, "--detector", SharedMedia.File("models", detector)]);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("model_mismatch", run.Errors, StringComparison.Ordinal);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task A_detector_for_the_models_that_come_with_the_program_is_refused_by_name()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", PoseBatchProgram.DemoClip, "--out", "out", "--detector", "posebatch-small");

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("named as the detector but finds joints", run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<PoseBatchProgram.Ended> ProcessAsync(string video, string model, params string[] more)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, ["process", SharedMedia.File("media", "videos", video), "--model", SharedMedia.File("models", model), "--out", "out", "--json", .. more]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        return run;
    }

    private static string Result(PoseBatchProgram.Ended run) => run.Json[0].GetProperty("result").GetString()!;

    private static JsonElement Manifest(string result) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(result, "manifest.json"))).RootElement;
}
