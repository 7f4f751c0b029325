using System.Text;
using System.Text.Json;
using PoseBatch.Shared;

namespace PoseBatch.Cli;

/// <summary>posebatch targets from outside; its files read, and drawn a second time, by NumPy.</summary>
public sealed class TargetsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    [Fact]
    public async Task NumPy_draws_the_same_targets_from_the_published_formulas()
    {
        // Two people of three joints whose limbs cross, one joint outside the picture, one missing, and a picture without anybody.
        string annotations = _folder["some.json"];
        File.WriteAllText(annotations, """
            {"images": [{"id": 5, "file_name": "a.jpg", "width": 200, "height": 100}, {"id": 9, "file_name": "b.jpg", "width": 90, "height": 120},
                        {"id": 11, "file_name": "c.jpg", "width": 64, "height": 64}],
             "categories": [{"id": 1, "name": "person", "keypoints": ["head", "hand", "foot"], "skeleton": [[1, 2], [2, 3]]}],
             "annotations": [
              {"id": 1, "image_id": 5, "category_id": 1, "iscrowd": 0, "keypoints": [20.5, 30, 2, 150, 70.25, 2, 100, 95, 1]},
              {"id": 2, "image_id": 5, "category_id": 1, "iscrowd": 0, "keypoints": [30, 80, 2, 140, 20, 2, 230, 10, 1]},
              {"id": 3, "image_id": 5, "category_id": 1, "iscrowd": 1, "keypoints": [0, 0, 0, 0, 0, 0, 0, 0, 0]},
              {"id": 4, "image_id": 9, "category_id": 1, "iscrowd": 0, "keypoints": [45, 10, 2, 0, 0, 0, 45, 110, 2]}]}
            """);
        await MakeAsync(annotations, "--out", "targets", "--width", "128", "--height", "96", "--sigma", "5.5", "--limb-radius", "4", "--shard", "2");

        JsonElement read = JsonDocument.Parse(Python.Run(
            Path.Combine(Repository.Root, "tests", "references", "training_targets.py"), annotations, _folder["targets"])).RootElement;

        Assert.Equal(3, read.GetProperty("pictures").GetInt32());
        Assert.Equal("[[2, 4, 12, 16], [1, 4, 12, 16]]", read.GetProperty("shapes").GetProperty("heatmaps").ToString());
        Assert.Equal("[[2, 4, 12, 16], [1, 4, 12, 16]]", read.GetProperty("shapes").GetProperty("fields").ToString());
        Assert.InRange(read.GetProperty("worst").GetProperty("heatmaps").GetDouble(), 0, 1e-5);
        Assert.InRange(read.GetProperty("worst").GetProperty("fields").GetDouble(), 0, 1e-5);
    }

    [Fact]
    public async Task A_result_gives_targets_of_every_inferred_frame_in_OpenPoses_order()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", PoseBatchProgram.DemoClip, "--out", "out", "--json", "--start-frame", "100", "--end-frame", "110");
        string result = run.Json[0].GetProperty("result").GetString()!;

        JsonElement made = await MakeAsync(
            result, "--out", "targets", "--width", "64", "--height", "64", "--skeleton", "openpose-18", "--shard", "4", "--min-confidence", "0.1");

        Assert.Equal(10, made.GetProperty("pictures").GetInt32());
        JsonElement index = JsonDocument.Parse(File.ReadAllBytes(_folder["targets/index.json"])).RootElement;
        Assert.Equal([4, 4, 2], index.GetProperty("shards").EnumerateArray().Select(shard => shard.GetProperty("count").GetInt32()));
        Assert.Equal(19, index.GetProperty("heatmap_channels").GetArrayLength());
        Assert.Equal("neck", index.GetProperty("heatmap_channels")[1].GetString());

        // The first two channels of OpenPose's fields are the limb from the neck to the right hip.
        Assert.Equal("[1,8]", index.GetProperty("limbs")[0].ToString());
        (int[] shape, float[] values) = ReadNpy(_folder["targets/heatmaps-00000.npy"]);
        Assert.Equal([4, 19, 8, 8], shape);
        Assert.All(values, value => Assert.InRange(value, 0, 1));
        Assert.True(values.AsSpan(64, 64).ToArray().Max() > 0.1, "There is no neck in the first frame.");
        Assert.Equal([4, 38, 8, 8], ReadNpy(_folder["targets/fields-00000.npy"]).Shape);
        Assert.Equal(100, JsonDocument.Parse(File.ReadAllBytes(_folder["targets/pictures-00000.json"])).RootElement[0].GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task Cells_may_be_any_number_and_are_what_the_seed_makes_by_a_bilinear_resize()
    {
        string data = Path.Combine(Repository.Root, "tests", "data", "cases", "m-targets-any-ratio");
        float[] expected = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(data, "expected.f32"))).ToArray();

        await MakeAsync(Path.Combine(data, "people.json"), "--out", "targets", "--width", "110", "--height", "90", "--cells", "23x17", "--sigma", "6", "--no-fields");

        (int[] shape, float[] maps) = ReadNpy(_folder["targets/heatmaps-00000.npy"]);
        Assert.Equal([1, 4, 17, 23], shape);
        Assert.All(expected.Zip(maps), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        JsonElement index = JsonDocument.Parse(File.ReadAllBytes(_folder["targets/index.json"])).RootElement;
        Assert.Equal((23, 17, false), (index.GetProperty("cells_width").GetInt32(), index.GetProperty("cells_height").GetInt32(), index.TryGetProperty("stride", out _)));
    }

    [Theory]
    [InlineData("--cells", "23", "--cells: '23' is no number of cells across and down")]
    [InlineData("--cells", "0x9", "1 to 8192 each")]
    [InlineData("--cells", "9x9 --stride 4", "--cells and --stride exclude each other")]
    public async Task Cells_that_cannot_be_are_refused(string option, string value, string message)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["targets", "a.json", "--out", "new", option, .. value.Split(' ')]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_exists_is_kept_unless_it_may_be_replaced_and_no_half_folder_is_left()
    {
        string annotations = _folder["some.json"];
        File.WriteAllText(annotations, """
            {"images": [{"id": 1, "width": 64, "height": 64}, {"id": 2}],
             "categories": [{"id": 1, "name": "person", "keypoints": ["head"]}], "annotations": []}
            """);
        Directory.CreateDirectory(_folder["there"]);
        File.WriteAllText(_folder["there/mine.txt"], "mine");

        PoseBatchProgram.Ended kept = await PoseBatchProgram.RunAsync(Here, "targets", annotations, "--out", "there", "--no-fields");
        PoseBatchProgram.Ended sizeless = await PoseBatchProgram.RunAsync(Here, "targets", annotations, "--out", "new", "--no-fields");
        PoseBatchProgram.Ended boneless = await PoseBatchProgram.RunAsync(Here, "targets", annotations, "--out", "new");
        PoseBatchProgram.Ended uneven = await PoseBatchProgram.RunAsync(Here, "targets", annotations, "--out", "new", "--width", "100");
        PoseBatchProgram.Ended replaced = await PoseBatchProgram.RunAsync(
            Here, "targets", annotations, "--out", "there", "--no-fields", "--overwrite", "--skip-empty");

        Assert.Equal((3, true), (kept.ExitCode, kept.Errors.Contains("output_conflict", StringComparison.Ordinal)));
        Assert.Equal((3, true), (sizeless.ExitCode, sizeless.Errors.Contains("Picture 2 states no size", StringComparison.Ordinal)));
        Assert.Equal((3, true), (boneless.ExitCode, boneless.Errors.Contains("names no bones", StringComparison.Ordinal)));
        Assert.Equal((2, true), (uneven.ExitCode, uneven.Errors.Contains("--width 100 is no multiple of the stride 8", StringComparison.Ordinal)));
        Assert.Equal(0, replaced.ExitCode);
        Assert.False(File.Exists(_folder["there/mine.txt"]));
        Assert.Equal(["some.json", "there"], Directory.EnumerateFileSystemEntries(Here).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<JsonElement> MakeAsync(params string[] words)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["targets", .. words, "--json"]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        return Assert.Single(run.Json);
    }

    /// <summary>By the published format: magic, version 1.0, length of the header, a dictionary as text, the numbers.</summary>
    private static (int[] Shape, float[] Values) ReadNpy(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0], bytes[..8]);
        int length = BitConverter.ToUInt16(bytes, 8);
        Assert.Equal(0, (10 + length) % 64);
        string header = Encoding.ASCII.GetString(bytes, 10, length);
        Assert.StartsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (", header, StringComparison.Ordinal);
        Assert.EndsWith("\n", header, StringComparison.Ordinal);
        int[] shape = [.. header[(header.IndexOf('(', StringComparison.Ordinal) + 1)..header.IndexOf(')', StringComparison.Ordinal)].Split(',').Select(int.Parse)];
        float[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + length)).ToArray();
        Assert.Equal(shape.Aggregate(1, (product, side) => product * side), values.Length);
        return (shape, values);
    }
}
