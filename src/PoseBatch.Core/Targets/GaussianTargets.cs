using System.Runtime.Intrinsics;

namespace PoseBatch.Targets;

/// <summary>How training targets are drawn (docs/spec, 11).</summary>
internal sealed record GaussianTargetOptions
{
    /// <summary>Spread in pixels of the picture. Default 8.</summary>
    public double Sigma { get; init; } = 8;

    /// <summary>Exponent beyond which nothing is drawn: -ln 0.01. Default 4.6052.</summary>
    public double Threshold { get; init; } = 4.6052;

}

/// <summary>Training targets: one map per joint with a blob per person, and a map of the background (docs/spec, 11).</summary>
internal static class GaussianTargets
{
    /// <summary>Draws the maps of one picture. Allocates; meant for preparing data, not for a frame loop.</summary>
    /// <param name="joints">
    /// Pixels, <paramref name="partCount"/> per person. A negative or NaN coordinate marks a joint that is missing. The last
    /// slot of each person must be missing: its map becomes the background.
    /// </param>
    /// <param name="partCount">Maps, the background among them.</param>
    /// <param name="rows">How rows of pixels become rows of cells.</param>
    /// <param name="columns">How columns of pixels become columns of cells.</param>
    /// <param name="options">How blobs are drawn.</param>
    /// <returns>[rows, columns, parts], 0 to 1.</returns>
    public static float[] Draw(
        ReadOnlySpan<(double X, double Y)> joints, int partCount, TargetGrid rows, TargetGrid columns,
        GaussianTargetOptions options)
    {
        var samples = new float[rows.SampleCount * columns.SampleCount * partCount];
        double[] factors = new double[columns.SampleCount], squares = new double[columns.SampleCount];
        for (int joint = 0; joint < joints.Length; joint++)
        {
            (double x, double y) = joints[joint];
            if (x >= 0 && y >= 0)
            {
                DrawBlob(samples, joint % partCount, partCount, x, y, rows, columns, options, factors, squares);
            }
        }

        DrawBackground(samples, partCount);
        return Reduce(samples, partCount, rows, columns);
    }

    /// <summary>Averages the samples of each cell.</summary>
    internal static float[] Reduce(float[] samples, int channelCount, TargetGrid rows, TargetGrid columns)
    {
        if (rows.SamplesPerCell == 1 && columns.SamplesPerCell == 1)
        {
            return samples;
        }

        var cells = new float[rows.Cells * columns.Cells * channelCount];
        float share = 1f / (rows.SamplesPerCell * columns.SamplesPerCell);
        for (int y = 0; y < rows.SampleCount; y++)
        {
            for (int x = 0; x < columns.SampleCount; x++)
            {
                ReadOnlySpan<float> sample = samples.AsSpan(((y * columns.SampleCount) + x) * channelCount, channelCount);
                Span<float> cell = cells.AsSpan(
                    (((y / rows.SamplesPerCell) * columns.Cells) + (x / columns.SamplesPerCell)) * channelCount, channelCount);
                int channel = 0;
                for (; channel <= channelCount - Vector128<float>.Count; channel += Vector128<float>.Count)
                {
                    Span<float> four = cell[channel..];
                    (Vector128.Create<float>(four) + (share * Vector128.Create(sample[channel..]))).CopyTo(four);
                }

                for (; channel < channelCount; channel++)
                {
                    cell[channel] += share * sample[channel];
                }
            }
        }

        return cells;
    }

    // The window ends before its upper bound, so the blob is not quite symmetric; tf-pose draws it so (docs/spec, 11).
    private static void DrawBlob(
        Span<float> samples, int part, int partCount, double x, double y, TargetGrid rows, TargetGrid columns,
        GaussianTargetOptions options, Span<double> factors, Span<double> squares)
    {
        double twice = 2 * options.Sigma * options.Sigma;
        double reach = Math.Sqrt(2 * options.Threshold) * options.Sigma;
        (int left, int right) = Window(x, reach, columns);
        (int top, int bottom) = Window(y, reach, rows);

        // exp(-(a + b)) = exp(-a) * exp(-b): one exponential per row and column instead of one per pixel.
        for (int column = left; column < right; column++)
        {
            double dx = columns.PixelOf(column) - x;
            squares[column] = dx * dx;
            factors[column] = Math.Exp(-squares[column] / twice);
        }

        for (int row = top; row < bottom; row++)
        {
            double dy = rows.PixelOf(row) - y;
            double factor = Math.Exp(-(dy * dy) / twice);
            for (int column = left; column < right; column++)
            {
                if ((squares[column] + (dy * dy)) / twice <= options.Threshold)
                {
                    ref float sample = ref samples[(((row * columns.SampleCount) + column) * partCount) + part];
                    sample = Math.Min(1, Math.Max(sample, (float)(factor * factors[column])));
                }
            }
        }
    }

    private static (int From, int To) Window(double middle, double reach, TargetGrid grid) => (
        grid.SampleFrom((int)Math.Max(0, middle - reach)),
        grid.SampleFrom((int)Math.Min(grid.Pixels, Math.Max(0, middle + reach))));

    private static void DrawBackground(Span<float> samples, int partCount)
    {
        for (; !samples.IsEmpty; samples = samples[partCount..])
        {
            Vector128<float> four = Vector128<float>.Zero;
            int part = 0;
            for (; part <= partCount - Vector128<float>.Count; part += Vector128<float>.Count)
            {
                four = Vector128.Max(four, Vector128.Create<float>(samples[part..]));
            }

            float largest = Math.Max(Math.Max(four[0], four[1]), Math.Max(four[2], four[3]));
            for (; part < partCount; part++)
            {
                largest = Math.Max(largest, samples[part]);
            }

            samples[partCount - 1] = Math.Clamp(1 - largest, 0, 1);
        }
    }
}
