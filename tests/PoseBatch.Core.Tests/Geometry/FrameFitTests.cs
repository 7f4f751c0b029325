namespace PoseBatch.Geometry;

public class FrameFitTests
{
    private static readonly Rational Square = new(1, 1);

    [Theory]
    [InlineData(1280, 720, 1, 1, 192, 192, 192, 108, 0, 42)]
    [InlineData(720, 1280, 1, 1, 192, 192, 108, 192, 42, 0)]
    [InlineData(640, 480, 1, 1, 192, 192, 192, 144, 0, 24)]
    [InlineData(333, 517, 1, 1, 192, 192, 124, 192, 34, 0)]
    [InlineData(192, 192, 1, 1, 192, 192, 192, 192, 0, 0)]
    [InlineData(1, 1, 1, 1, 353, 257, 257, 257, 48, 0)]
    // PAL DVD: 720x576 with pixels 64/45 as wide as high is seen as 1024x576, 16:9.
    [InlineData(720, 576, 64, 45, 192, 192, 192, 108, 0, 42)]
    // An odd rest: one row more below than above.
    [InlineData(192, 101, 1, 1, 192, 192, 192, 101, 0, 45)]
    // A side never disappears.
    [InlineData(10000, 1, 1, 1, 192, 192, 192, 1, 0, 95)]
    [InlineData(1, 10000, 1, 1, 192, 192, 1, 192, 95, 0)]
    // Not stated counts as square.
    [InlineData(640, 320, 0, 1, 192, 192, 192, 96, 0, 48)]
    public void A_letterbox_keeps_the_aspect_a_viewer_sees(
        int width, int height, int sarWidth, int sarHeight, int modelWidth, int modelHeight, int fitWidth, int fitHeight,
        int left, int top)
    {
        FrameFit fit = FrameFit.For(new(width, height), new(sarWidth, sarHeight), new(modelWidth, modelHeight),
            ResizeRule.Letterbox);

        Assert.Equal(new PixelSize(fitWidth, fitHeight), fit.Fit);
        Assert.Equal((left, top), (fit.Left, fit.Top));
    }

    // 427 * 416 / 640 is 277.55.
    [Theory]
    [InlineData(SideRounding.Nearest, 278)]
    [InlineData(SideRounding.Down, 277)]
    public void The_shorter_side_is_rounded_as_asked(SideRounding rounding, int height)
    {
        FrameFit fit = FrameFit.For(new(640, 427), Square, new(416, 416), ResizeRule.LetterboxTopLeft, rounding);

        Assert.Equal(new PixelSize(416, height), fit.Fit);
    }

    [Fact]
    public void A_top_left_letterbox_has_no_padding_before_the_picture()
    {
        FrameFit fit = FrameFit.For(new(1280, 720), Square, new(416, 416), ResizeRule.LetterboxTopLeft);

        Assert.Equal(new FrameFit(new(1280, 720), new(416, 416), new(416, 234), 0, 0), fit);
    }

    [Fact]
    public void Stretching_fills_the_input_whatever_the_pixels_look_like()
    {
        FrameFit fit = FrameFit.For(new(720, 576), new(64, 45), new(257, 257), ResizeRule.Stretch);

        Assert.Equal(new PixelSize(257, 257), fit.Fit);
        Assert.False(fit.HasPadding);
    }

    [Theory]
    [InlineData(ResizeRule.Stretch)]
    [InlineData(ResizeRule.Letterbox)]
    [InlineData(ResizeRule.LetterboxTopLeft)]
    public void The_corners_of_the_picture_go_back_to_the_corners_of_the_frame(ResizeRule rule)
    {
        FrameFit fit = FrameFit.For(new(1279, 719), Square, new(353, 257), rule);

        // Corners lie half a pixel outside the centres of the corner pixels.
        (double x, double y) = fit.ModelToFrame.Apply(fit.Left - 0.5, fit.Top - 0.5);
        Assert.Equal(-0.5, x, 1e-9);
        Assert.Equal(-0.5, y, 1e-9);
        (x, y) = fit.ModelToFrame.Apply(fit.Left + fit.Fit.Width - 0.5, fit.Top + fit.Fit.Height - 0.5);
        Assert.Equal(1278.5, x, 1e-9);
        Assert.Equal(718.5, y, 1e-9);
    }

    [Fact]
    public void A_frame_that_changed_its_size_comes_back_in_its_own_pixels()
    {
        FrameFit fit = FrameFit.For(new(1280, 720), Square, new(192, 192), ResizeRule.Letterbox);

        // The decoder stretched 640x640 into the 192x108 of the first frame; its middle is still the middle.
        (double x, double y) = fit.MapFor(new(640, 640)).Apply(95.5, 95.5);

        Assert.Equal(319.5, x, 1e-9);
        Assert.Equal(319.5, y, 1e-9);
    }

    [Fact]
    public void Twice_the_frame_gives_twice_the_coordinates()
    {
        AffineMap small = FrameFit.For(new(640, 360), Square, new(192, 192), ResizeRule.Letterbox).ModelToFrame;
        AffineMap large = FrameFit.For(new(1280, 720), Square, new(192, 192), ResizeRule.Letterbox).ModelToFrame;

        (double x, double y) = small.Apply(17.25, 60.5);
        (double x2, double y2) = large.Apply(17.25, 60.5);

        Assert.Equal((2 * (x + 0.5)) - 0.5, x2, 1e-9);
        Assert.Equal((2 * (y + 0.5)) - 0.5, y2, 1e-9);
    }

    [Fact]
    public void Corner_coordinates_scale_plainly()
    {
        FrameFit fit = FrameFit.For(new(1280, 720), Square, new(640, 640), ResizeRule.Letterbox);

        (float x, float y) = fit.ModelToFrame.ToFrame(PixelOrigin.Corner, 100, 240);

        Assert.Equal(200, x, 1e-3f);
        Assert.Equal(200, y, 1e-3f); // 140 rows of padding above the 360 of the picture.
    }

    [Fact]
    public void A_frame_without_pixels_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameFit.For(new(0, 10), Square, new(192, 192), ResizeRule.Letterbox));
}
