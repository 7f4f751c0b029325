using System.Text.Json;
using PoseBatch.Parquet;
using PoseBatch.Results.Verification;
using PoseBatch.Shared;
using PoseBatch.Tables;

namespace PoseBatch.Cli;

/// <summary>Identities over time and smoothing, from outside: the built program on a clip in which two people cross.</summary>
public sealed class TrackingCommandTests : IDisposable
{
    private static readonly string Clip = Path.Combine(Repository.Root, "tests", "data", "clips", "two-people.mp4");

    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    // While one hides the other this network gives one person the limbs of both, so nobody can say who is who from there on;
    // that ids survive the crossing itself is tested with exact joints in TrackingStageTests.
    [Fact]
    public async Task Two_people_are_two_tracks_and_until_one_hides_the_other_each_id_stays_with_its_person()
    {
        string result = await ProcessAsync("--model", SharedMedia.File("models", "openpose-mnv2-small"));
        using JsonDocument truth = JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(Clip, ".joints.json")));
        JsonElement[] frames = [.. truth.RootElement.GetProperty("frames").EnumerateArray()];

        HashSet<(int Track, int Person)> pairs = [];
        int noses = 0;
        const int FirstHidden = 79;
        TableBlock block = Read(result, "keypoints");
        for (int row = 0; row < block.RowCount; row++)
        {
            // A nose says best whose head it is.
            ColumnBuffer<float> x = block.Column<float>("x");
            if (block.Column<int>("keypoint_id").Values[row] == 0 && !x.IsNull(row) && block.Column<int>("frame").Values[row] < FirstHidden)
            {
                JsonElement frame = frames[block.Column<int>("frame").Values[row]];
                var nearest = frame.GetProperty("persons").EnumerateArray().Zip(frame.GetProperty("ids").EnumerateArray())
                    .Select(person => (Id: person.Second.GetInt32(), Distance: double.Hypot(
                        person.First[0][0].GetDouble() - x.Values[row], person.First[0][1].GetDouble() - block.Column<float>("y").Values[row])))
                    .OrderBy(person => person.Distance).ToArray();
                if (nearest.Length > 0 && nearest[0].Distance < 15 && (nearest.Length == 1 || nearest[1].Distance > 30))
                {
                    pairs.Add((block.Column<int>("track_id").Values[row], nearest[0].Id));
                    noses++;
                }
            }
        }

        Assert.InRange(noses, 80, 2 * FirstHidden);
        Assert.Equal(2, pairs.Count);
        Assert.Equal(2, pairs.Select(pair => pair.Person).Distinct().Count());
        Assert.Equal([0, 1], pairs.Select(pair => pair.Track).Order());
        Assert.Equal([0, 1], Read(result, "tracks").Column<int>("track_id").Values.ToArray().Order());
        Assert.Empty(ResultInspector.Inspect(result).Problems);
    }

    [Fact]
    public async Task Smoothing_keeps_the_raw_positions_and_moves_the_others()
    {
        TableBlock plain = Read(await ProcessAsync(), "keypoints");
        string result = await ProcessAsync("--smoothing", "one-euro");
        TableBlock smooth = Read(result, "keypoints");

        Assert.Equal(-1, plain.Schema.IndexOf("x_raw"));
        foreach (string axis in new[] { "x", "y" })
        {
            ColumnBuffer<float> before = plain.Column<float>(axis), raw = smooth.Column<float>(axis + "_raw"), after = smooth.Column<float>(axis);
            Assert.Equal(before.Values.ToArray(), raw.Values.ToArray());
            Assert.Equal(before.Validity.ToArray(), raw.Validity.ToArray());
            Assert.Equal(before.Validity.ToArray(), after.Validity.ToArray());
            Assert.True(Roughness(smooth, after) < 0.95 * Roughness(plain, before), $"{axis} is as rough as before.");
        }

        Assert.Empty(ResultInspector.Inspect(result).Problems);
    }

    [Fact]
    public async Task Without_tracking_there_are_no_ids_and_no_table_of_tracks()
    {
        string result = await ProcessAsync("--tracking", "off");

        ColumnBuffer<int> ids = Read(result, "persons").Column<int>("track_id");
        Assert.True(ids.Count > 100 && !ids.Validity.Contains((byte)1));
        Assert.False(File.Exists(Path.Combine(result, "tracks.parquet")));
        Assert.Empty(ResultInspector.Inspect(result).Problems);
    }

    [Fact]
    public async Task Each_of_these_settings_makes_another_result()
    {
        string[] results =
        [
            await ProcessAsync("--max-frames", "1"),
            await ProcessAsync("--max-frames", "1", "--max-gap", "2"),
            await ProcessAsync("--max-frames", "1", "--tracking", "off"),
            await ProcessAsync("--max-frames", "1", "--smoothing", "one-euro"),
        ];

        Assert.Equal(4, results.Distinct().Count());
    }

    [Theory]
    [InlineData("Tracking:Enabled is false", "--tracking", "off", "--smoothing", "one-euro")]
    [InlineData("--max-gap must be more than 0, at most 3600", "--max-gap", "0")]
    [InlineData("'maybe' not recognized", "--tracking", "maybe")]
    public async Task What_cannot_be_meant_is_refused_before_anything_is_started(string said, params string[] words)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["process", Clip, "--out", "out", .. words]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task A_stride_longer_than_the_gap_is_warned_of()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", Clip, "--out", "out", "--json", "--stride", "50");

        Assert.Contains("--max-gap", run.Json[0].GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_frame_alone_cannot_lose_its_tracks()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", Clip, "--out", "out", "--json", "--stride", "50", "--max-frames", "1");

        Assert.Equal(0, run.Json[0].GetProperty("warnings").GetArrayLength());
    }

    public void Dispose() => _folder.Dispose();

    // Mean length of the second difference over time of all joints of the first track, in pixels.
    private static double Roughness(TableBlock block, ColumnBuffer<float> axis)
    {
        ColumnBuffer<int> frames = block.Column<int>("frame"), joints = block.Column<int>("keypoint_id"), tracks = block.Column<int>("track_id");
        Dictionary<(int Joint, int Frame), float> places = [];
        for (int row = 0; row < block.RowCount; row++)
        {
            if (tracks.Values[row] == 0 && !axis.IsNull(row))
            {
                places[(joints.Values[row], frames.Values[row])] = axis.Values[row];
            }
        }

        return places
            .Where(place => places.ContainsKey((place.Key.Joint, place.Key.Frame - 1)) && places.ContainsKey((place.Key.Joint, place.Key.Frame + 1)))
            .Average(place => Math.Abs(places[(place.Key.Joint, place.Key.Frame - 1)] - (2 * place.Value) + places[(place.Key.Joint, place.Key.Frame + 1)]));
    }

    private static TableBlock Read(string result, string table)
    {
        using ParquetFileReader reader = new(Path.Combine(result, table + ".parquet"));
        TableBlock block = reader.CreateBlock();
        reader.Read(0, block);
        return block;
    }

    private async Task<string> ProcessAsync(params string[] words)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, ["process", Clip, "--out", "out", "--json", "--provider", "cpu", .. words]);
        Assert.Equal((0, string.Empty), (run.ExitCode, run.Errors));
        return run.Json[0].GetProperty("result").GetString()!;
    }
}
