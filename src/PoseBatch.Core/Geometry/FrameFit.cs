namespace PoseBatch.Geometry;

/// <summary>
/// How the frames of one video sit in a model's input: the size the decoder scales them to, where that picture lies, and
/// the exact way back. Whole pixels first, the map after, so that the map undoes what really happened (docs/spec, 1.1).
/// </summary>
/// <param name="Frame">Display size of the video's frames in pixels, before any correction for non-square pixels.</param>
/// <param name="Model">Size of the model input in pixels.</param>
/// <param name="Fit">Size the decoder shall scale to, 1x1 to <paramref name="Model"/>.</param>
/// <param name="Left">Columns of padding left of the picture.</param>
/// <param name="Top">Rows of padding above the picture.</param>
public readonly record struct FrameFit(PixelSize Frame, PixelSize Model, PixelSize Fit, int Left, int Top)
{
    /// <summary>The way back for frames of the size <see cref="Frame"/>.</summary>
    public AffineMap ModelToFrame => MapFor(Frame);

    /// <summary>True when the picture leaves some of the model input to the pad colour.</summary>
    public bool HasPadding => Fit != Model;

    /// <summary>Fits frames into a model input.</summary>
    /// <param name="frame">Display size in pixels, at least 1x1.</param>
    /// <param name="sampleAspectRatio">Width over height of one pixel; <see cref="Rational.Unknown"/> counts as square.</param>
    /// <param name="model">Size of the model input, at least 1x1.</param>
    /// <param name="rule">
    /// Stretch fills the input. The letterboxes keep the aspect a viewer sees: the longer side fills the input, the other is
    /// rounded as <paramref name="rounding"/> says and never below one pixel.
    /// </param>
    /// <param name="rounding">How a letterbox rounds that other side; some networks were trained with it cut off.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1x1, or the rule is unknown.</exception>
    public static FrameFit For(
        PixelSize frame, Rational sampleAspectRatio, PixelSize model, ResizeRule rule, SideRounding rounding = SideRounding.Nearest)
    {
        ThrowIfEmpty(frame, nameof(frame));
        ThrowIfEmpty(model, nameof(model));
        PixelSize fit = rule == ResizeRule.Stretch ? model : KeepAspect(frame, sampleAspectRatio, model, rounding);

        return rule switch
        {
            // An odd rest gives the right and the bottom one pixel more.
            ResizeRule.Letterbox => new(frame, model, fit, (model.Width - fit.Width) / 2, (model.Height - fit.Height) / 2),
            ResizeRule.Stretch or ResizeRule.LetterboxTopLeft => new(frame, model, fit, 0, 0),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown resize rule."),
        };
    }

    /// <summary>
    /// The map from model pixels to the pixels of a frame of its own size, for half-pixel resampling:
    /// <c>x_frame = (x_model - left + 0.5) * W / fitW - 0.5</c> per axis. A frame whose size differs from the first one was
    /// stretched by the decoder to the same <see cref="Fit"/>, so only W and H change.
    /// </summary>
    /// <param name="frame">Display size of that very frame, at least 1x1.</param>
    public AffineMap MapFor(PixelSize frame)
    {
        ThrowIfEmpty(frame, nameof(frame));
        double scaleX = (double)frame.Width / Fit.Width;
        double scaleY = (double)frame.Height / Fit.Height;
        return AffineMap.Scale(scaleX, scaleY, ((0.5 - Left) * scaleX) - 0.5, ((0.5 - Top) * scaleY) - 0.5);
    }

    // 128-bit integers keep the comparison and the rounding exact for any container's idea of a pixel shape.
    private static PixelSize KeepAspect(PixelSize frame, Rational sampleAspectRatio, PixelSize model, SideRounding rounding)
    {
        Rational pixel = sampleAspectRatio.IsKnown ? sampleAspectRatio : new(1, 1);
        Int128 seenWidth = (Int128)frame.Width * pixel.Numerator;
        Int128 seenHeight = (Int128)frame.Height * pixel.Denominator;

        return seenWidth * model.Height >= seenHeight * model.Width
            ? new(model.Width, AtLeastOne(Round(seenHeight * model.Width, seenWidth, rounding)))
            : new(AtLeastOne(Round(seenWidth * model.Height, seenHeight, rounding)), model.Height);
    }

    private static int Round(Int128 numerator, Int128 denominator, SideRounding rounding) => (int)(rounding == SideRounding.Down
        ? numerator / denominator
        : ((2 * numerator) + denominator) / (2 * denominator));

    private static int AtLeastOne(int pixels) => Math.Max(1, pixels);

    private static void ThrowIfEmpty(PixelSize size, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, name);
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, name);
    }
}
