using System.Buffers.Binary;
using System.Text.Json;
using PoseBatch.Ffmpeg;
using PoseBatch.Results.Verification;
using PoseBatch.Video;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Cli;

public class DemoTests(DemoRuns runs) : IClassFixture<DemoRuns>
{
    // A few points below what the shipped network reaches (models/posebatch-small/MODEL.md), so that a broken decoder, a
    // wrong channel order or a worse network shows, and rounding on another processor does not.
    private const double PckFloor = 0.93;
    private const double MedianPixelsCeiling = 6;

    [Fact]
    public void It_ends_well_twice() => Assert.Equal((0, 0), runs.ExitCodes);

    [Fact]
    public void The_shipped_network_places_the_joints_of_a_clip_it_has_never_seen()
    {
        JsonElement error = runs.Json.GetProperty("error");

        Assert.True(error.GetProperty("pck_02_torso").GetDouble() >= PckFloor, error.ToString());
        Assert.True(error.GetProperty("median_px").GetDouble() <= MedianPixelsCeiling, error.ToString());
        Assert.True(Count("person_frames_with_pose") >= 0.9 * Count("person_frames"), error.ToString());
        Assert.True(Count("empty_frames_without_pose") >= 0.9 * Count("empty_frames"), error.ToString());

        int Count(string field) => error.GetProperty(field).GetInt32();
    }

    [Fact]
    public void It_prints_summary_rows_figures_and_paths()
    {
        string[] lines = runs.Text.Split('\n');

        Assert.Matches(@"^.*demo\.mp4: 419 frames = 419 inferred \+ 0 skipped", lines[0]);
        int head = Array.FindIndex(lines, line => line.Trim().StartsWith("video ", StringComparison.Ordinal));
        Assert.Equal(10, lines[head].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(lines[(head + 1)..(head + 7)], line => Assert.StartsWith("demo.mp4", line.Trim(), StringComparison.Ordinal));
        Assert.All(lines[(head + 1)..(head + 7)], line => Assert.Equal(lines[head].TrimEnd().Length, line.TrimEnd().Length));
        foreach (string name in (string[])["median error", "PCK@0.2 torso", "pose found", "none found", "pace",
            "tables", "annotated video", "contact sheet", "report"])
        {
            Assert.Contains(lines, line => line.StartsWith("  " + name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Its_result_is_consistent() => Assert.Empty(ResultInspector.Inspect(PathOf("tables")).Problems);

    [Fact]
    public void A_second_run_gives_the_same_bytes()
    {
        Assert.Equal(4, runs.Tables.First.Count);
        Assert.Equal(runs.Tables.First, runs.Tables.Second);
    }

    [Fact]
    public async Task The_annotated_video_has_every_frame_of_the_clip_at_its_time()
    {
        (VideoInfo video, List<FrameStamp> source, _) = await Clips.ReadAllAsync(ShippedFiles.DemoClip);
        (VideoInfo copy, List<FrameStamp> drawn, _) = await Clips.ReadAllAsync(PathOf("annotated_video"));

        Assert.Equal(("h264", "yuv420p", video.DisplaySize), (copy.Codec, copy.PixelFormat, copy.DisplaySize));
        Assert.Equal(source.Select(stamp => stamp.Pts * video.TimeBase.Value), drawn.Select(stamp => stamp.Pts * copy.TimeBase.Value));
    }

    [Fact]
    public void The_contact_sheet_is_a_picture_of_four_by_three_cells()
    {
        byte[] png = File.ReadAllBytes(PathOf("contact_sheet"));

        // Cells of 240 x 240 with 6 between and around them.
        Assert.Equal((byte[])[0x89, 0x50, 0x4E, 0x47], png[..4]);
        Assert.Equal((4 * 240) + (5 * 6), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal((3 * 240) + (4 * 6), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
    }

    [Fact]
    public void The_report_needs_nothing_from_elsewhere()
    {
        string page = File.ReadAllText(PathOf("report"));

        Assert.DoesNotMatch("(src|href)=\"(?!data:)", page);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.Contains("posebatch-small", page, StringComparison.Ordinal);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_else_is_left_in_the_folder() => Assert.Equal(
        ["annotated.mp4", "contact-sheet.png", "report.html", "tables"],
        Directory.EnumerateFileSystemEntries(runs.Output).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_field_of_the_json_stands_in_the_docs()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string section = page[page.IndexOf("\n## demo\n", StringComparison.Ordinal)..];
        foreach (JsonProperty field in runs.Json.EnumerateObject().Concat(runs.Json.GetProperty("error").EnumerateObject()))
        {
            Assert.Contains($"`{field.Name}`", section, StringComparison.Ordinal);
        }
    }

    private string PathOf(string field)
    {
        string path = runs.Json.GetProperty(field).GetString()!;
        Assert.StartsWith(runs.Output, path, StringComparison.Ordinal);
        return path;
    }
}
