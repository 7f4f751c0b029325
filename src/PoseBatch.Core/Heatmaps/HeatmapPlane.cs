using System.Numerics;
using System.Runtime.Intrinsics;

namespace PoseBatch.Heatmaps;

/// <summary>One joint's grid of scores, borrowed from a model output of either layout.</summary>
internal readonly ref struct HeatmapPlane
{
    private readonly ReadOnlySpan<float> _values;
    private readonly int _stepX;

    /// <summary>Borrows one channel of a stack.</summary>
    /// <param name="stack">At least <see cref="HeatmapShape.Count"/> numbers.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="channel">0 to channels - 1.</param>
    public HeatmapPlane(ReadOnlySpan<float> stack, HeatmapShape shape, int channel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)channel, (uint)shape.Channels, nameof(channel));
        _stepX = shape.StepX;
        _values = stack.Slice(channel * shape.StepChannel, ((shape.CellCount - 1) * _stepX) + 1);
        Width = shape.Width;
        Height = shape.Height;
    }

    /// <summary>Borrows a map whose rows follow each other.</summary>
    public HeatmapPlane(ReadOnlySpan<float> values, int width, int height)
    {
        _values = values[..(width * height)];
        _stepX = 1;
        Width = width;
        Height = height;
    }

    /// <summary>Cells per row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>True when neighbours in a row are neighbours in memory; <see cref="Row"/> works then.</summary>
    public bool IsContiguous => _stepX == 1;

    /// <summary>Value of a cell.</summary>
    public float this[int row, int column] => _values[((row * Width) + column) * _stepX];

    /// <summary>Value of a cell by its row-major index.</summary>
    public float this[int cell] => _values[cell * _stepX];

    /// <summary>One row of a contiguous map.</summary>
    public ReadOnlySpan<float> Row(int row) => _values.Slice(row * Width, Width);

    /// <summary>
    /// The first cell above a threshold at or after a cell, in row-major order; the number of cells when there is none.
    /// </summary>
    public int NextAbove(float threshold, int cell)
    {
        if (IsContiguous)
        {
            return ThresholdScan.Next(_values, cell, threshold);
        }

        while (cell < Width * Height && !(this[cell] > threshold))
        {
            cell++;
        }

        return cell;
    }

    /// <summary>
    /// Row-major index of the largest value; the first of equals; NaN never wins; -1 when every cell is NaN. Infinities are
    /// values like others (docs/spec, 1.2).
    /// </summary>
    public int IndexOfPeak() => IsContiguous && Vector128.IsHardwareAccelerated ? IndexOfPeakWide(_values) : IndexOfPeakScalar();

    /// <summary>The same, one cell at a time: for strided maps, and the reference of the other path.</summary>
    public int IndexOfPeakScalar()
    {
        int peak = -1;
        float best = float.NaN;
        int cellCount = Width * Height;
        for (int cell = 0; cell < cellCount; cell++)
        {
            float value = this[cell];
            if (value > best || (peak < 0 && !float.IsNaN(value)))
            {
                best = value;
                peak = cell;
            }
        }

        return peak;
    }

    // Two passes over memory that fits the cache beat one that carries indices. Vector.Max would propagate NaN, hence the
    // compare-and-select; a search by == finds the first zero whatever its sign, as the scalar loop does.
    private static int IndexOfPeakWide(ReadOnlySpan<float> values)
    {
        float best = float.NegativeInfinity;
        int i = 0;
        if (Vector512.IsHardwareAccelerated && values.Length >= Vector512<float>.Count)
        {
            Vector512<float> bests = Vector512.Create(float.NegativeInfinity);
            for (; i <= values.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                Vector512<float> here = Vector512.Create(values[i..]);
                bests = Vector512.ConditionalSelect(Vector512.GreaterThan(here, bests), here, bests);
            }

            best = Largest(Larger(bests.GetLower(), bests.GetUpper()));
        }
        else if (Vector256.IsHardwareAccelerated && values.Length >= Vector256<float>.Count)
        {
            Vector256<float> bests = Vector256.Create(float.NegativeInfinity);
            for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                bests = Larger(Vector256.Create(values[i..]), bests);
            }

            best = Largest(bests);
        }

        for (; i < values.Length; i++)
        {
            best = values[i] > best ? values[i] : best;
        }

        return IndexOf(values, best);
    }

    private static Vector256<float> Larger(Vector256<float> one, Vector256<float> other) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(one, other), one, other);

    private static float Largest(Vector256<float> values)
    {
        float largest = values[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++)
        {
            largest = values[lane] > largest ? values[lane] : largest;
        }

        return largest;
    }

    private static int IndexOf(ReadOnlySpan<float> values, float target)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> targets = Vector256.Create(target);
            for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                uint equal = Vector256.Equals(Vector256.Create(values[i..]), targets).ExtractMostSignificantBits();
                if (equal != 0)
                {
                    return i + BitOperations.TrailingZeroCount(equal);
                }
            }
        }

        for (; i < values.Length; i++)
        {
            if (values[i] == target)
            {
                return i;
            }
        }

        return -1;
    }
}
