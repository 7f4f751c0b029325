namespace PoseBatch.Geometry;

/// <summary>The part of a frame that AlphaPose's pose network sees for one box (docs/spec, 6 and 7).</summary>
/// <param name="Box">The enlarged box in frame pixels, with its fractions.</param>
/// <param name="Input">Size of the model input.</param>
internal readonly record struct AlphaPoseCrop(BoundingBox Box, PixelSize Input)
{
    private const float Growth = 0.15f;
    private const float LeastSide = 5;

    /// <summary>Red, green and blue that the weights were trained with, units of 0..255. 0.406 does belong to red.</summary>
    public static ReadOnlySpan<float> Mean => [0.406f * 255, 0.457f * 255, 0.480f * 255];

    /// <summary>The scale of the bytes.</summary>
    public static ReadOnlySpan<float> Std => [255, 255, 255];

    /// <summary>
    /// Enlarges a detector's box by 15 % of its size on each side, inside the frame, at least five pixels wide and high.
    /// </summary>
    public static AlphaPoseCrop Around(BoundingBox box, PixelSize frame, PixelSize input)
    {
        float left = Math.Max(0, box.XMin - (Growth * box.Width)), top = Math.Max(0, box.YMin - (Growth * box.Height));
        float right = Math.Max(Math.Min(frame.Width - 1, box.XMax + (Growth * box.Width)), left + LeastSide);
        float bottom = Math.Max(Math.Min(frame.Height - 1, box.YMax + (Growth * box.Height)), top + LeastSide);
        return new(new(left, top, right, bottom), input);
    }

    /// <summary>The pixels that may be seen; the network sees the mean colour elsewhere.</summary>
    /// <param name="frame">The window stays inside it.</param>
    public PixelWindow Window(PixelSize frame)
    {
        (int left, int top, int right, int bottom) = Corners();
        return new(left, top, Math.Min(right, frame.Width - 1), Math.Min(bottom, frame.Height - 1));
    }

    /// <summary>
    /// Frame pixel centres to input pixel centres: the padded corners of the box go to the corner pixels of the input, by a
    /// similarity (whole-pixel padding can make it turn a little).
    /// </summary>
    public AffineMap FrameToInput()
    {
        (int left, int top, int right, int bottom) = Corners();
        double height = Math.Max(bottom - top, (double)(right - left) * Input.Height / Input.Width);
        double width = height * Input.Width / Input.Height;
        double padX = Math.Floor((width - (right - left)) / 2), padY = Math.Floor((height - (bottom - top)) / 2);

        // As complex numbers: (to diagonal) = (p + iq) * (from diagonal).
        double fromX = right - left + (2 * padX), fromY = bottom - top + (2 * padY);
        double toX = Input.Width - 1, toY = Input.Height - 1;
        double norm = (fromX * fromX) + (fromY * fromY);
        double p = ((toX * fromX) + (toY * fromY)) / norm, q = ((toY * fromX) - (toX * fromY)) / norm;
        double startX = left - padX, startY = top - padY;
        return new(p, -q, -((p * startX) - (q * startY)), q, p, -((q * startX) + (p * startY)));
    }

    /// <summary>
    /// Heatmap cells to frame pixels as the reference does it. It ignores the truncation and the (size - 1) scaling of
    /// <see cref="FrameToInput"/>; the weights were trained with it, so it stays.
    /// </summary>
    /// <param name="mapHeight">Rows of the heatmap.</param>
    public AffineMap CellToFrame(int mapHeight)
    {
        double boxWidth = (double)Box.XMax - Box.XMin, boxHeight = (double)Box.YMax - Box.YMin;
        double height = Math.Max(boxHeight, boxWidth * Input.Height / Input.Width);
        double width = height * Input.Width / Input.Height;
        double scale = height / mapHeight;
        return AffineMap.Scale(
            scale, scale,
            Box.XMin - Math.Max(0, ((width - 1) / 2) - ((boxWidth - 1) / 2)),
            Box.YMin - Math.Max(0, ((height - 1) / 2) - ((boxHeight - 1) / 2)));
    }

    private (int Left, int Top, int Right, int Bottom) Corners() =>
        ((int)Box.XMin, (int)Box.YMin, (int)(Box.XMax - 1), (int)(Box.YMax - 1));
}
