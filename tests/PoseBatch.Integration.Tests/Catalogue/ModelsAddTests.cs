using System.Text.Json;
using PoseBatch.Cases;
using PoseBatch.Cli;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Catalogue;

/// <summary><c>posebatch models add FILE.onnx</c> without a model.json: what the tensors tell, what has to be asked for.</summary>
public sealed class ModelsAddTests : IDisposable
{
    private static readonly IReadOnlyList<NetworkShape> Shapes = NetworkCatalogue.Read(NetworkCatalogue.OwnFile).AllShapes;

    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    [Theory]
    [InlineData("1x3x256x192", "simcc_x:1x17x384 simcc_y:1x17x512", "simcc", "coco-17")]
    [InlineData("1x3x384x288", "simcc_x:1x133x576 simcc_y:1x133x768", "simcc", null)]
    [InlineData("-1x3x256x192", "simcc_x:-1x26x384 simcc_y:-1x26x512", "simcc", null)]
    [InlineData("-1x3x256x192", "output_0:-1x17x64x48", "topdown-heatmap", "coco-17")]
    [InlineData("1x3x640x640", "output:1x8400x85", "yolox", null)]
    [InlineData("1x3x416x416", "output:1x3549x85", "yolox", null)]
    [InlineData("1x3x640x640", "output0:1x56x8400", "yolo-pose", "coco-17")]
    [InlineData("1x3x640x640", "output0:1x300x57", "yolo-pose", "coco-17")]
    [InlineData("1x3x640x640", "output0:1x84x8400", "yolo", null)]
    [InlineData("1x3x640x640", "output0:1x300x6", "yolo", null)]
    [InlineData("1x3x640x640", "dets:1x-1x5 keypoints:1x-1x17x3", "rtmo", "coco-17")]
    public void The_tensors_of_a_common_export_tell_what_it_is(string input, string outputs, string family, string? skeleton)
    {
        LikelyDescription found = LikelyDescription.Of(Network("mine.onnx", Tensors(input, outputs)), Shapes, null, [new("licence", "MIT")]);

        int[] dimensions = Dimensions(input);
        Assert.Equal((family, "mine", "MIT"), (found.Description.Family, found.Description.Name, found.Description.Licence));
        Assert.Equal((dimensions[3], dimensions[2]), (found.Description.Input.Size.Width, found.Description.Input.Size.Height));
        Assert.Contains($"family {family}", found.Assumptions);
        if (skeleton is not null)
        {
            Assert.Contains($"skeleton \"{skeleton}\"", found.Assumptions);
        }
    }

    [Fact]
    public void What_the_tensors_do_not_tell_is_asked_for()
    {
        ModelTensors tensors = Tensors("1x3x640x640", "dets:1x-1x5 labels:1x-1");

        PoseBatchException several = Assert.Throws<PoseBatchException>(() => LikelyDescription.Of(Network("d.onnx", tensors), Shapes, null, []));
        LikelyDescription named = LikelyDescription.Of(Network("d.onnx", tensors), Shapes, "mmdeploy-rtmdet", [new("input.pad", "[1, 2, 3]")]);

        Assert.Contains("mmdeploy-yolox", several.Message, StringComparison.Ordinal);
        Assert.Contains("mmdeploy-rtmdet", several.Message, StringComparison.Ordinal);
        Assert.Contains("--like", several.Advice, StringComparison.Ordinal);
        Assert.Equal("boxes", named.Description.Family);
        Assert.Equal([103.53f, 116.28f, 123.675f], named.Description.Input.Mean);
        Assert.Equal([1f, 2f, 3f], named.Description.Input.Pad.Select(value => (float)value));
        Assert.Contains(named.Assumptions, line => line.StartsWith("licence: no file says it", StringComparison.Ordinal));
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        ModelTensors tensors = Tensors("1x3x640x640", "something:1x7x7");

        Assert.Contains("something float32 [1,7,7]", Refusal(tensors, null, []).Message, StringComparison.Ordinal);
        Assert.Contains("no output 'simcc_x'", Refusal(tensors, "rtmpose-m", []).Message, StringComparison.Ordinal);
        Assert.Contains("rtmpose-m", Refusal(tensors, "rtmpose-x", []).Advice, StringComparison.Ordinal);
        Assert.Contains("$.input.colour_order", Refusal(Tensors("1x3x640x640", "output:1x8400x85"), "yolox-s", [new("input.colour_order", "yuv")]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_model_json_says_can_be_changed_on_the_way()
    {
        string source = Path.Combine(Repository.Root, "models", "posebatch-small");
        File.WriteAllText(_folder["settings.json"], JsonSerializer.Serialize(new { Models = new { Root = _folder["models"] } }));

        PoseBatchProgram.Ended added = await PoseBatchProgram.RunAsync(
            Here, "models", "add", source, "--config", _folder["settings.json"], "--set", "thresholds.min_person_score=0.5", "--name", "mine");
        PoseBatchProgram.Ended refused = await PoseBatchProgram.RunAsync(
            Here, "models", "add", source, "--config", _folder["settings.json"], "--set", "thresholds.min_person_score=9", "--name", "other");

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Equal(0.5f, ModelJson.Read(File.ReadAllText(_folder["models/mine/model.json"]), "model.json").MinPersonScore);
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("$.thresholds.min_person_score: must be a number from 0 to 4", refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["models/other"]));
    }

    [Fact]
    public async Task A_network_without_a_description_is_described_tried_and_installed()
    {
        string network = _folder["detector.onnx"];
        File.Copy(CaseFiles.Of("m-yolo-detectors/end_to_end.onnx"), network);
        File.WriteAllText(_folder["settings.json"], JsonSerializer.Serialize(new { Models = new { Root = _folder["models"] } }));

        PoseBatchProgram.Ended added = await PoseBatchProgram.RunAsync(
            Here, "models", "add", network, "--config", _folder["settings.json"], "--set", "input.std=[1,1,1]", "--set", "input.pad=[0,0,0]", "--set", "licence=Apache-2.0");

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Contains("Described like ultralytics-detect-end-to-end", added.Output, StringComparison.Ordinal);
        Assert.Contains("AGPL-3.0", added.Output, StringComparison.Ordinal);
        Assert.Contains("Tried: runs", added.Output, StringComparison.Ordinal);
        ModelDescription installed = ModelJson.Read(File.ReadAllText(_folder["models/detector/model.json"]), "model.json");
        Assert.Equal(("yolo", "end_to_end", "Apache-2.0"), (installed.Family, installed.DecoderText("format"), installed.Licence));
        Assert.Equal((192, 256), (installed.Input.Size.Width, installed.Input.Size.Height));
    }

    public void Dispose() => _folder.Dispose();

    private static PoseBatchException Refusal(ModelTensors tensors, string? like, KeyValuePair<string, string>[] settings) =>
        Assert.Throws<PoseBatchException>(() => LikelyDescription.Of(Network("x.onnx", tensors), Shapes, like, settings));

    private static UndescribedNetwork Network(string file, ModelTensors tensors) => new(file, new string('a', 64), tensors);

    private static ModelTensors Tensors(string input, string outputs) => new(
        [new("images", TensorType.Float32, Dimensions(input))],
        [.. outputs.Split(' ').Select(output => output.Split(':')).Select(pair => new TensorDeclaration(pair[0], TensorType.Float32, Dimensions(pair[1])))]);

    private static int[] Dimensions(string text) => [.. text.Split('x').Select(int.Parse)];
}
