using System.Text;
using PoseBatch.Ffmpeg.Drawing;
using PoseBatch.Geometry;
using PoseBatch.Results.Reading;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>The plots of a report, as SVG that takes its colours from the page.</summary>
internal static class ResultCharts
{
    private const double Width = 960, Left = 60, Right = 14;
    private const int MostTracks = 30;

    /// <summary>How many people were found when, and where frames were lost or left out.</summary>
    public static string People(ResultStatistics statistics)
    {
        const double Top = 12, Height = 150, Band = 12;
        StringBuilder svg = Begin("People found over time", Top + Height + Band + 40);
        int most = int.Max(1, statistics.MostPeople);
        double bottom = Top + Height;
        Levels(svg, 0, most, level => bottom - (level / most * Height), whole: true);
        StringBuilder area = new();
        for (int part = 0; part < statistics.Parts.Length; part++)
        {
            PartFacts facts = statistics.Parts[part];
            double x = TimeOf(statistics.StartOf(part), statistics.EndSeconds);
            double step = double.Max(0, TimeOf(statistics.StartOf(part + 1), statistics.EndSeconds) - x);
            if (facts.Inferred > 0 && facts.MostPeople > 0)
            {
                double y = bottom - ((double)facts.MostPeople / most * Height);
                area.Add($"M{x:F1} {bottom:F1}V{y:F1}h{step + 0.3:F1}V{bottom:F1}z");
            }

            if (facts.Undecodable > 0 || (facts.Skipped > 0 && facts.Inferred == 0))
            {
                svg.Add($"<rect class=\"{(facts.Undecodable > 0 ? "lost" : "skipped")}\" x=\"{x:F1}\" y=\"{bottom + 4:F1}\" width=\"{step + 0.3:F1}\" height=\"{Band - 4}\"/>");
            }
        }

        svg.Add($"<path class=\"bar\" d=\"{area.ToString().ReplaceLineEndings("")}\"/>");
        TimeAxis(svg, statistics.EndSeconds, bottom + Band);
        return End(svg);
    }

    /// <summary>Where the middle of each body was over time: across and down.</summary>
    public static string Positions(ResultStatistics statistics, PixelSize frame)
    {
        const double Top = 12, Height = 170, Gap = 26;
        StringBuilder svg = Begin("Position of each body over time", Top + (2 * Height) + Gap + 40);
        for (int panel = 0; panel < 2; panel++)
        {
            bool isAcross = panel == 0;
            double top = Top + (panel * (Height + Gap)), most = isAcross ? frame.Width : frame.Height;
            double[] values = [.. statistics.Bodies.SelectMany(body => body.Centres).OfType<(double X, double Y)>().Select(centre => isAcross ? centre.X : centre.Y)];
            double least = values.DefaultIfEmpty(0).Min(), greatest = values.DefaultIfEmpty(most).Max(), margin = double.Max(2, 0.06 * (greatest - least));
            (least, greatest) = (least - margin, greatest + margin);

            // Down in the picture is down in the plot.
            double Place(double value) => top + (Height * (isAcross ? 1 - ((value - least) / (greatest - least)) : (value - least) / (greatest - least)));
            Levels(svg, least, greatest, Place, whole: false);
            svg.Add($"<text transform=\"translate(14 {top + (Height / 2):F0}) rotate(-90)\" text-anchor=\"middle\">{(isAcross ? "x" : "y")}, pixels</text>");
            foreach (BodyPath body in statistics.Bodies)
            {
                string path = SvgText.Path(statistics.SeenParts.Select(part => body.Centres[part] is { } place ? (TimeOf(part, statistics), Place(isAcross ? place.X : place.Y)) : ((double, double)?)null));
                svg.Add($"<path class=\"track\" stroke=\"{ColourOf(body)}\" d=\"{path}\"/>");
            }
        }

        TimeAxis(svg, statistics.EndSeconds, Top + (2 * Height) + Gap);
        return End(svg);
    }

    /// <summary>The ways of the bodies through the picture.</summary>
    public static string Map(ResultStatistics statistics, PixelSize frame)
    {
        double scale = double.Min(560.0 / frame.Width, 420.0 / frame.Height), width = frame.Width * scale, height = frame.Height * scale;
        StringBuilder svg = new();
        svg.Add($"<svg role=\"img\" aria-label=\"Ways of the bodies through the picture\" viewBox=\"-1 -1 {width + 2:F1} {height + 2:F1}\" width=\"{width:F0}\">");
        svg.Add($"<rect class=\"grid\" x=\"0\" y=\"0\" width=\"{width:F1}\" height=\"{height:F1}\"/>");
        foreach (BodyPath body in statistics.Bodies)
        {
            string path = SvgText.Path(statistics.SeenParts.Select(part => body.Centres[part] is { } place ? (place.X * scale, place.Y * scale) : ((double, double)?)null));
            svg.Add($"<path class=\"track\" stroke=\"{ColourOf(body)}\" d=\"{path}\"/>");
        }

        return End(svg);
    }

    /// <summary>When each track was there; the longest only, where there are many.</summary>
    public static string Tracks(ResultStatistics statistics)
    {
        const double Top = 8, Row = 18;
        TrackFacts[] shown = [.. statistics.Tracks.OrderByDescending(track => track.FrameCount).ThenBy(track => track.TrackId).Take(MostTracks).OrderBy(track => track.FirstSeconds).ThenBy(track => track.TrackId)];
        StringBuilder svg = Begin("When each track was there", Top + (Row * shown.Length) + 40);
        for (int i = 0; i < shown.Length; i++)
        {
            TrackFacts track = shown[i];
            double from = TimeOf(track.FirstSeconds, statistics.EndSeconds), to = TimeOf(track.LastSeconds, statistics.EndSeconds);
            svg.Add($"<text x=\"{Left - 8}\" y=\"{Top + (i * Row) + 13:F1}\" text-anchor=\"end\">{track.TrackId}</text>");
            svg.Add($"<rect x=\"{from:F1}\" y=\"{Top + (i * Row) + 3:F1}\" width=\"{double.Max(2, to - from):F1}\" height=\"{Row - 6}\" rx=\"3\" fill=\"#{TrackColours.Of(track.TrackId)}\"><title>track {track.TrackId}: {track.FirstSeconds:F2} s to {track.LastSeconds:F2} s, {track.FrameCount} frames, mean score {track.MeanScore:F2}</title></rect>");
        }

        TimeAxis(svg, statistics.EndSeconds, Top + (Row * shown.Length));
        return End(svg);
    }

    /// <summary>A bar from the lower to the upper quarter of the confidences, with the middle one marked, 0 to 1.</summary>
    public static string Confidence(JointFacts joint)
    {
        if (joint.ConfidenceAt(0.25) is not { } low || joint.ConfidenceAt(0.5) is not { } middle || joint.ConfidenceAt(0.75) is not { } high)
        {
            return string.Empty;
        }

        const double Across = 180;
        StringBuilder svg = new();
        svg.Add($"<svg role=\"img\" aria-label=\"confidence {middle:F2}\" viewBox=\"0 0 {Across} 14\" width=\"{Across}\" height=\"14\"><path class=\"grid\" d=\"M0 7H{Across}\"/><rect class=\"area\" x=\"{low * Across:F1}\" y=\"3\" width=\"{double.Max(1, (high - low) * Across):F1}\" height=\"8\" rx=\"2\"/><path class=\"axis\" stroke-width=\"2\" d=\"M{middle * Across:F1} 1v12\"/></svg>");
        return svg.ToString().TrimEnd();
    }

    /// <summary>A joint's height in the picture over time, without axes.</summary>
    public static string Spark(ResultStatistics statistics, BodyPath body, int joint)
    {
        const double Across = 300, Height = 26;
        (float X, float Y)?[] places = [.. statistics.SeenParts.Select(part => body.Joint(joint, part))];
        double[] values = [.. places.OfType<(float X, float Y)>().Select(place => (double)place.Y)];
        if (values.Length == 0)
        {
            return string.Empty;
        }

        double least = values.Min(), span = double.Max(1, values.Max() - least);
        string path = SvgText.Path(places.Select((place, i) => place is { } found
            ? (1 + (i * (Across - 2) / places.Length), 2 + ((found.Y - least) / span * (Height - 4))) : ((double, double)?)null));
        StringBuilder svg = new();
        svg.Add($"<svg role=\"img\" aria-label=\"height over time\" viewBox=\"0 0 {Across} {Height}\" width=\"{Across}\" height=\"{Height}\"><path class=\"track\" stroke=\"{ColourOf(body)}\" d=\"{path}\"/></svg>");
        return svg.ToString().TrimEnd();
    }

    /// <summary>The colour of a body as CSS.</summary>
    public static string ColourOf(BodyPath body) => body.TrackId is { } id ? "#" + TrackColours.Of(id) : "var(--accent)";

    private static double TimeOf(int part, ResultStatistics statistics) =>
        TimeOf((statistics.StartOf(part) + statistics.StartOf(part + 1)) / 2, statistics.EndSeconds);

    // A video of one frame whose length nobody states has no time to speak of: it fills the plot.
    private static double TimeOf(double seconds, double end) => Left + (end > 0 ? seconds / end * (Width - Left - Right) : 0);

    private static StringBuilder Begin(string label, double height)
    {
        StringBuilder svg = new();
        svg.Add($"<svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {Width} {height:F0}\" width=\"{Width}\">");
        return svg;
    }

    private static void Levels(StringBuilder svg, double least, double most, Func<double, double> place, bool whole)
    {
        foreach (double level in SvgText.Ticks(least, most, 4).Where(level => !whole || double.IsInteger(level)))
        {
            svg.Add($"<path class=\"grid\" d=\"M{Left} {place(level):F1}H{Width - Right}\"/><text x=\"{Left - 8}\" y=\"{place(level) + 4:F1}\" text-anchor=\"end\">{level}</text>");
        }
    }

    private static void TimeAxis(StringBuilder svg, double end, double y)
    {
        svg.Add($"<path class=\"axis\" d=\"M{Left} {y:F1}H{Width - Right}\"/>");
        foreach (double tick in end > 0 ? SvgText.Ticks(0, end, 8) : [])
        {
            double x = TimeOf(tick, end);
            svg.Add($"<path class=\"axis\" d=\"M{x:F1} {y:F1}v5\"/><text x=\"{x:F1}\" y=\"{y + 19:F1}\" text-anchor=\"middle\">{ReportWords.Clock(tick)}</text>");
        }
    }

    private static string End(StringBuilder svg) => svg.Append("</svg>").ToString();
}
