using PoseBatch.Geometry;

namespace PoseBatch.Imaging;

/// <summary>
/// Cubic resampling with a = -0.75, half-pixel centres and repeated borders, without any smoothing when a picture shrinks: what
/// AlphaPose's detector and OpenPose expect (docs/spec, 5 and 10.1).
/// </summary>
internal static class BicubicResize
{
    private const double A = -0.75;

    /// <summary>Resizes an interleaved 8-bit picture; results are rounded and saturated.</summary>
    /// <param name="source">Three bytes per pixel, rows without gaps.</param>
    /// <param name="from">Its size.</param>
    /// <param name="destination">Receives three bytes per pixel.</param>
    /// <param name="to">The size wanted.</param>
    public static void Resize(ReadOnlySpan<byte> source, PixelSize from, Span<byte> destination, PixelSize to)
    {
        Span<float> weightsX = stackalloc float[4], weightsY = stackalloc float[4];
        for (int y = 0; y < to.Height; y++)
        {
            int top = Taps(y, (double)from.Height / to.Height, weightsY);
            for (int x = 0; x < to.Width; x++)
            {
                int left = Taps(x, (double)from.Width / to.Width, weightsX);
                for (int colour = 0; colour < 3; colour++)
                {
                    float sum = 0;
                    for (int j = 0; j < 4; j++)
                    {
                        int row = Math.Clamp(top + j, 0, from.Height - 1) * from.Width;
                        float line = 0;
                        for (int i = 0; i < 4; i++)
                        {
                            line += weightsX[i] * source[((row + Math.Clamp(left + i, 0, from.Width - 1)) * 3) + colour];
                        }

                        sum += weightsY[j] * line;
                    }

                    destination[(((y * to.Width) + x) * 3) + colour] = (byte)Math.Clamp(MathF.Floor(sum + 0.5f), 0, 255);
                }
            }
        }
    }

    /// <summary>The four weights of one destination place.</summary>
    /// <param name="place">Destination pixel.</param>
    /// <param name="scale">Source size over destination size.</param>
    /// <param name="weights">Receives four weights, sum 1.</param>
    /// <returns>The first of the four source pixels; may lie outside.</returns>
    public static int Taps(int place, double scale, Span<float> weights)
    {
        double at = ((place + 0.5) * scale) - 0.5;
        int floor = (int)Math.Floor(at);
        double t = at - floor;
        weights[0] = (float)Outer(t + 1);
        weights[1] = (float)Inner(t);
        weights[2] = (float)Inner(1 - t);
        weights[3] = 1 - weights[0] - weights[1] - weights[2];
        return floor - 1;
    }

    private static double Inner(double t) => ((((A + 2) * t) - (A + 3)) * t * t) + 1;

    private static double Outer(double t) => (((((A * t) - (5 * A)) * t) + (8 * A)) * t) - (4 * A);
}
