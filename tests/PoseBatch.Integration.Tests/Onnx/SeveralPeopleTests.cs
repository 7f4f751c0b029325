using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseBatch.Cli;
using PoseBatch.Poses;
using PoseBatch.Shared;

namespace PoseBatch.Onnx;

/// <summary>Networks that find several people, from outside: the built program on real pictures.</summary>
public sealed class SeveralPeopleTests : IDisposable
{
    private const string PoseNet = "posenet-mnv1-075-s16";
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OpenPose_sees_the_one_person_of_the_squats_in_every_frame()
    {
        SortedDictionary<int, List<ResultPoses.Joint[]>> frames = await ProcessAsync(
            SharedMedia.File("media", "videos", "squats.mp4"), SharedMedia.File("models", "openpose-mnv2-small"), Skeletons.OpenPose18);
        using JsonDocument reference = JsonDocument.Parse(
            File.ReadAllText(SharedMedia.File("media", "references", "squats.blazepose-full.coco17.json")));
        double[][][] truth = [.. reference.RootElement.GetProperty("frames").EnumerateArray()
            .Select(frame => frame.EnumerateArray().Select(joint => joint.EnumerateArray().Select(value => value.GetDouble()).ToArray()).ToArray())];

        (double median, double pck) = ResultPoses.Against(frames, truth, ResultPoses.Places(Skeletons.Coco17, Skeletons.OpenPose18));

        Assert.Equal(65, frames.Count);
        Assert.All(frames.Values, people => Assert.Single(people));
        Assert.InRange(median, 10, 15);
        Assert.InRange(pck, 0.94, 1);
    }

    [Fact]
    public async Task OpenPose_sees_both_people_of_the_couple()
    {
        SortedDictionary<int, List<ResultPoses.Joint[]>> frames = await ProcessAsync(
            Couple, SharedMedia.File("models", "openpose-mnv2-small"), Skeletons.OpenPose18);

        List<ResultPoses.Joint[]> people = Assert.Single(frames).Value;
        Assert.Equal(2, people.Count);
        Assert.All(people, person => Assert.InRange(person.Count(joint => double.IsFinite(joint.X)), 15, 18));
        (double[] distances, _) = Distances(
            people, ResultPoses.Places(Skeletons.Coco17, Skeletons.OpenPose18));
        Assert.InRange(distances[distances.Length / 2], 0, 8);
    }

    [Fact]
    public async Task PoseNet_with_a_description_of_its_own_sees_both_people_where_the_reference_does()
    {
        string package = Package("posenet-couple", json =>
        {
            (json["input"]!["width"], json["input"]!["height"]) = (641, 481);
            json["decoder"]!["mode"] = "multi";
        });

        SortedDictionary<int, List<ResultPoses.Joint[]>> frames = await ProcessAsync(Couple, package, Skeletons.Coco17);

        List<ResultPoses.Joint[]> people = Assert.Single(frames).Value;
        (double[] distances, double[] means) = Distances(people, [.. Enumerable.Range(0, 17)]);
        Assert.Equal(2, people.Count);
        Assert.All(means, mean => Assert.InRange(mean, 2.5, 3.6));
        Assert.InRange(distances[^1], 0, 17);
    }

    [Fact]
    public async Task PoseNet_without_one_sees_one_person()
    {
        SortedDictionary<int, List<ResultPoses.Joint[]>> frames = await ProcessAsync(
            Couple, SharedMedia.File("models", PoseNet), Skeletons.Coco17);

        Assert.Single(Assert.Single(frames).Value);
    }

    [Fact]
    public async Task A_misspelt_mode_is_named_by_its_path_and_nothing_is_processed()
    {
        string package = Package("posenet-wrong", json => json["decoder"]!["mode"] = "multiple");

        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", Couple, "--out", "out", "--json", "--model", package);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("$.decoder.mode: must be one of single, multi", run.Output + run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Here, "out")));
    }

    private static string Couple => SharedMedia.File("media", "images", "couple-snow.png");

    /// <summary>A folder with PoseNet's network and its known description, changed.</summary>
    private string Package(string name, Action<JsonObject> change)
    {
        string folder = Directory.CreateDirectory(_folder[name]).FullName;
        File.CreateSymbolicLink(Path.Combine(folder, "model.onnx"), SharedMedia.File("models", PoseNet, "model.onnx"));
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedModels.Descriptions, PoseNet + ".json")))!.AsObject();
        json["name"] = name;
        change(json);
        File.WriteAllText(Path.Combine(folder, "model.json"), json.ToJsonString());
        return folder;
    }

    private async Task<SortedDictionary<int, List<ResultPoses.Joint[]>>> ProcessAsync(string video, string model, Skeleton skeleton)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", video, "--out", "out", "--json", "--provider", "cpu", "--model", model);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        return ResultPoses.Read(run.Json[0].GetProperty("result").GetString()!, skeleton.KeypointCount);
    }

    /// <summary>
    /// From each person of Google's own decoder to the nearest of ours, over its joints with a score above 0.5: all distances
    /// in pixels, sorted, and the mean per person.
    /// </summary>
    private static (double[] Distances, double[] Means) Distances(List<ResultPoses.Joint[]> people, int[] places)
    {
        (int Person, int Joint, double Score, double X, double Y)[] rows = [.. File
            .ReadLines(SharedMedia.File("media", "references", "couple-snow.posenet-075-481x641.csv")).Skip(1)
            .Select(line => line.Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray())
            .Select(row => ((int)row[0], (int)row[2], row[3], row[4] * 640, row[5] * 480))];
        double[][] nearest = [.. rows.Where(row => row.Score > 0.5).GroupBy(row => row.Person).Select(person => people
            .Select(ours => person
                .Select(row => double.Hypot(ours[places[row.Joint]].X - row.X, ours[places[row.Joint]].Y - row.Y))
                .Where(double.IsFinite).ToArray())
            .MinBy(distances => distances.Average())!)];
        return ([.. nearest.SelectMany(distances => distances).Order()], [.. nearest.Select(distances => distances.Average())]);
    }
}
