using System.Numerics;
using System.Runtime.Intrinsics;

namespace PoseBatch.Heatmaps;

/// <summary>
/// The peak of a map seen from a point: each value divided by its distance to the point plus a bias, so that a strong score
/// far away loses to a good one nearby (MoveNet, docs/spec, 9).
/// </summary>
internal static class WeightedPeak
{
    // A value can only win if it would win at the smallest distance its row allows. The factor keeps that test on the safe
    // side of all roundings (a few units in the last place).
    private const float Caution = 0.999999f;

    /// <summary>
    /// Row-major cell of the largest <c>v / (sqrt((x - towardX)^2 + (y - towardY)^2) + bias)</c>, the first of equals, in
    /// float32 with every operation rounded on its own, so all paths agree bit for bit.
    /// </summary>
    /// <param name="plane">The map.</param>
    /// <param name="towardX">The point, in cells; may lie outside.</param>
    /// <param name="towardY">The point, in cells; may lie outside.</param>
    /// <param name="bias">Cells added to the distance, above 0.</param>
    /// <param name="floor">Values below it do not take part; negative infinity for none.</param>
    /// <returns>-1 when no cell takes part (NaN never does) or the point is not finite.</returns>
    public static int Find(HeatmapPlane plane, float towardX, float towardY, float bias, float floor)
    {
        if (!float.IsFinite(towardX) || !float.IsFinite(towardY))
        {
            return -1;
        }

        return plane.IsContiguous && Vector256.IsHardwareAccelerated && plane.Width >= Vector256<float>.Count
            ? FindWide(plane, towardX, towardY, bias, floor)
            : FindScalar(plane, towardX, towardY, bias, floor);
    }

    /// <summary>The same, one cell at a time: for strided maps, and the reference of the other path.</summary>
    public static int FindScalar(HeatmapPlane plane, float towardX, float towardY, float bias, float floor)
    {
        Search search = new();
        for (int row = 0; row < plane.Height; row++)
        {
            float dy = row - towardY;
            for (int column = 0; column < plane.Width; column++)
            {
                float value = plane[row, column];
                if (value >= floor && !(value <= search.Bound(dy, bias)))
                {
                    float dx = column - towardX;
                    search.Offer(value / (MathF.Sqrt((dx * dx) + (dy * dy)) + bias), (row * plane.Width) + column);
                }
            }
        }

        return search.Cell;
    }

    private static int FindWide(HeatmapPlane plane, float towardX, float towardY, float bias, float floor)
    {
        Search search = new();
        Vector256<float> floors = Vector256.Create(floor);
        for (int row = 0; row < plane.Height; row++)
        {
            ReadOnlySpan<float> values = plane.Row(row);
            float dy = row - towardY;
            float bound = search.Bound(dy, bias);
            for (int next = 0; next < values.Length; next += Vector256<float>.Count)
            {
                // The last eight overlap the ones before: cells seen twice cannot win twice.
                int column = Math.Min(next, values.Length - Vector256<float>.Count);
                Vector256<float> heat = Vector256.Create(values[column..]);
                Vector256<float> chance = Vector256.AndNot(
                    Vector256.GreaterThanOrEqual(heat, floors), Vector256.LessThanOrEqual(heat, Vector256.Create(bound)));
                uint lanes = chance.ExtractMostSignificantBits();
                if (lanes == 0)
                {
                    continue;
                }

                Vector256<float> dx = Vector256<float>.Indices + Vector256.Create((float)column) - Vector256.Create(towardX);
                Vector256<float> weighted = heat / (Vector256.Sqrt((dx * dx) + Vector256.Create(dy * dy)) + Vector256.Create(bias));
                for (; lanes != 0; lanes &= lanes - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(lanes);
                    search.Offer(weighted[lane], (row * plane.Width) + column + lane);
                }

                bound = search.Bound(dy, bias);
            }
        }

        return search.Cell;
    }

    private struct Search()
    {
        private float _best = float.NaN;

        public int Cell { get; private set; } = -1;

        /// <summary>
        /// Values up to this cannot win in a row at that distance. NaN, which stops nothing, while the best is not well
        /// above zero: there the argument does not hold, or drowns in the rounding of the smallest numbers.
        /// </summary>
        public readonly float Bound(float dy, float bias) =>
            _best > 1e-30f ? _best * ((MathF.Abs(dy) + bias) * Caution) : float.NaN;

        public void Offer(float weighted, int cell)
        {
            if (weighted > _best || (Cell < 0 && !float.IsNaN(weighted)))
            {
                _best = weighted;
                Cell = cell;
            }
        }
    }
}
