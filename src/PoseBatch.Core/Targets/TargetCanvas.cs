using System.Numerics;

namespace PoseBatch.Targets;

/// <summary>
/// The pixels of one map that its cells read: rows of all first taps, then of all second ones, and within a row the same of the
/// columns. Small enough for the processor's cache, and used for one map after the other.
/// </summary>
/// <param name="rows">The grid downwards.</param>
/// <param name="columns">The grid across.</param>
internal sealed class TargetCanvas(TargetGrid rows, TargetGrid columns)
{
    private readonly float[] _samples = new float[rows.SampleCount * columns.SampleCount];

    /// <summary>All samples.</summary>
    public Span<float> Samples => _samples;

    /// <summary>The samples of one row of cells, for one tap downwards and one across.</summary>
    public Span<float> Row(int rowTap, int row, int columnTap) =>
        _samples.AsSpan((((rowTap * rows.Cells) + row) * columns.SampleCount) + (columnTap * columns.Cells), columns.Cells);

    /// <summary>Weighs the samples of each cell.</summary>
    /// <param name="cells">Receives the map, row by row.</param>
    public void Reduce(Span<float> cells)
    {
        cells.Clear();
        for (int rowTap = 0; rowTap < rows.TapCount; rowTap++)
        {
            ReadOnlySpan<float> rowWeights = rows.WeightsOf(rowTap);
            for (int row = 0; row < rows.Cells; row++)
            {
                for (int columnTap = 0; columnTap < columns.TapCount; columnTap++)
                {
                    AddWeighted(Row(rowTap, row, columnTap), columns.WeightsOf(columnTap), rowWeights[row], cells.Slice(row * columns.Cells, columns.Cells));
                }
            }
        }
    }

    private static void AddWeighted(ReadOnlySpan<float> samples, ReadOnlySpan<float> weights, float weight, Span<float> sums)
    {
        int i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(sums[i..]) + (weight * new Vector<float>(weights[i..]) * new Vector<float>(samples[i..]))).CopyTo(sums[i..]);
        }

        for (; i < samples.Length; i++)
        {
            sums[i] += weight * weights[i] * samples[i];
        }
    }
}
