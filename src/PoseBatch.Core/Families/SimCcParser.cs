using PoseBatch.Heatmaps;
using PoseBatch.Models;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Family <c>simcc</c>: one vector of bins per joint and axis on a person crop (docs/spec, 12.3).</summary>
internal sealed class SimCcParser : ICropParser
{
    /// <summary>RTMPose and its like.</summary>
    public static ModelFamily Family { get; } = new()
    {
        Name = "simcc",
        Summary = "one vector of bins per joint and axis on a person crop",
        Roles =
        [
            OutputRole.Plain(
                "simcc_x", [AxisRule.PerJoint(1), new("input width x split_ratio", static model => Bins(model, model.Input.Size.Width))], "bin scores along x"),
            OutputRole.Plain(
                "simcc_y", [AxisRule.PerJoint(1), new("input height x split_ratio", static model => Bins(model, model.Input.Size.Height))], "bin scores along y"),
        ],
        Parameters =
        [
            DecoderParameter.Number("split_ratio", 2, 1, 16, "bins per input pixel"),
            DecoderParameter.Word("score", "min", ["min", "mean"], "how the two maxima become one score"),
            TopDownHeatmapParser.BoxScale,
        ],
        CreateCropParser = static contract => new SimCcParser(contract),
    };

    private readonly int _rowsX;
    private readonly int _rowsY;
    private readonly SimCcOptions _options;

    public SimCcParser(ParserContract contract)
    {
        double ratio = contract.Number("split_ratio");
        _rowsX = Rows(contract, "simcc_x", contract.Model.Input.Size.Width * ratio);
        _rowsY = Rows(contract, "simcc_y", contract.Model.Input.Size.Height * ratio);
        _options = new() { SplitRatio = ratio, Score = contract.Word("score") == "mean" ? SimCcScore.Mean : SimCcScore.Smaller };
    }

    /// <inheritdoc/>
    public void Parse(IInferenceBuffers outputs, int image, Span<Keypoint> keypoints) =>
        SimCc.Parse(outputs.Output(_rowsX, image), outputs.Output(_rowsY, image), _options, keypoints);

    private static int Bins(ModelDescription model, int side) => (int)Math.Round(side * model.DecoderNumber("split_ratio"));

    private static int Rows(ParserContract contract, string role, double bins)
    {
        (int output, IReadOnlyList<int> shape, _) = contract.Output(role);
        return shape is [int joints, int length] && joints == contract.KeypointCount && length == (int)Math.Round(bins)
            ? output
            : throw contract.Mismatch(
                $"needs {contract.KeypointCount} rows of {(int)Math.Round(bins)} bins in the role '{role}' but gives [{string.Join(',', shape)}]");
    }
}

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
