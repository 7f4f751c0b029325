namespace PoseBatch.Tables;

/// <summary>The rounding of tables that are to be small.</summary>
internal static class Rounding
{
    private const float CoordinateStep = 64f;

    /// <summary>
    /// To 1/64 px. Beyond 2^17 px a float has no sixty-fourths left; the product stays finite far beyond any picture.
    /// </summary>
    public static float Coordinate(float value) => MathF.Round(value * CoordinateStep) / CoordinateStep;
}
