using System.Globalization;
using System.Text;
using System.Text.Json;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Results.Reading;
using PoseBatch.Tables;
using PoseBatch.Worker.Analysis.Rendering;
using PoseBatch.Worker.Hosting;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>One page about one result, for people who did not run it: what was looked at and how, what was found, what to mind.</summary>
internal static class ResultReport
{
    private const int PictureCount = 12, PictureArea = 260 * 260;

    /// <summary>Writes the page of a result. Its video is used for pictures if it is still there; a page without them says why.</summary>
    /// <param name="result">The result.</param>
    /// <param name="video">Where the video is now; null for where it was.</param>
    /// <param name="settings">The settings of this run, for ffmpeg.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>The page, complete in itself.</returns>
    public static async Task<string> WriteAsync(PoseResult result, string? video, Settings settings, CancellationToken cancellation)
    {
        ResultStatistics statistics = ResultStatistics.Of(result, cancellation);
        (string pictures, string? lack) = await PicturesAsync(result, video, settings, cancellation);
        HtmlPage page = new($"Poses in {result.SourceName}", Lead(result, statistics));
        AddFigures(page, result, statistics);
        AddAdvice(page, ReportAdvice.Of(result, statistics));
        page.Heading("What it looks like");
        if (lack is null)
        {
            page.Raw(pictures);
            page.Note("Frames at even distances with what was found drawn in. Orange is the person's left, blue the right; small joints are unsure ones. The number is the score of the pose, # the track.");
        }
        else
        {
            page.Paragraph($"No pictures: {lack}");
        }

        AddTime(page, result, statistics);
        AddBodies(page, result, statistics);
        AddJoints(page, result, statistics);
        AddProvenance(page, result, statistics);
        AddUse(page, result);
        return page.End();
    }

    private static string Lead(PoseResult result, ResultStatistics statistics)
    {
        ResultCounts counts = result.Counts;
        string found = counts.Persons == 0 ? "nobody was found"
            : $"somebody was found in {ReportWords.Share(statistics.PeopledFrames, counts.Inferred)} of them, {(statistics.MostPeople == 1 ? "one person at a time" : $"up to {statistics.MostPeople} people at a time")}";
        string left = counts.Skipped > 0 ? $" {ReportWords.Count(counts.Skipped)} others were left out on purpose." : string.Empty;
        return $"{ReportWords.Count(counts.Inferred, "frame")} of {ReportWords.Length(statistics.EndSeconds)} of video were looked at by {result.Section("model").GetProperty("name").GetString()}; {found}.{left}";
    }

    private static void AddFigures(HtmlPage page, PoseResult result, ResultStatistics statistics)
    {
        ResultCounts counts = result.Counts;
        List<(string, string, string)> figures =
        [
            ("frames", ReportWords.Count(counts.SourceFrames), $"= {ReportWords.Count(counts.Inferred)} looked at + {ReportWords.Count(counts.Skipped)} left out + {ReportWords.Count(counts.Undecodable)} undecodable"),
            ("with people", ReportWords.Count(statistics.PeopledFrames), $"{ReportWords.Share(statistics.PeopledFrames, counts.Inferred)} of the frames looked at"),
            ("poses", ReportWords.Count(counts.Persons), $"{ReportWords.Count(counts.Keypoints)} joints, found or not"),
            ("mean score", statistics.MeanScore?.ToString("F2", CultureInfo.InvariantCulture) ?? "none", "of the poses, as the model rates itself"),
        ];
        if (statistics.Tracks.Count > 0)
        {
            string stray = statistics.StrayPoses > 0 ? $"; {ReportWords.Count(statistics.StrayPoses, "pose")} without one" : string.Empty;
            figures.Add(("tracks", ReportWords.Count(statistics.Tracks.Count), $"people followed over time{stray}"));
        }

        page.Figures(figures);
    }

    private static void AddAdvice(HtmlPage page, IReadOnlyList<ReportAdvice> advice)
    {
        page.Heading("What to mind");
        StringBuilder list = new("<ul class=\"advice\">");
        if (advice.Count == 0)
        {
            list.Append("<li class=\"fine\"><b>Nothing stands out.</b>Every frame of the file has its row, none was lost, and the checks of the tables passed.</li>");
        }

        foreach (ReportAdvice one in advice)
        {
            list.Append(CultureInfo.InvariantCulture, $"<li><b>{HtmlPage.Text(one.What)}</b>{HtmlPage.Text(one.Advice)}</li>");
        }

        page.Raw(list.Append("</ul>").ToString());
    }

    private static void AddTime(HtmlPage page, PoseResult result, ResultStatistics statistics)
    {
        page.Heading("People over time");
        page.Raw(ResultCharts.People(statistics));
        page.Note(result.Counts.Undecodable + result.Counts.Skipped > 0
            ? "Most people in a frame, over the time of the video in seconds or minutes. The band below marks undecodable frames (strong) and stretches that were left out (pale)."
            : "Most people in a frame, over the time of the video in seconds or minutes.");
    }

    private static void AddBodies(HtmlPage page, PoseResult result, ResultStatistics statistics)
    {
        if (result.Counts.Persons == 0)
        {
            return;
        }

        page.Heading(statistics.Tracks.Count > 0 ? "Where people went" : "Where the best pose of each frame was");
        page.Raw(ResultCharts.Positions(statistics, result.DisplaySize));
        page.Note("Middle of the joints of a body. x counts from the left of the picture, y from its top: down in the plot is down in the picture. A gap: not found.");
        page.Raw(ResultCharts.Map(statistics, result.DisplaySize));
        page.Note(statistics.Tracks.Count > ResultStatistics.BodyCount
            ? $"The ways through the picture, whose edge is the frame; the {ResultStatistics.BodyCount} longest of {statistics.Tracks.Count} tracks."
            : "The way through the picture, whose edge is the frame.");
        if (statistics.Tracks.Count == 0)
        {
            return;
        }

        page.Heading("Tracks");
        page.Raw(ResultCharts.Tracks(statistics));
        page.Table(
        [
            ["track", "from", "to", "frames", "mean score"],
            .. statistics.Tracks.OrderByDescending(track => track.FrameCount).ThenBy(track => track.TrackId).Take(20).Select(track => new[]
            {
                track.TrackId.ToString(CultureInfo.InvariantCulture), ReportWords.Clock(track.FirstSeconds), ReportWords.Clock(track.LastSeconds),
                ReportWords.Count(track.FrameCount), track.MeanScore.ToString("F2", CultureInfo.InvariantCulture),
            }),
        ]);
        if (statistics.Tracks.Count > 20)
        {
            page.Note($"The 20 longest of {statistics.Tracks.Count}.");
        }
    }

    private static void AddJoints(HtmlPage page, PoseResult result, ResultStatistics statistics)
    {
        if (result.Counts.Persons == 0)
        {
            return;
        }

        page.Heading("Joint by joint");
        BodyPath body = statistics.Bodies[0];
        StringBuilder table = new("<div class=\"wide\"><table><tr><th>joint</th><th class=\"number\">found in</th><th class=\"number\">confidence</th><th>half of them lie within</th><th>height over time");
        table.Append(body.TrackId is { } id ? FormattableString.Invariant($", track {id}") : string.Empty).Append("</th></tr>");
        for (int joint = 0; joint < statistics.Joints.Count; joint++)
        {
            JointFacts facts = statistics.Joints[joint];
            table.Append(CultureInfo.InvariantCulture, $"<tr><td>{HtmlPage.Text(facts.Name)}</td><td class=\"number\">{ReportWords.Share(facts.FoundShare ?? 0)}</td>");
            table.Append(CultureInfo.InvariantCulture, $"<td class=\"number\">{facts.ConfidenceAt(0.5):F2}</td><td>{ResultCharts.Confidence(facts)}</td><td>{ResultCharts.Spark(statistics, body, joint)}</td></tr>\n");
        }

        page.Raw(table.Append("</table></div>").ToString());
        page.Note("Confidence is the middle one of all poses, found or not, on the model's own scale; the bars reach from 0 to 1.");
    }

    private static void AddProvenance(HtmlPage page, PoseResult result, ResultStatistics statistics)
    {
        JsonElement source = result.Section("source"), model = result.Section("model"), runtime = result.Section("runtime"), coordinate = result.Section("coordinate"), time = result.Section("time");
        page.Heading("What was processed");
        page.Table(
        [
            ["what", "value"],
            ["video", $"{Word(source, "name")}, {ReportWords.Bytes(source.GetProperty("size").GetInt64())}, {Word(source, "container")}, {Word(source, "codec")} {Word(source, "pixel_format")}"],
            ["picture", $"{result.DisplaySize} as shown{(coordinate.GetProperty("rotation_applied").GetInt32() is not 0 and var turn ? $", turned by {turn} degrees" : "")}{(Word(coordinate, "sample_aspect_ratio") is not ("1/1" or "") and var shape ? $", pixels of shape {shape}" : "")}"],
            ["time", $"{ReportWords.Length(statistics.EndSeconds)}, {(result.NominalFps is { } fps ? string.Create(CultureInfo.InvariantCulture, $"{fps:0.###} frames per second stated") : "no rate stated")}, {(result.IsVariableRate switch { true => "uneven", false => "even", null => "unknown distances" })}; times from {Word(time, "source")}"],
            ["content", $"{result.Identity.Method} {result.Identity.Value}"],
        ]);
        page.Heading("How");
        List<string[]> rows =
        [
            ["what", "value"],
            ["model", $"{Word(model, "name")} ({Word(model, "family")}, licence {Word(model, "licence")}), sha256 {Word(model, "sha256")}"],
        ];
        if (model.TryGetProperty("detector", out JsonElement detector))
        {
            rows.Add(["people found by", $"{Word(detector, "name")} ({Word(detector, "family")}), sha256 {Word(detector, "sha256")}"]);
        }

        rows.AddRange(
        [
            ["inference", $"{Word(runtime, "provider")}: {Word(runtime, "onnx_runtime")}, {Word(runtime, "device")}"],
            ["program", $"PoseBatch {Word(runtime, "posebatch")}, .NET {Word(runtime, "dotnet")}, {Word(runtime, "decoder")}"],
            ["result", $"{result.Name}, key {Word(result.Section("job"), "key")}"],
        ]);
        if (result.Manifest is { } stated && stated.TryGetProperty("caution", out JsonElement caution))
        {
            rows.Insert(2, ["to know of it", caution.GetString()!]);
        }

        if (result.Manifest is { } manifest && manifest.TryGetProperty("job", out JsonElement job))
        {
            rows.Add(["when", $"{Word(job, "started")}, {ReportWords.Length(job.GetProperty("elapsed_seconds").GetDouble())}"]);
        }

        page.Table(rows);
        StringBuilder settings = new("<details><summary>Every setting that changes results</summary><div class=\"wide\"><table>");
        foreach (JsonProperty setting in result.Section("settings").EnumerateObject())
        {
            settings.Append(CultureInfo.InvariantCulture, $"<tr><td>{HtmlPage.Text(setting.Name)}</td><td>{HtmlPage.Text(setting.Value.ToString() is { Length: > 0 } text ? text : "not set")}</td></tr>\n");
        }

        page.Raw(settings.Append("</table></div></details>").ToString());
    }

    private static void AddUse(HtmlPage page, PoseResult result)
    {
        page.Heading("The tables");
        page.Paragraph($"The folder {result.Name} holds keypoints.parquet (one row per joint, person and frame), persons.parquet (one per person and frame), frames.parquet (one per frame of the video, whatever became of it){(result.HasTable(TableSchemas.Tracks.Name) ? ", tracks.parquet (one per person over time)" : "")} and manifest.json. Any Parquet reader opens them:");
        page.Raw($"<pre>{HtmlPage.Text($"import pandas\njoints = pandas.read_parquet(\"{result.Name}/keypoints.parquet\")\njoints.groupby(\"keypoint\")[[\"x\", \"y\", \"confidence\"]].mean()")}</pre>");
        page.Note("Positions are in pixels of the picture as shown, from the centre of the top-left pixel, y down. A joint that was not found has null, never 0. Other formats: posebatch export.");
    }

    /// <summary>The pictures as HTML, or why there are none.</summary>
    private static async Task<(string Html, string? Lack)> PicturesAsync(PoseResult result, string? video, Settings settings, CancellationToken cancellation)
    {
        try
        {
            ResultPictures pictures = await ResultPictures.OpenAsync(result, video, force: false, settings, cancellation);
            PictureShape shape = new() { IsJpeg = true, Box = new SheetLayout(PictureCount, 4, PictureArea).CellOf(pictures.Video) };
            StringBuilder html = new("<div class=\"sheet\">");
            foreach (int index in SheetLayout.Choose(result, PictureCount, cancellation))
            {
                ResultFrame frame = result.ReadFrames(index, index + 1, cancellation).Single();
                byte[] picture = await pictures.ReadFrameAsync(index, shape, cancellation);
                string people = frame.People.Count == 0 ? "nobody found" : frame.People.Count == 1 ? "1 person" : FormattableString.Invariant($"{frame.People.Count} people");
                string caption = FormattableString.Invariant($"{ReportWords.Clock(Math.Round(frame.Seconds, 2))}{(frame.Seconds < 60 ? " s" : "")}, frame {index}: {people}");
                html.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"{caption}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(picture)}\"><figcaption>{caption}</figcaption></figure>\n");
            }

            return (html.Append("</div>").ToString(), null);
        }
        catch (PoseBatchException fault)
        {
            return (string.Empty, fault.Advice is null ? fault.Message : $"{fault.Message} {fault.Advice}");
        }
    }

    private static string Word(JsonElement section, string name) =>
        section.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "not stated";
}
