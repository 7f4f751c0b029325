using System.Globalization;
using PoseBatch.Worker.Analysis.Reports;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>The demo's report: one page without a single outside reference that it needs.</summary>
internal static class DemoPage
{
    /// <summary>The whole page.</summary>
    /// <param name="outcome">What to report; the contact sheet is read from its file.</param>
    /// <param name="plot">The track plot as SVG.</param>
    public static string Write(DemoOutcome outcome, string plot)
    {
        HtmlPage page = new("PoseBatch demo", $"A generated clip whose exact joints are known, processed by {outcome.Model.Name} and measured. No training picture of the network that comes with PoseBatch shows this figure or this scene.");
        page.Figures(DemoText.Figures(outcome.Error));
        AddPictures(page, outcome);
        page.Heading("One joint over time");
        page.Raw(plot);
        page.Heading("Six rows of keypoints.parquet");
        page.Table(outcome.Excerpt);
        page.Heading("Joint by joint");
        page.Table([["joint", "in the picture", "PCK@0.2 torso", "median error"], .. outcome.Error.ByJoint.Select(Row)]);
        page.Heading("What ran");
        page.Table(
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
        return page.End();
    }

    private static void AddPictures(HtmlPage page, DemoOutcome outcome)
    {
        page.Heading("The clip with what was found");
        if (outcome.WhyNoPictures is { } reason)
        {
            page.Paragraph($"No pictures: {reason}");
            return;
        }

        string video = Path.GetFileName(outcome.Files.AnnotatedVideo);
        string sheet = Convert.ToBase64String(File.ReadAllBytes(outcome.Files.ContactSheet));
        page.Raw($"<p>Twelve frames at even distances; the whole clip is <a href=\"{HtmlPage.Text(video)}\">{HtmlPage.Text(video)}</a> beside this page. Orange is the person's left, blue the right.</p>");
        page.Raw($"<img alt=\"Twelve frames of the clip with the skeletons drawn in\" src=\"data:image/png;base64,{sheet}\">");
    }

    private static string[] Row(JointError joint) =>
    [
        joint.Name,
        string.Create(CultureInfo.InvariantCulture, $"{joint.Count}"),
        joint.Count == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * joint.RightCount / joint.Count:F1} %"),
        joint.MedianPixels is { } pixels ? string.Create(CultureInfo.InvariantCulture, $"{pixels:F1} px") : "none",
    ];
}
