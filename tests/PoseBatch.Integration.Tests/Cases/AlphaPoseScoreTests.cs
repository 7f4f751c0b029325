using System.Security.Cryptography;
using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Families;
using PoseBatch.Ffmpeg;
using PoseBatch.Geometry;
using PoseBatch.Jobs;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Poses;
using PoseBatch.Results.Reading;
using PoseBatch.Results.Verification;
using PoseBatch.Service.Api;

namespace PoseBatch.Cases;

/// <summary>
/// Scores of AlphaPose's chain end above 1, and survive everything that reads a result. Two networks made here see seven people wherever
/// they look; every joint has a confidence of 0.5, so that the score of a person is that of its box + 0.5 + 1.25 x 0.5 (docs/spec, 8).
/// </summary>
public sealed class AlphaPoseScoreTests : IDisposable
{
    private const int Side = 32, Cells = Side / 4, JointCount = 17, NumbersOfBox = 6, BoxCount = 9;
    private const float OfJoints = 0.5f + (1.25f * 0.5f);

    // In hundredths; boxes far from each other. What no anchor sees is zeros.
    private static readonly int[] BoxScores = [90, 85, 80, 75, 70, 35, 32];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_seven_people_the_five_above_a_score_of_one_and_a_half_reach_tables_verification_export_and_page()
    {
        await using TestService service = await TestService.StartAsync();
        string video = service.AddVideo("seven.mkv", Clip());
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", video, "--model", PoseNetwork(), "--detector", Detector(), "--min-person-score", "1.5", "--out", service.Results, "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        string result = Assert.Single(run.Json).GetProperty("result").GetString()!;
        float[] expected = [.. BoxScores.Take(5).Select(score => (score / 100f) + OfJoints)];
        List<ResultFrame> frames = [.. PoseResult.Open(result).ReadFrames(Stop)];
        Assert.Equal(2, frames.Count);
        Assert.All(frames, frame => Assert.Equal(expected, frame.People.Select(person => person.Score), (a, b) => Math.Abs(a - b) < 1e-5f));
        Assert.Empty(ResultInspector.Inspect(result).Problems);
        Assert.Equal(2 * 5, await CocoScoresAsync(result, expected));
        Assert.Equal(2 * 5, (await PageAsync(service, result)).GetProperty("people").GetArrayLength());
    }

    [Fact]
    public async Task Without_a_threshold_all_seven_are_kept()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", Clip(), "--model", PoseNetwork(), "--detector", Detector(), "--out", _folder["out"], "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(2 * BoxScores.Length, Assert.Single(run.Json).GetProperty("counts").GetProperty("persons").GetInt32());
    }

    private async Task<int> CocoScoresAsync(string result, float[] expected)
    {
        string coco = _folder["coco.json"];
        PoseBatchProgram.Ended export = await PoseBatchProgram.RunAsync(_folder.Path, "export", result, "--to", "coco-json", "--out", coco);
        Assert.True(export.ExitCode == 0, export.Output + export.Errors);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(coco, Stop));
        float[] scores = [.. document.RootElement.GetProperty("annotations").EnumerateArray().Select(one => one.GetProperty("score").GetSingle())];
        Assert.All(expected, score => Assert.Equal(2, scores.Count(one => Math.Abs(one - score) < 1e-5f)));
        return scores.Length;
    }

    private static async Task<JsonElement> PageAsync(TestService service, string result)
    {
        string id = (await service.SubmitAsync(new { source = new { path = "seven.mkv" }, inference = new { min_person_score = 1.5 } })).GetProperty("job_id").GetString()!;
        JobLease lease = await service.ClaimAsync();
        await service.Store.AdvanceAsync(lease, JobStatus.Running, null, Stop);
        Assert.True(await service.Store.CompleteAsync(lease, result, false, null, null, Stop));
        return JsonElement.Parse(await service.Client.GetStringAsync($"/api/jobs/{id}/poses?from=0&to=1", Stop));
    }

    private string Clip()
    {
        Clips.Make("-f", "lavfi", "-i", "color=black:size=320x320:rate=2:duration=1", "-c:v", "ffv1", "-pix_fmt", "bgr0", _folder["seven.mkv"]);
        return _folder["seven.mkv"];
    }

    // Rows of cx, cy, w, h, objectness, class score: one cell of stride 32 with nine anchors.
    private string Detector()
    {
        List<long> rows = [];
        for (int box = 0; box < BoxCount; box++)
        {
            (int row, int column) = int.DivRem(box, 4);
            rows.AddRange(box < BoxScores.Length ? [400 + (800 * column), 800 + (1600 * row), 600, 1200, BoxScores[box], 100] : new long[NumbersOfBox]);
        }

        byte[] network = TinyOnnx.Model(
            [new("images", TinyOnnx.Float, "N", 3, Side, Side)],
            [new("detections", TinyOnnx.Float, "N", BoxCount, NumbersOfBox)],
            [
                .. Zero("images", "column"),
                new("Cast", ["rows"], ["whole"], ("to", (long)TinyOnnx.Float)),
                new("Cast", ["hundred"], ["divisor"], ("to", (long)TinyOnnx.Float)),
                new("Div", ["whole", "divisor"], ["flat"]),
                new("Reshape", ["flat", "shape"], ["table"]),
                new("Add", ["table", "zero"], ["detections"]),
            ],
            ("rows", [.. rows]), ("hundred", [100]), ("shape", [1, BoxCount, NumbersOfBox]), ("column", [-1, 1, 1]));
        return Package("detector", network, "yolov3", "images", new("detections", "detections", TensorLayout.Plain), new("none", [], [], []),
            new() { ["rules"] = "alphapose", ["score_threshold"] = 0.3 });
    }

    // One cell of each map is 0.5, the same for all joints.
    private string PoseNetwork()
    {
        long[] maps = new long[JointCount * Cells * Cells];
        for (int joint = 0; joint < JointCount; joint++)
        {
            maps[(joint * Cells * Cells) + (4 * Cells) + 4] = 1;
        }

        byte[] network = TinyOnnx.Model(
            [new("image", TinyOnnx.Float, "N", 3, Side, Side)],
            [new("heatmap", TinyOnnx.Float, "N", JointCount, Cells, Cells)],
            [
                .. Zero("image", "column"),
                new("Cast", ["maps"], ["whole"], ("to", (long)TinyOnnx.Float)),
                new("Cast", ["two"], ["divisor"], ("to", (long)TinyOnnx.Float)),
                new("Div", ["whole", "divisor"], ["flat"]),
                new("Reshape", ["flat", "shape"], ["table"]),
                new("Add", ["table", "zero"], ["heatmap"]),
            ],
            ("maps", maps), ("two", [2]), ("shape", [1, JointCount, Cells, Cells]), ("column", [-1, 1, 1, 1]));
        return Package("pose", network, "alphapose", "image", new("heatmap", "heatmap", TensorLayout.Nchw), Skeletons.Coco17, []);
    }

    // "zero" = 0 for each picture of the batch, in the shape of the constant.
    private static TinyOnnx.Node[] Zero(string picture, string shape) =>
    [
        new("ReduceMax", [picture], ["largest"], ("axes", new long[] { 1, 2, 3 }), ("keepdims", 0L)),
        new("Sub", ["largest", "largest"], ["nothing"]),
        new("Reshape", ["nothing", shape], ["zero"]),
    ];

    private string Package(string name, byte[] network, string family, string input, ModelOutput output, Skeleton skeleton, Dictionary<string, object> decoder)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), network);
        File.WriteAllText(Path.Combine(folder, "model.json"), ModelJson.Write(new()
        {
            Name = name,
            Family = family,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(network)),
            Licence = "Apache-2.0",
            Origin = "made by a test",
            Input = new()
            {
                Name = input,
                Layout = TensorLayout.Nchw,
                Type = TensorType.Float32,
                Size = new(Side, Side),
                ColourOrder = ColourOrder.Rgb,
                Resize = ResizeRule.Letterbox,
                Pad = [0, 0, 0],
                Mean = [0, 0, 0],
                Std = [1, 1, 1],
            },
            Outputs = [output],
            Decoder = decoder,
            Skeleton = skeleton,
        }));
        return folder;
    }
}
