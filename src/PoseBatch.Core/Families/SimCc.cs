using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>What the score of a SimCC joint is made of.</summary>
internal enum SimCcScore
{
    /// <summary>mmpose: the smaller of the two maxima.</summary>
    Smaller,

    /// <summary>rtmlib: their mean.</summary>
    Mean,
}

/// <summary>How SimCC rows are read (docs/spec, 12.3).</summary>
internal sealed record SimCcOptions
{
    /// <summary>Bins per input pixel. Default 2.</summary>
    public double SplitRatio { get; init; } = 2;

    /// <summary>What the score is made of. Default Smaller.</summary>
    public SimCcScore Score { get; init; } = SimCcScore.Smaller;

    /// <summary>Blur of the x rows for a DARK step between bins; null for none, the default.</summary>
    public BlurKernel? BlurX { get; init; }

    /// <summary>Blur of the y rows; given together with <see cref="BlurX"/>.</summary>
    public BlurKernel? BlurY { get; init; }
}

/// <summary>RTMPose and its like: one row of bins per joint and axis instead of a map (docs/spec, 12.3).</summary>
internal static class SimCc
{
    private const double Floor = 1e-3;
    private const double Ceiling = 50;

    // Keeps a flat row from dividing by zero.
    private const double Epsilon = 1e-9;

    /// <summary>
    /// Taps of the blur for rows drawn with a sigma, in bins: <c>(20 sigma - 7) / 3</c>, the next odd number down.
    /// </summary>
    public static int BlurSize(double sigma)
    {
        int taps = (int)Math.Floor(((20 * sigma) - 7) / 3);
        return Math.Max(1, taps % 2 == 0 ? taps - 1 : taps);
    }

    /// <summary>Reads one joint per row.</summary>
    /// <param name="rowsX">K rows of equal length, input width times the split ratio. Not softmaxed.</param>
    /// <param name="rowsY">K rows of equal length, input height times the split ratio.</param>
    /// <param name="options">How the rows are read.</param>
    /// <param name="keypoints">
    /// Receives K joints in model pixels. <see cref="Keypoint.NotFound"/> when the score is not above 0.
    /// </param>
    public static void Parse(ReadOnlySpan<float> rowsX, ReadOnlySpan<float> rowsY, SimCcOptions options, Span<Keypoint> keypoints)
    {
        int width = rowsX.Length / keypoints.Length, height = rowsY.Length / keypoints.Length;
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            ReadOnlySpan<float> rowX = rowsX.Slice(joint * width, width), rowY = rowsY.Slice(joint * height, height);
            int peakX = new HeatmapPlane(rowX, width, 1).IndexOfPeak(), peakY = new HeatmapPlane(rowY, height, 1).IndexOfPeak();
            keypoints[joint] = Keypoint.NotFound;
            if (peakX < 0 || peakY < 0)
            {
                continue;
            }

            float score = options.Score == SimCcScore.Smaller
                ? Math.Min(rowX[peakX], rowY[peakY])
                : 0.5f * (rowX[peakX] + rowY[peakY]);
            if (score > 0)
            {
                keypoints[joint] = KeypointMath.At(
                    (float)(Refine(rowX, peakX, options.BlurX) / options.SplitRatio),
                    (float)(Refine(rowY, peakY, options.BlurY) / options.SplitRatio),
                    score);
            }
        }
    }

    private static double Refine(ReadOnlySpan<float> row, int peak, BlurKernel? blur) =>
        blur is null ? peak : Dark(row, peak, blur);

    // The DARK step in one dimension: derivatives over two bins of the logarithm of the blurred and clipped row.
    private static double Dark(ReadOnlySpan<float> row, int peak, BlurKernel blur)
    {
        Span<double> near = stackalloc double[5];
        double smallest = double.PositiveInfinity;
        for (int i = 0; i < near.Length; i++)
        {
            near[i] = blur.At(row, Math.Clamp(peak + i - 2, 0, row.Length - 1));
            smallest = Math.Min(smallest, near[i]);
        }

        // As in two dimensions: scaling back to the old maximum matters only where something is clipped.
        double factor = smallest >= Floor && row[peak] <= Ceiling ? 1 : row[peak] / BlurredMaximum(row, blur);
        foreach (ref double value in near)
        {
            value = Math.Log(Math.Clamp(value * factor, Floor, Ceiling));
        }

        double slope = 0.5 * (near[3] - near[1]);
        double curvature = Epsilon + (0.25 * (near[4] - (2 * near[2]) + near[0]));
        return peak - (slope / curvature);
    }

    private static double BlurredMaximum(ReadOnlySpan<float> row, BlurKernel blur)
    {
        double maximum = double.NegativeInfinity;
        for (int place = 0; place < row.Length; place++)
        {
            maximum = Math.Max(maximum, blur.At(row, place));
        }

        return maximum;
    }
}
