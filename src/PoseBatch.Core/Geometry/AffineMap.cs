namespace PoseBatch.Geometry;

/// <summary>
/// A 2x3 affine map in double precision: <c>x' = M11 x + M12 y + M13</c>, <c>y' = M21 x + M22 y + M23</c>. The one way back
/// from model pixels to frame pixels; never rebuilt from ratios (docs/spec, 1.1).
/// </summary>
public readonly record struct AffineMap(double M11, double M12, double M13, double M21, double M22, double M23)
{
    /// <summary>The map that changes nothing.</summary>
    public static AffineMap Identity { get; } = new(1, 0, 0, 0, 1, 0);

    /// <summary>Scales each axis, then shifts.</summary>
    public static AffineMap Scale(double scaleX, double scaleY, double shiftX, double shiftY) => new(scaleX, 0, shiftX, 0, scaleY, shiftY);

    /// <summary>Maps one point; NaN stays NaN.</summary>
    public (double X, double Y) Apply(double x, double y) => ((M11 * x) + (M12 * y) + M13, (M21 * x) + (M22 * y) + M23);

    /// <summary>First this map, then <paramref name="next"/>.</summary>
    public AffineMap Then(AffineMap next) => new(
        (next.M11 * M11) + (next.M12 * M21), (next.M11 * M12) + (next.M12 * M22), (next.M11 * M13) + (next.M12 * M23) + next.M13,
        (next.M21 * M11) + (next.M22 * M21), (next.M21 * M12) + (next.M22 * M22), (next.M21 * M13) + (next.M22 * M23) + next.M23);

    /// <summary>The map back.</summary>
    /// <exception cref="InvalidOperationException">The map is singular.</exception>
    public AffineMap Inverse()
    {
        double determinant = (M11 * M22) - (M12 * M21);
        if (determinant == 0 || !double.IsFinite(determinant))
        {
            throw new InvalidOperationException("A singular affine map has no inverse.");
        }

        double m11 = M22 / determinant, m12 = -M12 / determinant, m21 = -M21 / determinant, m22 = M11 / determinant;
        return new(m11, m12, -((m11 * M13) + (m12 * M23)), m21, m22, -((m21 * M13) + (m22 * M23)));
    }
}
