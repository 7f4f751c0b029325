namespace PoseBatch.Targets;

/// <summary>How a full-size target becomes the grid that a network learns (docs/spec, 11).</summary>
internal enum TargetReduction
{
    /// <summary>Bilinear with half-pixel centres, no anti-aliasing.</summary>
    Linear,

    /// <summary>Mean of all pixels of a cell: tf-pose.</summary>
    Area,
}

/// <summary>
/// Which pixels of the picture a reduced target really reads. A bilinear reduction by an even whole ratio reads only the two
/// middle pixels of each cell on each axis, so nothing else needs drawing; the full canvas is never made.
/// </summary>
internal readonly record struct TargetGrid
{
    private readonly int _first;

    /// <param name="pixels">Size of the picture along one axis.</param>
    /// <param name="cells">Cells along it; divides the pixels.</param>
    /// <param name="reduction">How pixels become cells.</param>
    /// <exception cref="ArgumentException">The ratio is no whole number.</exception>
    public TargetGrid(int pixels, int cells, TargetReduction reduction)
    {
        if (cells < 1 || pixels % cells != 0)
        {
            throw new ArgumentException($"{pixels} pixels are no whole multiple of {cells} cells.", nameof(cells));
        }

        Pixels = pixels;
        Cells = cells;
        Ratio = pixels / cells;
        bool isLinear = reduction == TargetReduction.Linear;
        SamplesPerCell = !isLinear ? Ratio : Ratio % 2 == 0 ? 2 : 1;
        _first = isLinear ? (Ratio - 1) / 2 : 0;
    }

    /// <summary>Pixels of the picture along this axis.</summary>
    public int Pixels { get; }

    /// <summary>Cells along this axis.</summary>
    public int Cells { get; }

    /// <summary>Pixels per cell.</summary>
    public int Ratio { get; }

    /// <summary>Pixels read per cell.</summary>
    public int SamplesPerCell { get; }

    /// <summary>Pixels read in all.</summary>
    public int SampleCount => Cells * SamplesPerCell;

    /// <summary>The pixel that a sample stands for.</summary>
    public int PixelOf(int sample)
    {
        (int cell, int place) = int.DivRem(sample, SamplesPerCell);
        return (cell * Ratio) + _first + place;
    }

    /// <summary>The first sample at or after a pixel.</summary>
    public int SampleFrom(int pixel)
    {
        (int cell, int place) = int.DivRem(Math.Max(0, pixel), Ratio);
        return Math.Min(SampleCount, (cell * SamplesPerCell) + Math.Clamp(place - _first, 0, SamplesPerCell));
    }
}
