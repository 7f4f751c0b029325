using System.Globalization;
using PoseBatch.Geometry;

namespace PoseBatch.Ffmpeg.Drawing;

/// <summary>Size and format of a picture of a frame.</summary>
public sealed record PictureShape
{
    /// <summary>The frame's own pixels, as the tables count them, as PNG.</summary>
    public static PictureShape Exact { get; } = new();

    /// <summary>
    /// The box into which the frame is fitted, in square pixels, so that it looks as players show it; null keeps the
    /// frame's own pixels.
    /// </summary>
    public PixelSize? Box { get; init; }

    /// <summary>Whether what the frame leaves of the box is filled up, for pictures that shall have one size.</summary>
    public bool IsFilled { get; init; }

    /// <summary>JPEG instead of PNG.</summary>
    public bool IsJpeg { get; init; }

    /// <summary>The size a frame gets.</summary>
    /// <param name="frame">Its size in pixels of its own.</param>
    /// <param name="pixel">Width over height of one of them.</param>
    public PixelSize SizeOf(PixelSize frame, Rational pixel)
    {
        if (Box is not { } box)
        {
            return frame;
        }

        double width = frame.Width * (pixel.IsKnown ? pixel.Value : 1);
        double scale = double.Min(box.Width / width, (double)box.Height / frame.Height);
        return new(int.Clamp((int)double.Round(width * scale), 1, box.Width), int.Clamp((int)double.Round(frame.Height * scale), 1, box.Height));
    }

    internal IEnumerable<string> Filters(PixelSize frame, Rational pixel)
    {
        if (Box is not { } box)
        {
            yield break;
        }

        PixelSize size = SizeOf(frame, pixel);
        yield return string.Create(CultureInfo.InvariantCulture, $"scale={size.Width}:{size.Height}:flags=area,setsar=1");
        if (IsFilled)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"pad={box.Width}:{box.Height}:(ow-iw)/2:(oh-ih)/2:color=0x20242a");
        }
    }
}
