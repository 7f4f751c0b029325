using PoseBatch.Geometry;

namespace PoseBatch.Imaging;

/// <summary>Cuts a crop out of a frame through an affine map, for top-down networks (docs/spec, 6 and 12.1).</summary>
internal static class CropSampler
{
    /// <summary>
    /// Bilinear sampling straight into a planar RGB float tensor: <c>(v - mean) / std</c>, where a pixel outside the window
    /// counts as the border colour.
    /// </summary>
    /// <param name="rgb">R, G, B bytes of the frame, rows without gaps.</param>
    /// <param name="frame">Size of the frame.</param>
    /// <param name="window">What may be seen of it; must lie inside the frame.</param>
    /// <param name="modelToFrame">Model pixel centres to frame pixel centres.</param>
    /// <param name="model">Size of the crop.</param>
    /// <param name="border">Three numbers, units of 0..255; the mean itself makes the border 0.</param>
    /// <param name="mean">Three numbers, units of 0..255.</param>
    /// <param name="std">Three numbers, units of 0..255.</param>
    /// <param name="tensor">Receives 3 * height * width numbers.</param>
    public static void Sample(
        ReadOnlySpan<byte> rgb, PixelSize frame, PixelWindow window, in AffineMap modelToFrame, PixelSize model,
        ReadOnlySpan<float> border, ReadOnlySpan<float> mean, ReadOnlySpan<float> std, Span<float> tensor)
    {
        if (rgb.Length < frame.Width * frame.Height * 3 || tensor.Length < 3 * model.Width * model.Height)
        {
            throw new ArgumentException($"{rgb.Length} bytes and {tensor.Length} numbers are no frame of {frame} and no crop of {model}.");
        }

        int planeSize = model.Width * model.Height;
        for (int y = 0; y < model.Height; y++)
        {
            for (int x = 0; x < model.Width; x++)
            {
                (double frameX, double frameY) = modelToFrame.Apply(x, y);
                double floorX = Math.Floor(frameX), floorY = Math.Floor(frameY);
                // Places far outside saturate: everything there is border anyway.
                int left = (int)Math.Clamp(floorX, -2.0, frame.Width), top = (int)Math.Clamp(floorY, -2.0, frame.Height);
                float right = (float)(frameX - floorX), low = (float)(frameY - floorY);
                for (int colour = 0; colour < 3; colour++)
                {
                    float upper = Mix(
                        Pixel(rgb, frame, window, left, top, colour, border),
                        Pixel(rgb, frame, window, left + 1, top, colour, border), right);
                    float lower = Mix(
                        Pixel(rgb, frame, window, left, top + 1, colour, border),
                        Pixel(rgb, frame, window, left + 1, top + 1, colour, border), right);
                    tensor[(colour * planeSize) + (y * model.Width) + x] = (Mix(upper, lower, low) - mean[colour]) / std[colour];
                }
            }
        }
    }

    private static float Mix(float one, float other, float share) => one + ((other - one) * share);

    private static float Pixel(
        ReadOnlySpan<byte> rgb, PixelSize frame, PixelWindow window, int x, int y, int colour, ReadOnlySpan<float> border) =>
        window.Contains(x, y) ? rgb[(((y * frame.Width) + x) * 3) + colour] : border[colour];
}
