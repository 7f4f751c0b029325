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
/// Training targets for part affinity fields: along each limb the direction from one joint to the other (docs/spec, 11). Not
/// thread-safe; drawing allocates nothing.
/// </summary>
/// <param name="jointCount">Joints per person.</param>
/// <param name="limbs">Pairs of joint indices, from and to.</param>
/// <param name="rows">How rows of pixels become rows of cells.</param>
/// <param name="columns">How columns of pixels become columns of cells.</param>
/// <param name="radius">Pixels on both sides of the line. 8 in tf-pose.</param>
/// <param name="overlap">What happens where limbs cross.</param>
internal sealed class PafTargets(
    int jointCount, IReadOnlyList<(int From, int To)> limbs, TargetGrid rows, TargetGrid columns, double radius = 8, PafOverlap overlap = PafOverlap.Mean)
{
    // Joints this far outside are markers for "missing".
    private const double Missing = -100;

    private readonly TargetCanvas _x = new(rows, columns);
    private readonly TargetCanvas _y = new(rows, columns);
    private readonly TargetCanvas _counts = new(rows, columns);

    /// <summary>Draws the fields of one picture.</summary>
    /// <param name="joints">Pixels, person by person; below -100 or NaN when missing.</param>
    /// <param name="fields">Receives two maps per limb, x then y, each row by row.</param>
    public void Draw(ReadOnlySpan<(double X, double Y)> joints, Span<float> fields)
    {
        int cellCount = rows.Cells * columns.Cells;
        for (int limb = 0; limb < limbs.Count; limb++)
        {
            (int from, int to) = limbs[limb];
            _x.Samples.Clear();
            _y.Samples.Clear();
            _counts.Samples.Clear();
            for (int person = 0; person < joints.Length; person += jointCount)
            {
                DrawLimb(joints[person + from], joints[person + to]);
            }

            ShareOut();
            _x.Reduce(fields.Slice(2 * limb * cellCount, cellCount));
            _y.Reduce(fields.Slice(((2 * limb) + 1) * cellCount, cellCount));
        }
    }

    private void DrawLimb((double X, double Y) from, (double X, double Y) to)
    {
        double x = to.X - from.X, y = to.Y - from.Y;
        double length = Math.Sqrt((x * x) + (y * y));
        if (!(from.X > Missing && from.Y > Missing && to.X > Missing && to.Y > Missing && length > 0))
        {
            return;
        }

        (x, y) = (x / length, y / length);
        (int left, int right) = Window(from.X, to.X, columns.Pixels);
        (int top, int bottom) = Window(from.Y, to.Y, rows.Pixels);
        for (int rowTap = 0; rowTap < rows.TapCount; rowTap++)
        {
            (int first, int end) = rows.Within(rowTap, top, bottom);
            for (int row = first; row < end; row++)
            {
                double across = (rows.PixelsOf(rowTap)[row] - from.Y) * x;
                for (int tap = 0; tap < columns.TapCount; tap++)
                {
                    DrawRow(rowTap, row, tap, columns.Within(tap, left, right), from.X, across, (x, y));
                }
            }
        }
    }

    private void DrawRow(int rowTap, int row, int tap, (int From, int To) window, double fromX, double across, (double X, double Y) unit)
    {
        Span<float> xs = _x.Row(rowTap, row, tap), ys = _y.Row(rowTap, row, tap), counts = _counts.Row(rowTap, row, tap);
        ReadOnlySpan<int> pixels = columns.PixelsOf(tap);
        for (int column = window.From; column < window.To; column++)
        {
            if (Math.Abs(((pixels[column] - fromX) * unit.Y) - across) <= radius)
            {
                bool adds = overlap == PafOverlap.Mean;
                xs[column] = (adds ? xs[column] : 0) + (float)unit.X;
                ys[column] = (adds ? ys[column] : 0) + (float)unit.Y;
                counts[column]++;
            }
        }
    }

    private void ShareOut()
    {
        Span<float> xs = _x.Samples, ys = _y.Samples, counts = _counts.Samples;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 1)
            {
                xs[i] /= counts[i];
                ys[i] /= counts[i];
            }
        }
    }

    private (int From, int To) Window(double one, double other, int pixels) =>
        ((int)Math.Max(0, Math.Min(one, other) - radius), (int)Math.Min(pixels, Math.Max(0, Math.Max(one, other) + radius)));
}
