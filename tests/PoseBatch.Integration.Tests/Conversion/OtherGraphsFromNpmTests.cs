using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseBatch.Cli;
using PoseBatch.Ffmpeg;
using PoseBatch.Geometry;
using PoseBatch.Onnx;
using PoseBatch.Shared;
using PoseBatch.Video;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Conversion;

/// <summary>Further graphs of the npm package, converted, against what TensorFlow.js gives for the same pictures (tests/data/graphs).</summary>
public sealed class OtherGraphsFromNpmTests : IDisposable
{
    private const int JointCount = 17, RowLength = (3 * JointCount) + 5;

    // What the catalogue says of MultiPose; docs/models.md has the figures behind it.
    private const double LeastScore = 0.15;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task MultiPose_finds_the_people_that_the_whole_graph_finds()
    {
        JsonElement expected = Reference("multipose");
        int side = expected.GetProperty("width").GetInt32();
        string package = Directory.CreateDirectory(_folder["multipose"]).FullName;
        HumanModels.Convert("movenet-multipose", package);

        foreach (JsonProperty picture in expected.GetProperty("pictures").EnumerateObject())
        {
            string small = Small(picture.Name, side);
            PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
                _folder.Path, "process", small, "--model", package, "--provider", "cpu", "--out", _folder[Path.GetFileName(picture.Name)], "--quiet");
            Assert.True(ended.ExitCode == 0, ended.Errors);
            string result = Directory.GetDirectories(_folder[Path.GetFileName(picture.Name)]).Single();
            List<ResultPoses.Joint[]> found = ResultPoses.Read(result, JointCount)[0];
            double[][] people = [.. picture.Value.EnumerateArray()
                .Select(row => row.EnumerateArray().Select(number => number.GetDouble()).ToArray())
                .Where(row => row[RowLength - 1] >= LeastScore)
                .OrderByDescending(row => row[RowLength - 1])];

            Assert.InRange(people.Length, 2, 6);
            Assert.Equal(people.Length, found.Count);
            for (int joint = 0; joint < people.Length * JointCount; joint++)
            {
                (int person, int index) = int.DivRem(joint, JointCount);
                ResultPoses.Joint own = found[person][index];
                double[] row = people[person];
                Assert.Equal(row[(3 * index) + 1] * side, own.X, 0.01);
                Assert.Equal(row[3 * index] * side, own.Y, 0.01);
                Assert.Equal(row[(3 * index) + 2], own.Confidence, 1e-5);
            }
        }
    }

    // In its first twelve seconds the room is empty but for a table.
    [Fact]
    public async Task MultiPose_finds_nobody_in_an_empty_room_and_four_people_who_pose_for_a_picture()
    {
        string package = Directory.CreateDirectory(_folder["multipose"]).FullName;
        HumanModels.Convert("movenet-multipose", package);
        string group = _folder["group.mkv"];
        Clips.Make("-i", SharedMedia.File("media", "coco-subset", "images", "000000000790.jpg"), "-frames:v", "1", "-c:v", "ffv1", "-pix_fmt", "bgr0", group);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", SharedMedia.File("media", "videos", "cctv-one-by-one.mp4"), group, "--end-frame", "56", "--model", package, "--provider", "cpu", "--json");

        Assert.True(ended.ExitCode == 0, ended.Errors);
        Assert.Equal([0, 4], ended.Json.Select(line => line.GetProperty("counts").GetProperty("persons").GetInt32()));
    }

    [Fact]
    public async Task PoseNet_has_the_four_heads_of_the_graph()
    {
        JsonElement expected = Reference("posenet");
        int side = expected.GetProperty("width").GetInt32();
        string package = Directory.CreateDirectory(_folder["posenet"]).FullName;
        HumanModels.Convert("posenet-mobilenet", package);
        CatalogueEntry entry = NetworkCatalogue.Read(NetworkCatalogue.OwnFile).Find("posenet-mobilenet");
        ConvertedNetwork network = GraphConverter.Convert(GraphFile.Read(Path.Combine(package, "posenet.json")), new()
        {
            Width = side,
            Height = side,
            Outputs = [.. entry.Conversion!.Outputs.Select(output => (output.Value, output.Key))],
        });
        float[] picture = await PixelsAsync(Small(expected.GetProperty("picture").GetString()!, side), side);

        using InferenceSession session = PlainSession.Open(network.Onnx);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs =
            session.Run([NamedOnnxValue.CreateFromTensor(ConversionPlan.InputName, new DenseTensor<float>(picture, [1, 3, side, side]))]);
        foreach (JsonProperty head in expected.GetProperty("heads").EnumerateObject())
        {
            Tensor<float> own = outputs.Single(output => output.Name == head.Name).AsTensor<float>();
            double[] first = [.. head.Value.GetProperty("first").EnumerateArray().Select(number => number.GetDouble())];

            Assert.Equal([1, head.Value.GetProperty("channels").GetInt32(), ((side - 1) / 16) + 1, ((side - 1) / 16) + 1], own.Dimensions.ToArray());
            Assert.Equal(first, Enumerable.Range(0, first.Length).Select(channel => (double)own[0, channel, 0, 0]), (a, b) => Math.Abs(a - b) < 1e-3);
            double sum = head.Value.GetProperty("sum").GetDouble();
            Assert.Equal(sum, own.Sum(number => Math.Abs((double)number)), sum * 1e-5);
        }
    }

    [Fact]
    public async Task The_detector_of_BlazePose_shows_a_pose_network_where_the_woman_of_squats_is()
    {
        string package = Directory.CreateDirectory(_folder["detector"]).FullName;
        HumanModels.Convert("blazepose-detector", package);

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", SharedMedia.File("media", "videos", "squats.mp4"), "--model", SharedMedia.File("models", "simplepose-nano-256x192"),
            "--detector", package, "--provider", "cpu", "--out", _folder["results"], "--quiet");

        Assert.True(ended.ExitCode == 0, ended.Errors);
        (double median, double share) = Accuracy.Against(
            SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json"), Directory.GetDirectories(_folder["results"]).Single());
        TestContext.Current.SendDiagnosticMessage($"median {median:F2} px, PCK {share:F4}");
        Assert.InRange(median, 0, 15);
        Assert.InRange(share, 0.95, 1);
    }

    private static JsonElement Reference(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "data", "graphs", "tfjs.json"))).RootElement.GetProperty(name);

    private string Small(string picture, int side)
    {
        string filter = string.Create(CultureInfo.InvariantCulture, $"scale={side}:{side},setsar=1,format=rgb24");
        Clips.Make("-i", SharedMedia.File(picture.Split('/')), "-vf", filter, "-frames:v", "1", "-c:v", "ffv1", "-pix_fmt", "bgr0", _folder["small.mkv"]);
        return _folder["small.mkv"];
    }

    /// <summary>A picture in NCHW, <c>v / 127.5 - 1</c>.</summary>
    private static async Task<float[]> PixelsAsync(string path, int side)
    {
        VideoInfo video = await Clips.Decoder.ProbeAsync(path, null, TestContext.Current.CancellationToken);
        FrameFormat format = new(PixelLayout.Rgb24, new PixelSize(side, side));
        await using IVideoReader reader = Clips.Decoder.Open(video, format, TestContext.Current.CancellationToken);
        byte[] pixels = new byte[format.ByteCount];
        Assert.True(reader.TryRead(pixels, out _));
        float[] planes = new float[pixels.Length];
        for (int index = 0; index < pixels.Length; index++)
        {
            planes[((index % 3) * side * side) + (index / 3)] = (pixels[index] / 127.5f) - 1;
        }

        return planes;
    }
}
