using PoseBatch.Geometry;

namespace PoseBatch.Families;

/// <summary>Small sums on boxes.</summary>
internal static class Boxes
{
    /// <summary>A box from its middle and its size.</summary>
    public static BoundingBox FromCenter(float x, float y, float width, float height) =>
        new(x - (width / 2), y - (height / 2), x + (width / 2), y + (height / 2));

    /// <summary>Carries a box whose coordinates count from pixel corners to frame pixels.</summary>
    public static BoundingBox ToFrame(BoundingBox box, in AffineMap modelToFrame)
    {
        (float left, float top) = modelToFrame.ToFrame(PixelOrigin.Corner, box.XMin, box.YMin);
        (float right, float bottom) = modelToFrame.ToFrame(PixelOrigin.Corner, box.XMax, box.YMax);
        return new(left, top, right, bottom);
    }
}
