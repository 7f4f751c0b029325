using System.Numerics;
using System.Runtime.InteropServices;

namespace PoseBatch.Estimators;

/// <summary>Tells numbers from NaN and infinity, at the speed of memory.</summary>
internal static class FiniteNumbers
{
    /// <summary>Whether every value is a finite number; true when there is none.</summary>
    public static bool AreAll(ReadOnlySpan<float> values)
    {
        // Without its sign a float orders as a whole number, and infinity and every NaN lie behind the largest finite one.
        const int Infinity = 0x7F800000, Magnitude = int.MaxValue;
        ReadOnlySpan<Vector<int>> vectors = MemoryMarshal.Cast<float, Vector<int>>(values);
        Vector<int> magnitudes = new(Magnitude), one = Vector<int>.Zero, other = Vector<int>.Zero;
        int i = 0;
        for (; i < vectors.Length - 1; i += 2)
        {
            one = Vector.Max(one, vectors[i] & magnitudes);
            other = Vector.Max(other, vectors[i + 1] & magnitudes);
        }

        if (i < vectors.Length)
        {
            one = Vector.Max(one, vectors[i] & magnitudes);
        }

        if (Vector.GreaterThanOrEqualAny(Vector.Max(one, other), new(Infinity)))
        {
            return false;
        }

        foreach (float value in values[(vectors.Length * Vector<int>.Count)..])
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether no value is a finite number; true when there is none. Ends at the first one.</summary>
    public static bool AreNone(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}
