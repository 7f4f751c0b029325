using System.Runtime.Intrinsics;
using PoseBatch.Models;

namespace PoseBatch.Heatmaps;

/// <summary>Peaks of all maps of a stack at once.</summary>
internal static class HeatmapPeaks
{
    /// <summary>
    /// For every channel what <see cref="HeatmapPlane.IndexOfPeak"/> says: the row-major cell of its largest value, the first
    /// of equals, -1 when all are NaN.
    /// </summary>
    /// <param name="stack">Numbers of the stack.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="cells">Receives one cell per channel.</param>
    public static void Find(ReadOnlySpan<float> stack, HeatmapShape shape, Span<int> cells)
    {
        cells = cells[..shape.Channels];
        if (shape.Layout == TensorLayout.Nhwc && Vector256.IsHardwareAccelerated && shape.Channels >= Vector256<float>.Count)
        {
            FindAcrossChannels(stack[..shape.Count], shape, cells);
            return;
        }

        for (int channel = 0; channel < cells.Length; channel++)
        {
            cells[channel] = new HeatmapPlane(stack, shape, channel).IndexOfPeak();
        }
    }

    // Neighbours in memory are channels here: eight maps are searched side by side in one walk over the cells.
    private static void FindAcrossChannels(ReadOnlySpan<float> stack, HeatmapShape shape, Span<int> cells)
    {
        for (int channel = 0; channel < shape.Channels; channel += Vector256<float>.Count)
        {
            // The last eight overlap the ones before when the count is no multiple: the same answer, found twice.
            int start = Math.Min(channel, shape.Channels - Vector256<float>.Count);
            Vector256<float> bests = Vector256.Create(float.NaN);
            Vector256<int> peaks = Vector256.Create(-1);
            int cell = 0;
            for (int i = start; i < stack.Length; i += shape.Channels, cell++)
            {
                Vector256<float> here = Vector256.Create(stack[i..]);
                // Not "greater": a lane that holds NaN still loses to the first number, and a NaN here never wins.
                Vector256<int> isNumber = Vector256.Equals(here, here).AsInt32();
                Vector256<int> wins = isNumber & ~Vector256.GreaterThanOrEqual(bests, here).AsInt32();
                bests = Vector256.ConditionalSelect(wins.AsSingle(), here, bests);
                peaks = Vector256.ConditionalSelect(wins, Vector256.Create(cell), peaks);
            }

            peaks.CopyTo(cells[start..]);
        }
    }
}
