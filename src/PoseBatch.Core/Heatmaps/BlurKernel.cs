namespace PoseBatch.Heatmaps;

/// <summary>
/// The Gaussian that the DARK decoders blur with: odd size, sigma <c>0.3 * ((size - 1) / 2 - 1) + 0.8</c>, sum 1.
/// </summary>
internal sealed class BlurKernel
{
    private readonly double[] _weights;

    /// <param name="size">Taps, odd, at least 1.</param>
    public BlurKernel(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfZero(size % 2);
        double sigma = (0.3 * (((size - 1) / 2.0) - 1)) + 0.8;
        _weights = new double[size];
        double sum = 0;
        for (int tap = 0; tap < size; tap++)
        {
            double distance = tap - (size / 2);
            _weights[tap] = Math.Exp(-(distance * distance) / (2 * sigma * sigma));
            sum += _weights[tap];
        }

        foreach (ref double weight in _weights.AsSpan())
        {
            weight /= sum;
        }
    }

    /// <summary>Taps.</summary>
    public int Size => _weights.Length;

    /// <summary>Taps on each side of the middle.</summary>
    public int Radius => _weights.Length / 2;

    /// <summary>Weight of a neighbour, -Radius to Radius.</summary>
    public double this[int distance] => _weights[distance + Radius];

    /// <summary>The blurred value at one place of a line; beyond its ends there are zeros.</summary>
    public double At(ReadOnlySpan<float> line, int place)
    {
        int first = Math.Max(-Radius, -place), last = Math.Min(Radius, line.Length - 1 - place);
        double sum = 0;
        for (int distance = first; distance <= last; distance++)
        {
            sum += this[distance] * line[place + distance];
        }

        return sum;
    }
}
