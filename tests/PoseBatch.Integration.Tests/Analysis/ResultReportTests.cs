using System.Text.RegularExpressions;
using System.Xml.Linq;
using PoseBatch.Cli;
using PoseBatch.Poses;
using PoseBatch.Results;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;
using PoseBatch.Video;
using PoseBatch.Worker.Analysis.Reports;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Analysis;

public sealed class ResultReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_page_with_pictures_needs_nothing_from_elsewhere_and_is_well_formed()
    {
        PoseBatchProgram.Ended made = await PoseBatchProgram.RunAsync(_folder.Path, "process", PoseBatchProgram.DemoClip, "--out", _folder["results"], "--json");
        string result = made.Json[0].GetProperty("result").GetString()!, path = _folder["page.html"];

        PoseBatchProgram.Ended ended = await PoseBatchProgram.RunAsync(_folder.Path, "report", result, "--out", path);

        Assert.Equal((0, path), (ended.ExitCode, ended.Output.TrimEnd()));
        string page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.DoesNotMatch("(src|href)=\"(?!data:)", page);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        string[] pictures = [.. Regex.Matches(page, "src=\"data:image/jpeg;base64,([^\"]+)\"").Select(match => match.Groups[1].Value)];
        Assert.Equal(12, pictures.Length);
        Assert.All(pictures, picture => Assert.Equal((byte[])[0xFF, 0xD8, 0xFF], Convert.FromBase64String(picture)[..3]));
        Assert.InRange(page.Length, 10_000, 2_000_000);
        Assert.Contains(made.Json[0].GetProperty("counts").GetProperty("persons").GetInt64().ToString("N0", System.Globalization.CultureInfo.InvariantCulture), page, StringComparison.Ordinal);
        WellFormed(page);
    }

    [Fact]
    public async Task A_page_of_a_lost_video_says_so_names_what_was_lost_and_escapes_names()
    {
        PoseResult result = TrackedResultWithOddName();
        long undecodable = result.ReadFrames(TestContext.Current.CancellationToken).Count(frame => frame.Status == "undecodable");

        string page = await ResultReport.WriteAsync(result, null, new Settings(), TestContext.Current.CancellationToken);

        WellFormed(page);
        Assert.Contains("No pictures:", page, StringComparison.Ordinal);
        Assert.Contains($"{undecodable} frames could not be decoded", page, StringComparison.Ordinal);
        Assert.Contains("nothing says who is who", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt; &amp; c.mp4", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b> & c", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Tracks_are_counted_with_their_frames_and_strays_apart()
    {
        PoseResult result = PoseBatch.Analysis.TrackedResult.Make(_folder, 200);
        ResultPerson[] people = [.. result.ReadFrames(TestContext.Current.CancellationToken).SelectMany(frame => frame.People)];

        ResultStatistics statistics = ResultStatistics.Of(result, TestContext.Current.CancellationToken);

        Assert.Equal([0, 1], statistics.Tracks.Select(track => track.TrackId));
        Assert.Equal(people.Count(person => person.Slot == 0), statistics.Tracks[0].FrameCount);
        Assert.Equal(people.Count(person => person.Slot == 2), statistics.StrayPoses);
        Assert.Equal(people.Average(person => (double)person.Score), statistics.MeanScore!.Value, 6);
        Assert.Equal(result.ReadFrames(TestContext.Current.CancellationToken).Max(frame => frame.People.Count), statistics.MostPeople);
        Assert.Equal(
            people.Count(person => person.Joints[3].IsFound) / (double)people.Length, statistics.Joints[3].FoundShare!.Value, 9);
        double[] sorted = [.. people.Select(person => (double)person.Joints[3].Score).Order()];
        Assert.InRange(statistics.Joints[3].ConfidenceAt(0.5)!.Value, sorted[(sorted.Length - 1) / 2] - 0.021, sorted[sorted.Length / 2] + 0.021);
    }

    [Fact]
    public void Frames_at_uneven_times_leave_no_gap_in_people_over_time()
    {
        // Every second frame comes 60 ms early: among parts of 100 ms each, every second one would be empty.
        PoseResult result = ResultOf(40, index => (index * 0.1) - (index % 2 == 1 ? 0.06 : 0));
        ResultStatistics statistics = ResultStatistics.Of(result, TestContext.Current.CancellationToken);

        Assert.All(statistics.Parts, part => Assert.Equal(1, part.Inferred));
        (double Left, double Right)[] bars = Bars(ResultCharts.People(statistics));
        Assert.Equal(40, bars.Length);
        Assert.All(bars.Zip(bars.Skip(1)), pair => Assert.True(pair.First.Right >= pair.Second.Left - 0.051, $"{pair.First} {pair.Second}"));
    }

    [Fact]
    public async Task A_stride_leaves_no_gap_in_people_over_time()
    {
        PoseBatchProgram.Ended made = await PoseBatchProgram.RunAsync(
            _folder.Path, "process", PoseBatchProgram.DemoClip, "--stride", "7", "--out", _folder["results"], "--json");
        PoseResult result = PoseResult.Open(made.Json[0].GetProperty("result").GetString()!);

        ResultStatistics statistics = ResultStatistics.Of(result, TestContext.Current.CancellationToken);

        Assert.Equal(419 / 7, statistics.Parts.Length);
        Assert.All(statistics.Parts, part => Assert.InRange(part.Inferred, 1, 2));
    }

    [Fact]
    public void A_result_without_anybody_is_told_what_to_try()
    {
        using IResultWriter writer = new PoseBatch.Results.Writing.ParquetResultStore().Begin(SomeResult.Request(_folder["results"]));
        Frame frame = new(new(PixelLayout.Rgb24, new(4, 4)), Skeletons.Coco17.KeypointCount) { Stamp = new() { Index = 0, Pts = 0, Seconds = 0, DisplaySize = new(640, 480) } };
        writer.Write(frame);
        SomeResult.Complete(writer, SomeResult.Facts);
        PoseResult result = PoseResult.Open(writer.Path);

        IReadOnlyList<ReportAdvice> advice = ReportAdvice.Of(result, ResultStatistics.Of(result, TestContext.Current.CancellationToken));

        Assert.Contains(advice, one => one.What == "Nobody was found in any frame." && one.Advice.Contains("--detector", StringComparison.Ordinal));
        Assert.Contains(advice, one => one.What == "The file ends early.");
    }

    [Theory]
    [InlineData(0.04, "0.04 s")]
    [InlineData(24.7, "24.7 s")]
    [InlineData(24.741, "24.7 s")]
    [InlineData(13, "13 s")]
    [InlineData(139.4, "2 min 19 s")]
    [InlineData(14400, "4 h 0 min")]
    public void Lengths_are_said_as_people_say_them(double seconds, string words) => Assert.Equal(words, ReportWords.Length(seconds));

    [Theory]
    [InlineData(999, 1000, "99.9 %")]
    [InlineData(1, 10000, "0.1 %")]
    [InlineData(0, 10, "0 %")]
    [InlineData(10, 10, "100 %")]
    [InlineData(0, 0, "none")]
    public void Only_all_is_all_and_only_nothing_is_nothing(long part, long whole, string words) => Assert.Equal(words, ReportWords.Share(part, whole));

    /// <summary>Frames at these times, with one person in each.</summary>
    private PoseResult ResultOf(int count, Func<int, double> secondsOf)
    {
        using IResultWriter writer = new PoseBatch.Results.Writing.ParquetResultStore().Begin(SomeResult.Request(_folder["results"]));
        for (int index = 0; index < count; index++)
        {
            Frame frame = new(new(PixelLayout.Rgb24, new(4, 4)), Skeletons.Coco17.KeypointCount)
            {
                Stamp = new() { Index = index, Pts = index, Seconds = secondsOf(index), DisplaySize = new(640, 480) },
            };
            frame.Poses.Add(0.9f, new(10, 10, 20, 20)).Fill(new(15, 15, 0.9f));
            writer.Write(frame);
        }

        SomeResult.Complete(writer, SomeResult.Facts with { Decode = new() { DecodedFrames = count, Messages = [], Command = [] } });
        return PoseResult.Open(writer.Path);
    }

    // The bars of the plot, from "M left bottom V top h width V bottom z".
    private static (double Left, double Right)[] Bars(string svg) =>
    [
        .. Regex.Matches(Regex.Match(svg, "<path class=\"bar\" d=\"([^\"]*)\"").Groups[1].Value, @"M([\d.]+) [\d.]+V[\d.]+h([\d.]+)V")
            .Select(match => (Number(match.Groups[1].Value), Number(match.Groups[1].Value) + Number(match.Groups[2].Value))),
    ];

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private PoseResult TrackedResultWithOddName() => PoseBatch.Analysis.TrackedResult.Untracked(_folder, 300, "/videos/a <b> & c.mp4");

    // Void elements of HTML closed, the page is XML.
    private static void WellFormed(string page)
    {
        string xml = Regex.Replace(page.Replace("<!DOCTYPE html>", string.Empty, StringComparison.Ordinal), "<(meta|img)([^>]*)>", "<$1$2/>");
        Assert.Equal("html", XDocument.Parse(xml).Root!.Name.LocalName);
    }
}
