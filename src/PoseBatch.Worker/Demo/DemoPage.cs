using System.Globalization;
using System.Net;
using System.Text;

namespace PoseBatch.Worker.Demo;

/// <summary>The demo's report: one page without a single outside reference that it needs.</summary>
internal static class DemoPage
{
    private const string Style = """
        :root { color-scheme: light; }
        body { max-width: 1024px; margin: 2.5rem auto; padding: 0 1.2rem; font: 16px/1.55 system-ui, sans-serif; color: #20242a; background: #fff; }
        h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.4rem; }
        p.lead { color: #5b6470; margin-top: 0; }
        dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 1rem; }
        dl.figures div { background: #f4f6f8; border-radius: 8px; padding: .8rem 1rem; }
        dl.figures dt { color: #5b6470; font-size: .85rem; } dl.figures dd { margin: 0; }
        dl.figures dd.value { font-size: 1.6rem; font-weight: 600; } dl.figures dd.meaning { font-size: .85rem; line-height: 1.35; }
        table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid #e3e7ec; }
        img, svg { max-width: 100%; height: auto; } .wide { overflow-x: auto; }
        """;

    /// <summary>The whole page.</summary>
    /// <param name="outcome">What to report; the contact sheet is read from its file.</param>
    /// <param name="plot">The track plot as SVG.</param>
    public static string Write(DemoOutcome outcome, string plot)
    {
        StringBuilder page = new();
        Add(page, $"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">");
        Add(page, $"<title>PoseBatch demo</title>\n<style>\n{Style}\n</style>\n</head>\n<body>");
        Add(page, $"<h1>PoseBatch demo</h1>");
        Add(page, $"<p class=\"lead\">A generated clip whose exact joints are known, processed by {Text(outcome.Model.Name)} and measured. No training picture of the network that comes with PoseBatch shows this figure or this scene.</p>");
        AddFigures(page, outcome);
        AddPictures(page, outcome);
        Add(page, $"<h2>One joint over time</h2>\n{plot}");
        Add(page, $"<h2>Six rows of keypoints.parquet</h2>");
        AddTable(page, outcome.Excerpt);
        Add(page, $"<h2>Joint by joint</h2>");
        AddTable(page, [["joint", "in the picture", "PCK@0.2 torso", "median error"], .. outcome.Error.ByJoint.Select(Row)]);
        Add(page, $"<h2>What ran</h2>");
        AddTable(page,
        [
            ["part", "what"],
            ["program", DemoOutcome.Program],
            ["model", $"{outcome.Model.Name} ({outcome.Model.Family}, {outcome.Model.Licence}), sha256 {outcome.Model.Sha256}"],
            ["inference", $"{outcome.Provider.Name}: {outcome.Provider.Runtime}, {outcome.Provider.Device}"],
            ["decoder", outcome.Decoder],
            ["runtime", ".NET " + Environment.Version],
            ["pace", string.Create(CultureInfo.InvariantCulture, $"{outcome.Job.FramesPerSecond:F0} frames per second from start to verified tables; {outcome.Job.LimitedBy} limits")],
            ["tables", Path.GetRelativePath(outcome.Files.Folder, outcome.Job.ResultPath!)],
        ]);
        Add(page, $"</body>\n</html>");
        return page.ToString();
    }

    private static void AddFigures(StringBuilder page, DemoOutcome outcome)
    {
        Add(page, $"<dl class=\"figures\">");
        foreach ((string name, string value, string meaning) in DemoText.Figures(outcome.Error))
        {
            Add(page, $"<div><dt>{Text(name)}</dt><dd class=\"value\">{Text(value)}</dd><dd class=\"meaning\">{Text(meaning)}</dd></div>");
        }

        Add(page, $"</dl>");
    }

    private static void AddPictures(StringBuilder page, DemoOutcome outcome)
    {
        Add(page, $"<h2>The clip with what was found</h2>");
        if (outcome.WhyNoPictures is { } reason)
        {
            Add(page, $"<p>No pictures: {Text(reason)}</p>");
            return;
        }

        string video = Path.GetFileName(outcome.Files.AnnotatedVideo);
        string sheet = Convert.ToBase64String(File.ReadAllBytes(outcome.Files.ContactSheet));
        Add(page, $"<p>Twelve frames at even distances; the whole clip is <a href=\"{Text(video)}\">{Text(video)}</a> beside this page. Orange is the person's left, blue the right.</p>");
        Add(page, $"<img alt=\"Twelve frames of the clip with the skeletons drawn in\" src=\"data:image/png;base64,{sheet}\">");
    }

    private static string[] Row(JointError joint) =>
    [
        joint.Name,
        string.Create(CultureInfo.InvariantCulture, $"{joint.Count}"),
        joint.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * joint.RightCount / joint.Count:F1} %"),
        joint.MedianPixels is { } pixels ? string.Create(CultureInfo.InvariantCulture, $"{pixels:F1} px") : "none",
    ];

    private static void AddTable(StringBuilder page, IReadOnlyList<string[]> rows)
    {
        Add(page, $"<div class=\"wide\"><table>");
        for (int row = 0; row < rows.Count; row++)
        {
            string cell = row == 0 ? "th" : "td";
            Add(page, $"<tr>{string.Concat(rows[row].Select(text => $"<{cell}>{Text(text)}</{cell}>"))}</tr>");
        }

        Add(page, $"</table></div>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static void Add(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
