using System.Text.Json;
using PoseBatch.Cli;
using PoseBatch.Results.Reading;

namespace PoseBatch.Cases;

/// <summary>
/// Files from the field that once were read in part, with invented times, or refused without need: each goes through the program as a
/// user would send it. The values come from how the files were made, and from ffprobe.
/// </summary>
public sealed class SourceCases : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Here => Path.GetDirectoryName(_folder["x"])!;

    // Name, frames in the ledger, words of every warning that must be there (no other may be).
    public static TheoryData<string, int, string[]> Files { get; } = new()
    {
        { "001-ts-continues-on-another-pid/input.ts", 10, ["goes on with another video stream where stream 0 ends (at 2.4 s, frame 10): stream 1 (h264, 320x240, 10 frames), from 2.4 s on. It was not read; --stream 1"] },
        { "002-mp4-files-joined-by-cat/input.mp4", 20, ["holds a second recording behind the first one, which was not read"] },
        { "003-stamps-start-over-matroska/input.mkv", 40, ["runs backwards at frame 20, from 1.900 to 0.000 s"] },
        { "004-avi-h264-b-frames-end/input.avi", 20, ["2 frames, from frame 18 on, have no time stamp of their own"] },
        { "005-matroska-negative-stamps/input.mkv", 20, ["4 frames, from frame 0 on, have no time stamp of their own"] },
        { "006-still-track-larger-than-video/input.mp4", 20, [] },
        { "008-ts-clock-starts-over/input.ts", 20, ["jumps at frame 10, by 94442.818 s"] },
        { "011-avi-cut-between-frames/input.avi", 12, ["ends before its container says: 12 frames are there of 20 announced; after frame 11, 0.8 s of the length it states are missing (about 8 frames)"] },
        { "r-damaged-audio-header/input.webm", 150, [] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_is_completed_with_all_its_frames_and_with_every_warning_it_deserves(string name, int frames, string[] warnings)
    {
        (JsonElement report, PoseResult result) = await ProcessAsync(name);

        Assert.Equal(frames, report.GetProperty("counts").GetProperty("source_frames").GetInt32());
        List<string> told = [.. report.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!)];
        Assert.Equal(warnings.Length, told.Count);
        Assert.All(warnings.Zip(told), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.Equal(told, result.Warnings);
    }

    [Theory]
    [InlineData("004-avi-h264-b-frames-end/input.avi", 0.0, 0.1, 18, 19)]
    [InlineData("005-matroska-negative-stamps/input.mkv", 0.0, 0.1, 0, 1, 2, 3)]
    public async Task Frames_without_a_stamp_have_none_and_stand_where_the_constant_rate_of_the_file_puts_them(string name, double first, double step, params int[] estimated)
    {
        (_, PoseResult result) = await ProcessAsync(name);

        List<LedgerFrame> ledger = [.. result.ReadLedger(TestContext.Current.CancellationToken)];
        Assert.Equal(Enumerable.Range(0, 20).Select(frame => Math.Round(first + (frame * step), 6)), ledger.Select(frame => Math.Round(frame.Seconds, 6)));
        Assert.Equal(estimated, ledger.Where(frame => frame.Pts is null).Select(frame => frame.Index));
        Assert.Equal(estimated, EstimatedFrames(result));
    }

    [Fact]
    public async Task A_still_beside_a_video_is_named_in_the_manifest()
    {
        (_, PoseResult result) = await ProcessAsync("006-still-track-larger-than-video/input.mp4");

        JsonElement other = Assert.Single(result.Manifest!.Value.GetProperty("other_streams").EnumerateArray());
        Assert.Equal((1, "h264", 1920, 1080, 1, true), (
            other.GetProperty("stream").GetInt32(), other.GetProperty("codec").GetString(), other.GetProperty("width").GetInt32(),
            other.GetProperty("height").GetInt32(), other.GetProperty("frames").GetInt32(), other.GetProperty("still").GetBoolean()));
    }

    [Fact]
    public async Task The_second_half_of_a_recording_can_be_read_as_the_warning_says()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", CaseFiles.Of("001-ts-continues-on-another-pid/input.ts"), "--stream", "1", "--out", "out", "--json");

        Assert.Equal(10, Assert.Single(run.Json).GetProperty("counts").GetProperty("source_frames").GetInt32());
    }

    [Fact]
    public async Task A_heic_picture_is_refused_for_good_as_what_it_is()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", CaseFiles.Of("007-heic-called-unfinished/input.heic"), "--out", "out", "--json");

        JsonElement report = Assert.Single(run.Json);
        Assert.Equal("not_video", report.GetProperty("reason").GetString());
        Assert.Contains("still picture (brand heic, HEIF)", report.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("convert it to PNG or JPEG", report.GetProperty("advice").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_in_half_precision_that_is_described_otherwise_is_refused_by_the_name_of_its_type()
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(
            Here, "process", CaseFiles.Of("002-mp4-files-joined-by-cat/input.mp4"), "--out", "out",
            "--model", Path.GetDirectoryName(CaseFiles.Of("010-float16-network-refused-without-its-name/model.onnx"))!);

        Assert.NotEqual(0, run.ExitCode);
        string said = run.Output + run.Errors;
        Assert.Contains("model.json says float32, the file says float16", said, StringComparison.Ordinal);
        Assert.Contains("Correct model.json", said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static List<int> EstimatedFrames(PoseResult result)
    {
        using FrameTable ledger = new(result.Path);
        List<int> estimated = [];
        foreach (int row in ledger.Rows([ledger.TimeSource], TestContext.Current.CancellationToken))
        {
            if (ledger.TimeSource[row] == "estimated")
            {
                estimated.Add(ledger.FrameIndex[row]);
            }
        }

        return estimated;
    }

    private async Task<(JsonElement Report, PoseResult Result)> ProcessAsync(string name)
    {
        PoseBatchProgram.Ended run = await PoseBatchProgram.RunAsync(Here, "process", CaseFiles.Of(name), "--out", "out", "--json");
        JsonElement report = Assert.Single(run.Json);
        Assert.Equal("completed", report.GetProperty("status").GetString());
        return (report, PoseResult.Open(report.GetProperty("result").GetString()!));
    }
}
