using System.Runtime.Intrinsics;
using PoseBatch.Imaging;

namespace PoseBatch.Heatmaps;

/// <summary>
/// Maps seen at a whole multiple of their size, cubic with a = -0.75 and half-pixel centres. A whole map is enlarged only
/// where it must be searched; single values come through the same kernel at the same places (docs/spec, 17).
/// </summary>
internal sealed class EnlargedMaps
{
    private readonly HeatmapShape _shape;
    private readonly int[] _firstX;
    private readonly int[] _firstY;
    private readonly float[] _weightsX;
    private readonly float[] _weightsY;
    private readonly float[] _rows;
    private readonly float[] _line;

    /// <param name="shape">Shape of the maps as the network gives them.</param>
    /// <param name="factor">Whole factor on both axes, at least 1.</param>
    public EnlargedMaps(HeatmapShape shape, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        _shape = shape;
        Width = shape.Width * factor;
        Height = shape.Height * factor;
        (_firstX, _weightsX) = Taps(Width, factor);
        (_firstY, _weightsY) = Taps(Height, factor);
        _rows = new float[shape.Height * Width];
        _line = new float[shape.Width];
    }

    /// <summary>Columns of an enlarged map.</summary>
    public int Width { get; }

    /// <summary>Rows of an enlarged map.</summary>
    public int Height { get; }

    /// <summary>Enlarges one map.</summary>
    /// <param name="stack">The maps.</param>
    /// <param name="channel">Which of them.</param>
    /// <param name="enlarged">Receives Height times Width values.</param>
    public void Enlarge(ReadOnlySpan<float> stack, int channel, Span<float> enlarged)
    {
        // Along the rows first, then down the columns, where neighbours are neighbours in memory.
        for (int row = 0; row < _shape.Height; row++)
        {
            for (int column = 0; column < _shape.Width; column++)
            {
                _line[column] = stack[_shape[channel, row, column]];
            }

            Span<float> wide = _rows.AsSpan(row * Width, Width);
            for (int x = 0; x < Width; x++)
            {
                ReadOnlySpan<float> weights = _weightsX.AsSpan(4 * x, 4);
                wide[x] = _firstX[x] >= 0 && _firstX[x] <= _line.Length - 4
                    ? Sum(_line.AsSpan(_firstX[x], 4), weights)
                    : Sum(_line, _firstX[x], 1, _shape.Width, weights);
            }
        }

        for (int y = 0; y < Height; y++)
        {
            Blend(y, enlarged.Slice(y * Width, Width));
        }
    }

    /// <summary>One value of an enlarged map.</summary>
    public float At(ReadOnlySpan<float> stack, int channel, int x, int y)
    {
        float sum = 0;
        for (int tap = 0; tap < 4; tap++)
        {
            int row = Math.Clamp(_firstY[y] + tap, 0, _shape.Height - 1);
            sum += _weightsY[(4 * y) + tap]
                * Sum(stack[_shape[channel, row, 0]..], _firstX[x], _shape.StepX, _shape.Width, _weightsX.AsSpan(4 * x, 4));
        }

        return sum;
    }

    private void Blend(int y, Span<float> destination)
    {
        ReadOnlySpan<float> a = Row(_firstY[y]), b = Row(_firstY[y] + 1), c = Row(_firstY[y] + 2), d = Row(_firstY[y] + 3);
        ReadOnlySpan<float> weights = _weightsY.AsSpan(4 * y, 4);
        int x = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; x <= destination.Length - Vector256<float>.Count; x += Vector256<float>.Count)
            {
                Vector256<float> sum = (Vector256.Create(a[x..]) * weights[0]) + (Vector256.Create(b[x..]) * weights[1]);
                sum += Vector256.Create(c[x..]) * weights[2];
                sum += Vector256.Create(d[x..]) * weights[3];
                sum.CopyTo(destination[x..]);
            }
        }

        for (; x < destination.Length; x++)
        {
            destination[x] = (a[x] * weights[0]) + (b[x] * weights[1]) + (c[x] * weights[2]) + (d[x] * weights[3]);
        }
    }

    private ReadOnlySpan<float> Row(int row) => _rows.AsSpan(Math.Clamp(row, 0, _shape.Height - 1) * Width, Width);

    private static float Sum(ReadOnlySpan<float> values, ReadOnlySpan<float> weights) =>
        (weights[0] * values[0]) + (weights[1] * values[1]) + (weights[2] * values[2]) + (weights[3] * values[3]);

    // Near the border values repeat.
    private static float Sum(ReadOnlySpan<float> values, int first, int step, int count, ReadOnlySpan<float> weights)
    {
        float sum = 0;
        for (int tap = 0; tap < 4; tap++)
        {
            sum += weights[tap] * values[Math.Clamp(first + tap, 0, count - 1) * step];
        }

        return sum;
    }

    private static (int[] First, float[] Weights) Taps(int places, int factor)
    {
        var first = new int[places];
        var weights = new float[4 * places];
        for (int place = 0; place < places; place++)
        {
            first[place] = BicubicResize.Taps(place, 1.0 / factor, weights.AsSpan(4 * place, 4));
        }

        return (first, weights);
    }
}
