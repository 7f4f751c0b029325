using System.Text;
using PoseBatch.Worker.Analysis.Reports;

namespace PoseBatch.Worker.Cli.Demo;

/// <summary>One moment of a joint's track; null where it has no position.</summary>
/// <param name="Seconds">Time since the first frame.</param>
/// <param name="True">Where it really is, in pixels; null when it is not in the picture.</param>
/// <param name="Found">Where it was found, in pixels.</param>
internal readonly record struct TrackPoint(double Seconds, (double X, double Y)? True, (double X, double Y)? Found);

/// <summary>Draws one joint's track over time as SVG: measured against the truth, gaps as gaps.</summary>
internal static class TrackPlot
{
    private const double Width = 960, Height = 548, Left = 66, Right = 22, Top = 74, PanelHeight = 190, PanelGap = 40;
    private const string TrueColour = "#b4bcc6", FoundColour = "#c8324b", Grey = "#5b6470";

    /// <summary>The whole picture.</summary>
    /// <param name="joint">Name of the joint, for the title.</param>
    /// <param name="track">Its positions, in the order of time; at least one.</param>
    public static string Draw(string joint, IReadOnlyList<TrackPoint> track)
    {
        StringBuilder svg = new();
        svg.Add($"""<svg class="white" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="13" fill="#20242a">""");
        svg.Add($"""<rect width="{Width}" height="{Height}" fill="#ffffff"/>""");
        svg.Add($"""<text x="{Left}" y="30" font-size="18" font-weight="bold">{Escape(joint)}: where it was found, and where it really is</text>""");
        Legend(svg);

        double end = double.Max(track[^1].Seconds, 0.1);
        double Time(double seconds) => Left + (seconds / end * (Width - Left - Right));
        Panel(svg, track, Top, "x, pixels from the left", Time, end, point => point.X, isDownward: false);
        Panel(svg, track, Top + PanelHeight + PanelGap, "y, pixels from the top", Time, end, point => point.Y, isDownward: true);
        svg.Add($"""<text x="{(Left + Width - Right) / 2:F0}" y="{Height - 10}" text-anchor="middle" fill="{Grey}">time, seconds</text>""");
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void Legend(StringBuilder svg)
    {
        svg.Add($"""<path d="M {Left} 50 h 34" stroke="{TrueColour}" stroke-width="6" stroke-linecap="round"/><text x="{Left + 44}" y="54.5">truth</text>""");
        svg.Add($"""<path d="M {Left + 100} 50 h 34" stroke="{FoundColour}" stroke-width="1.8" stroke-linecap="round"/><text x="{Left + 144}" y="54.5">measured (a gap: not found)</text>""");
        svg.Add($"""<rect x="{Left + 344}" y="43" width="34" height="14" fill="#eef0f3"/><text x="{Left + 388}" y="54.5">not in the picture</text>""");
    }

    private static void Panel(
        StringBuilder svg, IReadOnlyList<TrackPoint> track, double top, string label,
        Func<double, double> time, double end, Func<(double X, double Y), double> axis, bool isDownward)
    {
        double[] values = [.. track.SelectMany(point => new[] { point.True, point.Found }).Where(point => point is not null).Select(point => axis(point!.Value))];
        double least = values.DefaultIfEmpty(0).Min(), most = values.DefaultIfEmpty(1).Max();
        double margin = double.Max(1, 0.06 * (most - least));
        (least, most) = (least - margin, most + margin);
        double bottom = top + PanelHeight;
        double Place(double value)
        {
            double share = (value - least) / (most - least);
            return top + (PanelHeight * (isDownward ? share : 1 - share));
        }

        Absences(svg, track, top, time, end);
        foreach (double tick in SvgText.Ticks(least, most, 5))
        {
            svg.Add($"""<path d="M {Left} {Place(tick):F1} H {Width - Right}" stroke="#dfe3e8"/><text x="{Left - 8}" y="{Place(tick) + 4.5:F1}" text-anchor="end" fill="{Grey}">{tick}</text>""");
        }

        foreach (double tick in SvgText.Ticks(0, end, 9))
        {
            svg.Add($"""<path d="M {time(tick):F1} {bottom} v 5" stroke="{Grey}"/><text x="{time(tick):F1}" y="{bottom + 19}" text-anchor="middle" fill="{Grey}">{tick}</text>""");
        }

        svg.Add($"""<path d="M {Left} {top} V {bottom} H {Width - Right}" fill="none" stroke="{Grey}"/>""");
        svg.Add($"""<text transform="translate(18 {top + (PanelHeight / 2)}) rotate(-90)" text-anchor="middle" fill="{Grey}">{label}</text>""");
        Line(svg, track, point => point.True, TrueColour, "6", time, point => Place(axis(point)));
        Line(svg, track, point => point.Found, FoundColour, "1.8", time, point => Place(axis(point)));
    }

    private static void Absences(StringBuilder svg, IReadOnlyList<TrackPoint> track, double top, Func<double, double> time, double end)
    {
        for (int first = 0; first < track.Count; first++)
        {
            int next = first;
            while (next < track.Count && track[next].True is null)
            {
                next++;
            }

            if (next > first)
            {
                double from = time(track[first].Seconds), to = time(next < track.Count ? track[next].Seconds : end);
                svg.Add($"""<rect x="{from:F1}" y="{top}" width="{to - from:F1}" height="{PanelHeight}" fill="#eef0f3"/>""");
                first = next;
            }
        }
    }

    private static void Line(
        StringBuilder svg, IReadOnlyList<TrackPoint> track, Func<TrackPoint, (double X, double Y)?> choose, string colour, string width,
        Func<double, double> time, Func<(double X, double Y), double> place)
    {
        string path = SvgText.Path(track.Select(point => choose(point) is { } position ? (time(point.Seconds), place(position)) : ((double, double)?)null));
        svg.Add($"""<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>""");
    }

    private static string Escape(string text) => System.Net.WebUtility.HtmlEncode(text);
}
