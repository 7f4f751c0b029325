using System.Globalization;
using System.Text.Json.Nodes;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Onnx;
using PoseBatch.Shared;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Conversion;

/// <summary>
/// Published TF-Lite files, converted by the command line, against their publisher's results for the same pictures (shared/tflite). Those
/// come from rounded whole numbers all through the network, ours from float numbers; so they are near, not equal.
/// </summary>
public sealed class TfliteFilesTests : IDisposable
{
    private const int JointCount = 17;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MoveNet_finds_the_joints_that_its_publisher_finds() => await ComparesAsync(
        "movenet_single_pose_lightning_ptq", "movenet-lightning", "squat.png", (192, 192), mostOnAverage: 0.008, most: 2 / 48.0,   // two cells of its maps
        "kpt_heatmap=Sigmoid",
        "center=Sigmoid_1",
        "kpt_regress=kpt_regress_0/conv2d_6/BiasAdd;kpt_regress_0/conv2d_6/Conv2D;conv2d_6/bias1",
        "kpt_offset=kpt_offset_0/conv2d_7/BiasAdd;kpt_regress_0/conv2d_6/Conv2D;kpt_offset_0/conv2d_7/Conv2D;conv2d_7/bias1");

    [Fact]
    public async Task PoseNet_finds_the_two_people_that_its_publisher_finds() => await ComparesAsync(
        "posenet_mobilenet_v1_075_353_481_16_quant_decoder", "posenet-mobilenet", "couple-snow.png", (481, 353), mostOnAverage: 0.005, most: 0.015,
        "heatmap_2=float_heatmaps1",
        "offset_2=float_short_offsets1",
        "displacement_fwd_2=MobilenetV1/displacement_fwd_2/BiasAdd;MobilenetV1/displacement_fwd_2/BiasAdd/conv;MobilenetV1/displacement_fwd_2/Conv2D_bias1",
        "displacement_bwd_2=MobilenetV1/displacement_bwd_2/BiasAdd;MobilenetV1/displacement_fwd_2/BiasAdd/conv;MobilenetV1/displacement_bwd_2/BiasAdd/conv;MobilenetV1/displacement_bwd_2/Conv2D_bias1");

    /// <summary>Distances along an axis are fractions of the picture's side.</summary>
    private async Task ComparesAsync(
        string file, string entry, string picture, (int Width, int Height) size, double mostOnAverage, double most, params string[] heads)
    {
        string package = _folder["package"];
        await RunAsync(["models", "convert", SharedMedia.File("tflite", file + ".tflite"), "--out", package, .. heads.SelectMany(head => new[] { "--output", head })]);
        NetworkFiles.Describe(package, Sized(NetworkCatalogue.Read(NetworkCatalogue.OwnFile).Find(entry), size));
        string filter = string.Create(CultureInfo.InvariantCulture, $"scale={size.Width}:{size.Height},setsar=1,format=rgb24");
        Clips.Make("-i", SharedMedia.File("media", "images", picture), "-vf", filter, "-frames:v", "1", "-c:v", "ffv1", "-pix_fmt", "bgr0", _folder["small.mkv"]);
        await RunAsync("process", _folder["small.mkv"], "--model", package, "--provider", "cpu", "--out", _folder["out"], "--quiet");

        List<ResultPoses.Joint[]> found = ResultPoses.Read(Directory.GetDirectories(_folder["out"]).Single(), JointCount)[0];
        string[][] rows = [.. File.ReadLines(SharedMedia.File("tflite", file + "_reference.csv")).Skip(1).Select(line => line.Split(','))];
        double[] distances = [.. rows.SelectMany(row =>
        {
            double[] numbers = [.. row.Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
            ResultPoses.Joint own = found[(int)numbers[0]][(int)numbers[2]];
            return new[] { double.Abs((own.X / size.Width) - numbers[4]), double.Abs((own.Y / size.Height) - numbers[5]) };
        })];

        Assert.Equal(rows.Length, found.Count * JointCount);
        Assert.InRange(distances.Average(), 0, mostOnAverage);
        Assert.InRange(distances.Max(), 0, most);
    }

    /// <summary>An entry for a file of another size, that takes bytes as they are.</summary>
    private static CatalogueEntry Sized(CatalogueEntry entry, (int Width, int Height) size)
    {
        JsonObject model = entry.Model.DeepClone().AsObject();
        JsonObject input = model["input"]!.AsObject();
        (input["width"], input["height"]) = (size.Width, size.Height);
        (input["mean"], input["std"]) = (new JsonArray(0, 0, 0), new JsonArray(1, 1, 1));
        return entry with { Model = model };
    }

    private async Task RunAsync(params string[] arguments)
    {
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
    }
}
