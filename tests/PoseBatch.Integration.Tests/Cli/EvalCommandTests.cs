using System.Text.Json;
using PoseBatch.Shared;

namespace PoseBatch.Cli;

/// <summary>posebatch eval from outside: real networks on annotated pictures, and its arithmetic against a second one in NumPy.</summary>
public sealed class EvalCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    private static string Annotations => SharedMedia.File("media", "coco-subset", "person_keypoints.json");

    // The precision that an independent pipeline in Python measured (the table beside the pictures).
    [Theory]
    [InlineData("simplepose-nano-256x192", 0.495, 0.744, 0.578, 0.536)]
    [InlineData("movenet-simcc-256x192", 0.444, 0.608, 0.495, 0.468)]
    [InlineData("movenet-topdown-320x256", 0.405, 0.622, 0.421, 0.430)]
    [InlineData("movenet-lightning-hub", 0.430, 0.605, 0.473, 0.460)]
    public async Task With_the_true_boxes_networks_are_as_precise_as_an_independent_pipeline_found_them(
        string model, double ap, double ap50, double ap75, double ar)
    {
        JsonElement precision = (await EvaluateAsync(
            Annotations, "--model", SharedMedia.File("models", model), "--boxes", "annotations")).GetProperty("precision");

        Assert.Equal(47, precision.GetProperty("people_to_find").GetInt32());
        Assert.Equal(ap, precision.GetProperty("ap").GetDouble(), 0.01);
        Assert.Equal(ap50, precision.GetProperty("ap_50").GetDouble(), 0.01);
        Assert.Equal(ap75, precision.GetProperty("ap_75").GetDouble(), 0.01);
        Assert.Equal(ar, precision.GetProperty("ar").GetDouble(), 0.01);
    }

    [Fact]
    public async Task Fields_of_the_detector_can_be_set_and_the_arithmetic_is_that_of_NumPy()
    {
        string poses = _folder["poses.json"];
        JsonElement report = await EvaluateAsync(
            Annotations, "--model", SharedMedia.File("models", "simplepose-nano-256x192"), "--detector", SharedMedia.File("models", "yolox-nano"),
            "--set", "detector.decoder.score_threshold=0.1", "--set", "detector.decoder.nms_overlap=0.6", "--write-poses", poses);
        JsonElement again = await EvaluateAsync(Annotations, "--results", poses);

        Assert.Equal("yolox-nano", report.GetProperty("detector").GetString());
        Assert.Equal(0.481, report.GetProperty("precision").GetProperty("ap").GetDouble(), 0.01);   // the independent pipeline's
        Assert.Equal(report.GetProperty("precision").ToString(), again.GetProperty("precision").ToString());

        JsonElement expected = Numpy(poses);
        foreach (JsonProperty figure in expected.EnumerateObject())
        {
            Assert.Equal(figure.Value.GetDouble(), report.GetProperty("precision").GetProperty(figure.Name).GetDouble(), 1e-5);
        }
    }

    // The table of docs/models.md. The pair was not trained for AlphaPose's rules; they still make it better than the plain way.
    [Fact]
    public async Task AlphaPoses_chain_runs_with_a_real_pair_of_networks()
    {
        string[] pair =
        [
            "--model", SharedMedia.File("models", "movenet-topdown-320x256"), "--detector", SharedMedia.File("models", "yolo-fastest-1.1-xl"),
            "--set", "detector.decoder.score_threshold=0.1", "--set", "detector.decoder.nms_overlap=0.6",
        ];
        JsonElement plain = await EvaluateAsync(Annotations, pair);
        JsonElement chain = await EvaluateAsync(
            Annotations, [.. pair, "--set", "family=alphapose", "--set", """decoder={"stride":4}""", "--set", "detector.decoder.rules=alphapose"]);

        Assert.InRange(chain.GetProperty("precision").GetProperty("ap").GetDouble(), 0.37, 0.45);
        Assert.InRange(plain.GetProperty("precision").GetProperty("ap").GetDouble(), 0.33, 0.39);
        Assert.True(chain.GetProperty("poses").GetInt32() < plain.GetProperty("poses").GetInt32(), "No poses were merged.");
    }

    // Stretched, as Google's file was fed; its int8 grid itself is 0.004 of the side, an independent decode was 0.0068 away.
    [Fact]
    public async Task MoveNet_finds_the_squat_where_Googles_own_int8_network_does()
    {
        string reference = _folder["squat.json"], poses = _folder["squat.poses.json"];
        File.WriteAllText(reference, """
            {"images": [{"id": 1, "file_name": "squat.png", "width": 500, "height": 610}], "annotations": [],
             "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder",
              "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
              "left_ankle", "right_ankle"]}]}
            """);
        await EvaluateAsync(
            reference, "--images", SharedMedia.File("media", "images"), "--model", SharedMedia.File("models", "movenet-lightning-hub"),
            "--set", "input.resize=stretch", "--write-poses", poses);

        double[] found = [.. JsonDocument.Parse(File.ReadAllBytes(poses)).RootElement[0].GetProperty("keypoints").EnumerateArray().Select(number => number.GetDouble())];
        double[][] expected = [.. File.ReadLines(SharedMedia.File("media", "references", "squat.movenet-lightning-int8.csv")).Skip(1)
            .Where(line => line.Length > 0).Select(line => line.Split(',').Select(word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Assert.Equal(17, expected.Length);
        double[] distances = [.. expected.SelectMany(row => new[]
        {
            Math.Abs(Fraction(found[3 * (int)row[2]], 500) - row[4]), Math.Abs(Fraction(found[(3 * (int)row[2]) + 1], 610) - row[5]),
        })];
        TestContext.Current.SendDiagnosticMessage($"mean {distances.Average():F4}, largest {distances.Max():F4} of the side");
        Assert.InRange(distances.Average(), 0, 0.009);
        Assert.InRange(distances.Max(), 0, 0.04);

        // Google counts 192 input pixels from the centre of the first one.
        static double Fraction(double place, double side) => ((place + 0.5) / side) - (0.5 / 192);
    }

    [Fact]
    public async Task Results_of_single_pictures_are_found_by_name_and_measured_as_the_model_is()
    {
        string[] pictures = [.. Directory.GetFiles(SharedMedia.File("media", "coco-subset", "images"), "*.jpg").Order(StringComparer.Ordinal).Take(3)];
        string reference = _folder["three.json"];
        Keep(pictures, reference);
        string[] networks = ["--model", SharedMedia.File("models", "simplepose-nano-256x192"), "--detector", SharedMedia.File("models", "yolox-nano")];
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, ["process", .. pictures, .. networks, "--out", "out", "--min-person-score", "0", "--json"]);
        Assert.Equal(0, run.ExitCode);

        JsonElement tables = await EvaluateAsync(reference, "--results", _folder["out"]);
        JsonElement model = await EvaluateAsync(reference, [.. networks, "--images", Path.GetDirectoryName(pictures[0])!]);

        Assert.Equal(3, tables.GetProperty("images").GetInt32());
        Assert.Equal(model.GetProperty("poses").GetInt32(), tables.GetProperty("poses").GetInt32());
        Assert.Equal(model.GetProperty("precision").ToString(), tables.GetProperty("precision").ToString());
        Assert.Equal(model.GetProperty("pck").ToString(), tables.GetProperty("pck").ToString());
    }

    [Fact]
    public async Task A_result_held_against_itself_is_right_everywhere()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", PoseBatchProgram.DemoClip, "--out", "out", "--json");
        string result = run.Json[0].GetProperty("result").GetString()!;

        PoseBatchProgram.Ended text = await PoseBatchProgram.RunAsync(Here, "eval", result, "--results", result);
        JsonElement report = await EvaluateAsync(result, "--results", result, "--out", _folder["report.json"]);

        Assert.Equal(1, report.GetProperty("precision").GetProperty("ap").GetDouble(), 1e-9);
        Assert.Equal(1, report.GetProperty("pck").GetProperty("all").GetDouble(), 1e-9);
        Assert.Equal(0, report.GetProperty("pck").GetProperty("median_px").GetDouble(), 1e-9);
        Assert.Equal(run.Json[0].GetProperty("counts").GetProperty("persons").GetInt32(), report.GetProperty("poses").GetInt32());
        Assert.Contains("AP      1.000", text.Output, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse(File.ReadAllText(_folder["report.json"])).RootElement.GetProperty("precision").GetProperty("ar").GetDouble());
    }

    [Theory]
    [InlineData(3, "does not hold COCO keypoint annotations", "wrong.json", "--results", "x.json")]
    [InlineData(3, "cannot be read", "missing.json", "--results", "x.json")]
    [InlineData(2, "no meaning with --results", "wrong.json", "--results", "x.json", "--boxes", "annotations")]
    [InlineData(2, "exclude each other", "wrong.json", "--long-side", "513", "--height", "368")]
    [InlineData(2, "is not FIELD=VALUE", "wrong.json", "--set", "decoder.mode")]
    [InlineData(2, "--pck must be", "wrong.json", "--pck", "0")]
    public async Task What_cannot_be_evaluated_is_said(int code, string said, params string[] words)
    {
        File.WriteAllText(_folder["wrong.json"], "[]");

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["eval", .. words]);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<JsonElement> EvaluateAsync(string reference, params string[] more)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["eval", reference, "--json", .. more]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        return Assert.Single(run.Json);
    }

    /// <summary>The annotations of these pictures only.</summary>
    private static void Keep(string[] pictures, string file)
    {
        using JsonDocument all = JsonDocument.Parse(File.ReadAllBytes(Annotations));
        JsonElement[] images = [.. all.RootElement.GetProperty("images").EnumerateArray()
            .Where(image => pictures.Select(Path.GetFileName).Contains(image.GetProperty("file_name").GetString()))];
        HashSet<long> ids = [.. images.Select(image => image.GetProperty("id").GetInt64())];
        File.WriteAllText(file, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["images"] = images,
            ["categories"] = all.RootElement.GetProperty("categories"),
            ["annotations"] = all.RootElement.GetProperty("annotations").EnumerateArray().Where(one => ids.Contains(one.GetProperty("image_id").GetInt64())).ToArray(),
        }));
    }

    private static JsonElement Numpy(string poses)
    {
        string script = Path.Combine(Repository.Root, "tests", "references", "coco_keypoints.py");
        string output = Python.Run(script, Annotations, poses);
        return JsonDocument.Parse(output).RootElement.Clone();
    }
}
