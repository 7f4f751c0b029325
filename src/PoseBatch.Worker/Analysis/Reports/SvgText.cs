using System.Globalization;
using System.Text;

namespace PoseBatch.Worker.Analysis.Reports;

/// <summary>What all plots share: round numbers on axes, and lines with gaps.</summary>
internal static class SvgText
{
    /// <summary>Adds one line of SVG, numbers written the same everywhere.</summary>
    public static void Add(this StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>The <c>d</c> of a path through points; null is a gap, and a lone point a line of no length, which round ends make a dot.</summary>
    public static string Path(IEnumerable<(double X, double Y)?> points)
    {
        StringBuilder path = new();
        bool isOpen = false;
        foreach ((double X, double Y)? point in points)
        {
            if (point is { } place)
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isOpen ? 'L' : 'M')}{place.X:F1} {place.Y:F1}{(isOpen ? "" : "h0")}");
            }

            isOpen = point is not null;
        }

        return path.ToString();
    }

    /// <summary>Round numbers from least to most: steps of 1, 2 or 5 times a power of ten, about as many as asked for.</summary>
    public static IEnumerable<double> Ticks(double least, double most, int count)
    {
        double rough = (most - least) / count;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * (rough / power) switch
        {
            < 1.5 => 1,
            < 3.5 => 2,
            < 7.5 => 5,
            _ => 10,
        };
        for (double i = Math.Ceiling(least / step); i * step <= most; i++)
        {
            yield return Math.Round(i * step, 6) + 0.0;   // no negative zero
        }
    }
}
