using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>How a peak between cells is found (docs/spec, 12.2).</summary>
internal enum PeakRefinement
{
    /// <summary>The cell itself.</summary>
    None,

    /// <summary>A quarter cell toward the higher neighbour on each axis.</summary>
    Quarter,

    /// <summary>One Newton step on the logarithm of the blurred map, inner cells only.</summary>
    Dark,

    /// <summary>The same with closer neighbours, clipped values and no border.</summary>
    UdpDark,
}

/// <summary>Which peaks the quarter shift leaves alone because they are too near the border.</summary>
internal enum QuarterBorder
{
    /// <summary>mmpose: an axis shifts when it has 1 &lt; p &lt; size - 1 and the other is not on cell 0.</summary>
    PerAxis,

    /// <summary>HRNet and AlphaPose's master branch: 1 &lt; p &lt; size - 1 on both axes, or no shift at all.</summary>
    BothBeyondOne,

    /// <summary>AlphaPose: 0 &lt; p &lt; size - 1 on both axes, or no shift at all.</summary>
    BothInside,
}

/// <summary>How the maps of a top-down network are read.</summary>
internal sealed record TopDownHeatmapOptions
{
    /// <summary>How a peak between cells is found. Default Quarter.</summary>
    public PeakRefinement Refinement { get; init; } = PeakRefinement.Quarter;

    /// <summary>The border rule of the quarter shift. Default PerAxis.</summary>
    public QuarterBorder Border { get; init; } = QuarterBorder.PerAxis;

    /// <summary>The blur of the DARK decoders. Default 11 taps, for maps drawn with sigma 2 (17 for sigma 3).</summary>
    public BlurKernel Blur { get; init; } = new(11);
}

/// <summary>Heatmaps of one person, cut out of the frame beforehand (docs/spec, 12.2).</summary>
internal static class TopDownHeatmap
{
    private const double DarkFloor = 1e-10;
    private const double UdpFloor = 1e-3;
    private const double UdpCeiling = 50;

    // Keeps the Hessian invertible on flat maps: the float32 epsilon, as the reference adds it.
    private const double Epsilon = 1.1920928955078125e-7;

    /// <summary>Reads one joint of every map.</summary>
    /// <param name="stack">K maps; not probabilities, they may be negative.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="options">How a peak is refined.</param>
    /// <param name="inputWidth">Width of the model input, pixels.</param>
    /// <param name="inputHeight">Height of the model input, pixels.</param>
    /// <param name="keypoints">
    /// Receives K joints in model pixels, not clamped: cell times input / map, or for UDP times (input / (map - 1)). The score
    /// is the value of the cell. <see cref="Keypoint.NotFound"/> when no value is above 0.
    /// </param>
    public static void Parse(
        ReadOnlySpan<float> stack, HeatmapShape shape, TopDownHeatmapOptions options, int inputWidth, int inputHeight,
        Span<Keypoint> keypoints)
    {
        int lost = options.Refinement == PeakRefinement.UdpDark ? 1 : 0;
        double scaleX = (double)inputWidth / (shape.Width - lost), scaleY = (double)inputHeight / (shape.Height - lost);
        for (int joint = 0; joint < shape.Channels; joint++)
        {
            Keypoint cell = FindCell(new HeatmapPlane(stack, shape, joint), options);
            keypoints[joint] = cell.IsFound
                ? KeypointMath.At((float)(cell.X * scaleX), (float)(cell.Y * scaleY), cell.Score)
                : Keypoint.NotFound;
        }
    }

    /// <summary>Reads one joint, in cells.</summary>
    public static Keypoint FindCell(HeatmapPlane plane, TopDownHeatmapOptions options)
    {
        int peak = plane.IndexOfPeak();
        if (peak < 0 || !(plane[peak] > 0))
        {
            return Keypoint.NotFound;
        }

        (int row, int column) = int.DivRem(peak, plane.Width);
        (double x, double y) = options.Refinement switch
        {
            PeakRefinement.Quarter => Lean(plane, row, column, options.Border),
            PeakRefinement.Dark => Dark(plane, row, column, options.Blur),
            PeakRefinement.UdpDark => UdpDark(plane, row, column, options.Blur),
            _ => (column, row),
        };
        return KeypointMath.At((float)x, (float)y, plane[peak]);
    }

    private static (double X, double Y) Lean(HeatmapPlane plane, int row, int column, QuarterBorder border)
    {
        bool innerX = column > 0 && column < plane.Width - 1;
        bool innerY = row > 0 && row < plane.Height - 1;
        (bool movesX, bool movesY) = border switch
        {
            QuarterBorder.PerAxis => (innerX && column > 1 && row > 0, innerY && row > 1 && column > 0),
            QuarterBorder.BothBeyondOne => (innerX && innerY && column > 1 && row > 1, innerX && innerY && column > 1 && row > 1),
            _ => (innerX && innerY, innerX && innerY),
        };

        return (
            column + (movesX ? Quarter(plane[row, column - 1], plane[row, column + 1]) : 0),
            row + (movesY ? Quarter(plane[row - 1, column], plane[row + 1, column]) : 0));
    }

    // A neighbour that is no number pulls nowhere.
    private static double Quarter(float before, float after) => after > before ? 0.25 : after < before ? -0.25 : 0;

    private static (double X, double Y) Dark(HeatmapPlane plane, int row, int column, BlurKernel blur)
    {
        if (column <= 1 || column >= plane.Width - 2 || row <= 1 || row >= plane.Height - 2)
        {
            return (column, row);
        }

        Span<double> patch = stackalloc double[25];
        Blurred(plane, row, column, 2, blur, patch);
        Logarithm(plane, row, column, blur, patch, DarkFloor, double.PositiveInfinity);
        ReadOnlySpan<double> l = patch;
        double dx = 0.5 * (l[13] - l[11]), dy = 0.5 * (l[17] - l[7]);
        double dxx = 0.25 * (l[14] - (2 * l[12]) + l[10]), dyy = 0.25 * (l[22] - (2 * l[12]) + l[2]);
        double dxy = 0.25 * (l[18] - l[8] - l[16] + l[6]);
        return Newton(column, row, dx, dy, dxx, dyy, dxy);
    }

    private static (double X, double Y) UdpDark(HeatmapPlane plane, int row, int column, BlurKernel blur)
    {
        Span<double> patch = stackalloc double[9];
        Blurred(plane, row, column, 1, blur, patch);
        Logarithm(plane, row, column, blur, patch, UdpFloor, UdpCeiling);
        ReadOnlySpan<double> l = patch;
        double dx = 0.5 * (l[5] - l[3]), dy = 0.5 * (l[7] - l[1]);
        double dxx = l[5] - (2 * l[4]) + l[3], dyy = l[7] - (2 * l[4]) + l[1];
        double dxy = 0.5 * (l[8] - l[5] - l[7] + l[4] + l[4] - l[3] - l[1] + l[0]);
        return Newton(column, row, dx, dy, dxx + Epsilon, dyy + Epsilon, dxy);
    }

    private static (double X, double Y) Newton(double x, double y, double dx, double dy, double dxx, double dyy, double dxy)
    {
        double determinant = (dxx * dyy) - (dxy * dxy);
        return determinant == 0
            ? (x, y)
            : (x - (((dyy * dx) - (dxy * dy)) / determinant), y - (((dxx * dy) - (dxy * dx)) / determinant));
    }

    /// <summary>
    /// The blurred values in a square around a cell; beyond the map its outermost values repeat. Only what the step reads is
    /// blurred, not the map.
    /// </summary>
    private static void Blurred(HeatmapPlane plane, int row, int column, int radius, BlurKernel blur, Span<double> patch)
    {
        int side = (2 * radius) + 1;
        for (int y = 0; y < side; y++)
        {
            int mapRow = Math.Clamp(row + y - radius, 0, plane.Height - 1);
            for (int x = 0; x < side; x++)
            {
                patch[(y * side) + x] = BlurredAt(plane, mapRow, Math.Clamp(column + x - radius, 0, plane.Width - 1), blur);
            }
        }
    }

    // Zeros lie beyond the border, so a tap outside adds nothing.
    private static double BlurredAt(HeatmapPlane plane, int row, int column, BlurKernel blur)
    {
        int firstX = Math.Max(-blur.Radius, -column), lastX = Math.Min(blur.Radius, plane.Width - 1 - column);
        int firstY = Math.Max(-blur.Radius, -row), lastY = Math.Min(blur.Radius, plane.Height - 1 - row);
        double sum = 0;
        for (int dy = firstY; dy <= lastY; dy++)
        {
            double line = 0;
            for (int dx = firstX; dx <= lastX; dx++)
            {
                line += blur[dx] * plane[row + dy, column + dx];
            }

            sum += blur[dy] * line;
        }

        return sum;
    }

    /// <summary>
    /// Logarithms, after the blurred map was scaled back to the old maximum. That factor is a constant under the logarithm and
    /// falls out of every derivative, unless a value is clipped: only then is the whole map blurred to know it.
    /// </summary>
    private static void Logarithm(
        HeatmapPlane plane, int row, int column, BlurKernel blur, Span<double> patch, double floor, double ceiling)
    {
        double maximum = plane[row, column];
        double smallest = double.PositiveInfinity;
        foreach (double value in patch)
        {
            smallest = Math.Min(smallest, value);
        }

        // Blurring never raises the maximum, so the factor is at least 1 and a value above the floor stays above it.
        double factor = smallest >= floor && maximum <= ceiling ? 1 : maximum / BlurredMaximum(plane, blur);
        foreach (ref double value in patch)
        {
            value = Math.Log(Math.Clamp(value * factor, floor, ceiling));
        }
    }

    private static double BlurredMaximum(HeatmapPlane plane, BlurKernel blur)
    {
        double maximum = double.NegativeInfinity;
        for (int row = 0; row < plane.Height; row++)
        {
            for (int column = 0; column < plane.Width; column++)
            {
                maximum = Math.Max(maximum, BlurredAt(plane, row, column, blur));
            }
        }

        return maximum;
    }
}
