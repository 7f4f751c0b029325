using PoseBatch.Geometry;

namespace PoseBatch.Video;

/// <summary>How a frame's pixels lie in memory.</summary>
public enum PixelLayout
{
    /// <summary>Interleaved R, G, B bytes, rows without padding.</summary>
    Rgb24,

    /// <summary>Full-size Y plane, then quarter-size U and V planes (sides rounded up), rows without padding.</summary>
    Yuv420p,
}

/// <summary>Layout and size of the frames a reader delivers; constant for one reader.</summary>
public readonly record struct FrameFormat(PixelLayout Layout, PixelSize Size)
{
    /// <summary>Bytes of one frame.</summary>
    public int ByteCount => Layout switch
    {
        PixelLayout.Rgb24 => checked(Size.Width * Size.Height * 3),
        PixelLayout.Yuv420p => checked((Size.Width * Size.Height) + (2 * ((Size.Width + 1) / 2) * ((Size.Height + 1) / 2))),
        _ => throw new InvalidOperationException($"Unknown pixel layout {Layout}."),
    };
}
