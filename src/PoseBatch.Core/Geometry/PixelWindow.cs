namespace PoseBatch.Geometry;

/// <summary>The pixels of a frame that may be seen: left, top, right and bottom inclusive.</summary>
internal readonly record struct PixelWindow(int Left, int Top, int Right, int Bottom)
{
    /// <summary>A whole picture.</summary>
    public static PixelWindow Of(PixelSize size) => new(0, 0, size.Width - 1, size.Height - 1);

    /// <summary>Whether a pixel may be seen.</summary>
    public bool Contains(int x, int y) => x >= Left && x <= Right && y >= Top && y <= Bottom;
}
