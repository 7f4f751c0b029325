namespace PoseBatch.Heatmaps;

/// <summary>Draws what the parsers read: a blob of height 1 with its centre anywhere, between cells too.</summary>
internal static class GaussianHeatmap
{
    /// <summary>
    /// Writes <c>height * exp(-d^2 / (2 sigma^2))</c> wherever that is more than what is there already, so that several blobs
    /// of one joint (several people) do not add up.
    /// </summary>
    /// <param name="stack">Numbers of the whole stack; only <paramref name="channel"/> is touched.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="channel">The map to draw into.</param>
    /// <param name="cellX">Centre in cells; may lie outside.</param>
    /// <param name="cellY">Centre in cells; may lie outside.</param>
    /// <param name="sigma">Spread in cells, above 0.</param>
    /// <param name="height">Value at the centre.</param>
    public static void Draw(
        Span<float> stack, HeatmapShape shape, int channel, double cellX, double cellY, double sigma, double height = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        for (int row = 0; row < shape.Height; row++)
        {
            double dy = row - cellY;
            for (int column = 0; column < shape.Width; column++)
            {
                double dx = column - cellX;
                float value = (float)(height * Math.Exp(-((dx * dx) + (dy * dy)) / (2 * sigma * sigma)));
                ref float cell = ref stack[shape[channel, row, column]];
                cell = value > cell ? value : cell;
            }
        }
    }
}
