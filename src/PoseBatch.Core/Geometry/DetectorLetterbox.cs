namespace PoseBatch.Geometry;

/// <summary>
/// Letterboxes with the rounding of particular detectors. <see cref="FrameFit"/> is what PoseBatch decodes with; these are for
/// weights that shall see the very picture of their own project.
/// </summary>
internal static class DetectorLetterbox
{
    /// <summary>AlphaPose's YOLOv3 (docs/spec, 5): sizes truncated, but never to 0; padding halved downward.</summary>
    /// <param name="frame">Frame pixels, at least 1x1.</param>
    /// <param name="side">Side of the square input.</param>
    public static FrameFit AlphaPose(PixelSize frame, int side)
    {
        double scale = Math.Min((double)side / frame.Width, (double)side / frame.Height);
        PixelSize fit = new(Math.Max(1, (int)(frame.Width * scale)), Math.Max(1, (int)(frame.Height * scale)));
        return new(frame, new(side, side), fit, (side - fit.Width) / 2, (side - fit.Height) / 2);
    }

    /// <summary>YOLO-pose (docs/spec, 13.1): sizes and padding rounded, halves to even.</summary>
    /// <param name="frame">Frame pixels, at least 1x1.</param>
    /// <param name="side">Side of the square input.</param>
    public static FrameFit YoloPose(PixelSize frame, int side)
    {
        double ratio = Math.Min((double)side / frame.Height, (double)side / frame.Width);
        PixelSize fit = new(
            Math.Max(1, (int)Math.Round(frame.Width * ratio, MidpointRounding.ToEven)),
            Math.Max(1, (int)Math.Round(frame.Height * ratio, MidpointRounding.ToEven)));
        return new(frame, new(side, side), fit, Before(side - fit.Width), Before(side - fit.Height));
    }

    /// <summary>
    /// The way back that AlphaPose itself uses: it undoes the size before truncation, which is off by up to one letterbox
    /// pixel. For comparisons; <see cref="FrameFit.ModelToFrame"/> is exact.
    /// </summary>
    public static AffineMap AlphaPoseInverse(PixelSize frame, int side)
    {
        double scale = Math.Min((double)side / frame.Width, (double)side / frame.Height);
        return AffineMap.Scale(
            1 / scale, 1 / scale, -(side - (scale * frame.Width)) / 2 / scale, -(side - (scale * frame.Height)) / 2 / scale);
    }

    private static int Before(int rest) => (int)Math.Round((rest / 2.0) - 0.1, MidpointRounding.ToEven);
}
