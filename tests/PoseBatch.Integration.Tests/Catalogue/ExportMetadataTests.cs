using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Families;
using PoseBatch.Models;
using PoseBatch.Onnx;
using PoseBatch.Worker.Catalogue;

namespace PoseBatch.Catalogue;

/// <summary><c>posebatch models add</c> reads what Ultralytics and sleap-nn write into the networks they export, and trusts none of it.</summary>
public sealed class ExportMetadataTests : IDisposable
{
    private const string Person = "{0: 'person'}";

    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    public void Dispose() => _folder.Dispose();

    // 4 numbers of the box, 1 class, 3 for each joint; more boxes than numbers.
    [Fact]
    public async Task A_pose_network_of_ultralytics_brings_its_joints_and_its_licence()
    {
        byte[] network = TinyOnnx.With(
            TinyOnnx.Blank(4 + 1 + (3 * 3), 21), ("task", "pose"), ("names", "{0: 'mouse'}"), ("imgsz", "[32, 32]"), ("stride", "32"),
            ("kpt_shape", "[3, 3]"), ("kpt_names", "{0: ['Nose', 'left ear', 'tail-base']}"), ("license", "AGPL-3.0 License (https://ultralytics.com/license)"),
            ("author", "Ultralytics"), ("description", "Ultralytics YOLO11n-pose model"));

        (PoseBatchProgram.Ended added, ModelDescription? installed) = await AddAsync(network);

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Equal(("yolo-pose", "raw", "AGPL-3.0"), (installed!.Family, installed.DecoderText("format"), installed.Licence));
        Assert.Equal(["nose", "left_ear", "tail_base"], installed.Skeleton.Keypoints);
        Assert.Equal("Ultralytics, Ultralytics YOLO11n-pose model", installed.Origin);
        string read = Between(added.Output, "Read from the file, as Ultralytics wrote it:", "Taken for granted");
        Assert.Contains("skeleton {", read, StringComparison.Ordinal);
        Assert.Contains("licence \"AGPL-3.0\"", read, StringComparison.Ordinal);
        Assert.Contains("AGPL-3.0 License (https://ultralytics.com/license)", read, StringComparison.Ordinal);
        string assumed = added.Output[added.Output.IndexOf("Taken for granted", StringComparison.Ordinal)..];
        Assert.DoesNotContain("skeleton", assumed, StringComparison.Ordinal);
        Assert.Contains("input.std [255,255,255]", assumed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0: 'bicycle', 1: 'person'}", 6, 21, "raw", 1)]
    [InlineData("['person', 'car']", 6, 21, "raw", 0)]
    [InlineData("{0: 'car', 1: 'Person', 2: 'dog'}", 300, 6, "end_to_end", 1)]
    [InlineData("{0: 'fly'}", 5, 21, "raw", 0)]
    public async Task A_detector_of_ultralytics_brings_the_class_of_people(string names, int rows, int columns, string format, int person)
    {
        (PoseBatchProgram.Ended added, ModelDescription? installed) = await AddAsync(TinyOnnx.With(TinyOnnx.Blank(rows, columns), ("task", "detect"), ("names", names)));

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Equal(("yolo", format), (installed!.Family, installed.DecoderText("format")));
        Assert.Equal(person, installed.DecoderNumber("person_class"));
        Assert.Contains($"decoder.person_class {person}", Between(added.Output, "Read from the file", "Taken for granted"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_that_is_no_person_has_to_be_named()
    {
        byte[] network = TinyOnnx.With(TinyOnnx.Blank(6, 21), ("task", "detect"), ("names", "{0: 'car', 1: 'dog'}"));

        (PoseBatchProgram.Ended refused, ModelDescription? nothing) = await AddAsync(network);
        (PoseBatchProgram.Ended added, ModelDescription? installed) = await AddAsync(network, "--set", "decoder.person_class=1");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("finds car, dog: none of them is 'person'", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--set decoder.person_class=N", refused.Errors, StringComparison.Ordinal);
        Assert.Null(nothing);
        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Equal(1, installed!.DecoderNumber("person_class"));
    }

    [Fact]
    public async Task An_export_of_sleap_brings_its_nodes_and_edges()
    {
        byte[] network = TinyOnnx.With(TinyOnnx.BlankPeaks(3), ("sleap_nn_metadata", """
            {"model_type": "single_instance", "node_names": ["head", "thorax", "abdomen"], "edge_inds": [[0, 1], [1, 2]], "input_scale": 0.5, "crop_size": null}
            """));

        (PoseBatchProgram.Ended added, ModelDescription? installed) = await AddAsync(network);

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Equal(("sleap-single", TensorType.UInt8), (installed!.Family, installed.Input.Type));
        Assert.Equal(["head", "thorax", "abdomen"], installed.Skeleton.Keypoints);
        Assert.Equal([(0, 1), (1, 2)], installed.Skeleton.Edges);
        Assert.Contains("Read from the file, as sleap-nn wrote it:", added.Output, StringComparison.Ordinal);
        Assert.Contains("licence: no file says it", added.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crop_of_sleap_is_as_large_as_it_says_where_the_network_leaves_that_free()
    {
        ModelTensors free = new(
            [new("image", TensorType.UInt8, [-1, 3, -1, -1])], [new("peaks", TensorType.Float32, [-1, 2, 2]), new("peak_vals", TensorType.Float32, [-1, 2])]);
        Dictionary<string, string> metadata = new()
        {
            ["sleap_nn_metadata"] = """{"model_type": "centered_instance", "node_names": ["a", "b"], "edge_inds": [], "crop_size": [96, 160]}""",
        };

        LikelyDescription found = LikelyDescription.Of(
            new("c.onnx", new string('a', 64), free with { Inputs = [free.Inputs[0] with { TypeName = "uint8" }] }, ExportFacts.Of("c", metadata, free, [])),
            NetworkCatalogue.Read(NetworkCatalogue.OwnFile).AllShapes, null, []);

        Assert.Equal("sleap-centered", found.Description.Family);
        Assert.Equal((160, 96), (found.Description.Input.Size.Width, found.Description.Input.Size.Height));
        Assert.Contains("input.width 160", found.Read);
    }

    [Fact]
    public void A_bottom_up_export_of_sleap_for_grey_pictures_brings_its_limbs()
    {
        ModelTensors tensors = new(
            [new("image", TensorType.UInt8, [-1, 1, 128, 160]) { TypeName = "uint8" }],
            [new("peaks", TensorType.Float32, [-1, 3, 20, 2]), new("peak_vals", TensorType.Float32, [-1, 3, 20]), new("line_scores", TensorType.Float32, [-1, 2, 400])]);
        Dictionary<string, string> metadata = new()
        {
            ["sleap_nn_metadata"] = """{"model_type": "bottomup", "node_names": ["head", "thorax", "abdomen"], "edge_inds": [[1, 0], [1, 2]], "input_scale": 1.0}""",
        };

        ModelDescription found = LikelyDescription.Of(
            new("b.onnx", new string('a', 64), tensors, ExportFacts.Of("b", metadata, tensors, [])), NetworkCatalogue.Read(NetworkCatalogue.OwnFile).AllShapes, null, []).Description;

        Assert.Equal(("sleap-bottomup", ColourOrder.Grey), (found.Family, found.Input.ColourOrder));
        Assert.Equal((160, 128), (found.Input.Size.Width, found.Input.Size.Height));
        Assert.Equal([(1, 0), (1, 2)], found.Limbs.Select(limb => (limb.From, limb.To)));
    }

    [Theory]
    [InlineData("task=segment", "names={0: 'person'}", "its task is 'segment'")]
    [InlineData("task=pose", "names={0: 'person'}|kpt_shape=[17, 2]", "a joint has 2 numbers")]
    [InlineData("task=detect", "names={0: 'person', 1: 'car'}", "2 classes and 0 joints, so 6 rows or 6 columns, but its output is output0 float32 [1,5,21]")]
    [InlineData("sleap_nn_metadata={\"model_type\": \"multi_class_bottomup\", \"node_names\": [\"a\"]}", "", "of the type 'multi_class_bottomup'")]
    [InlineData("sleap_nn_metadata={\"model_type\": \"bottomup\", \"node_names\": [\"a\"], \"input_scale\": 0.5}", "", "with input_scale 0.5: its peaks are those of the scaled picture")]
    public async Task What_cannot_be_run_is_refused_in_the_words_of_the_file(string first, string others, string word)
    {
        (string, string)[] metadata = [.. $"{first}|{others}".Split('|', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair[1]))];

        (PoseBatchProgram.Ended refused, ModelDescription? nothing) = await AddAsync(TinyOnnx.With(TinyOnnx.Blank(5, 21), metadata));

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains(word, refused.Errors, StringComparison.Ordinal);
        Assert.Null(nothing);
    }

    [Theory]
    [InlineData("names", "not Python", "'names' is left out: it is neither a literal of Python nor JSON at character 3.")]
    [InlineData("names", "{5: 'person'}", "'names' is left out: it must hold names numbered from 0.")]
    [InlineData("license", "\u001b[2Jgone", "\\u001B[2Jgone")]
    [InlineData("kpt_shape", "['a', 'b']", "'kpt_shape' is left out: it must hold whole numbers.")]
    [InlineData("kpt_names", "{0: ['a', 'A']}", "'kpt_names' is left out: its names are none, or not told apart by small letters and digits.")]
    public async Task What_makes_no_sense_is_left_out_with_a_sentence(string key, string value, string sentence)
    {
        Dictionary<string, string> metadata = new() { ["task"] = "pose", ["names"] = Person, ["kpt_shape"] = "[17, 3]" };
        metadata[key] = value;

        (PoseBatchProgram.Ended added, ModelDescription? installed) = await AddAsync(
            TinyOnnx.With(TinyOnnx.Blank(56, 84), [.. metadata.Select(pair => (pair.Key, pair.Value))]));

        Assert.True(added.ExitCode == 0, added.Output + added.Errors);
        Assert.Contains(sentence, added.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', added.Output);
        Assert.Equal("coco-17", installed!.Skeleton.Name);
    }

    [Fact]
    public async Task Ten_megabytes_of_metadata_are_left_out()
    {
        byte[] network = TinyOnnx.With(TinyOnnx.Blank(5, 21), ("task", "detect"), ("names", new string('[', 10_000_000)), ("license", new string('x', 10_000_000)));

        (PoseBatchProgram.Ended refused, ModelDescription? nothing) = await AddAsync(network);

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("'names' is left out: it has 10,000,000 characters, at most 65,536 are read", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("'license' is left out: it has 10,000,000 characters, at most 200 are read", refused.Errors, StringComparison.Ordinal);
        Assert.InRange(refused.Errors.Length, 1, 2000);
        Assert.Null(nothing);
    }

    private static string Between(string text, string from, string to)
    {
        int begin = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(begin >= 0, text);
        return text[begin..text.IndexOf(to, begin, StringComparison.Ordinal)];
    }

    private async Task<(PoseBatchProgram.Ended Ended, ModelDescription? Installed)> AddAsync(byte[] network, params string[] options)
    {
        File.WriteAllBytes(_folder["mine.onnx"], network);
        File.WriteAllText(_folder["settings.json"], JsonSerializer.Serialize(new { Models = new { Root = _folder["models"] } }));
        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(Here, ["models", "add", _folder["mine.onnx"], "--config", _folder["settings.json"], .. options]);
        string description = _folder["models/mine/model.json"];
        return (ended, File.Exists(description) ? ModelJson.Read(File.ReadAllText(description), description) : null);
    }
}
