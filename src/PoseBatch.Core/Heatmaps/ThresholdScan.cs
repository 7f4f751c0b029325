using System.Runtime.Intrinsics;

namespace PoseBatch.Heatmaps;

/// <summary>Walks from one value above a threshold to the next; most of a heatmap is passed over eight values at a time.</summary>
internal static class ThresholdScan
{
    /// <summary>Index of the first value above a threshold at or after a place; the length when there is none. NaN is not above.</summary>
    public static int Next(ReadOnlySpan<float> values, int from, float threshold)
    {
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> thresholds = Vector256.Create(threshold);
            while (from <= values.Length - Vector256<float>.Count && !Vector256.GreaterThanAny(Vector256.Create(values[from..]), thresholds))
            {
                from += Vector256<float>.Count;
            }
        }

        while (from < values.Length && !(values[from] > threshold))
        {
            from++;
        }

        return from;
    }
}
