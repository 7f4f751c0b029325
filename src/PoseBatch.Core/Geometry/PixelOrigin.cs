namespace PoseBatch.Geometry;

/// <summary>
/// What a network means by coordinate 0 of its input: decided by how its training labels were scaled (docs/spec, 1.1).
/// </summary>
internal enum PixelOrigin
{
    /// <summary>The centre of the first pixel: PoseNet, MoveNet of Google. Goes through the half-pixel map as it is.</summary>
    Centre,

    /// <summary>
    /// The outer corner of the first pixel: networks whose labels were scaled plainly (fire717, YOLO, YOLOX), so that
    /// <c>x_frame = (x_model - left) * w / new_w</c>.
    /// </summary>
    Corner,
}

/// <summary>The way from model pixels to frame pixels under either <see cref="PixelOrigin"/>.</summary>
internal static class PixelOrigins
{
    /// <summary>Carries a point from model pixels to frame pixels.</summary>
    /// <param name="modelToFrame">The map between pixel centres, as <see cref="FrameFit"/> makes it.</param>
    /// <param name="origin">What the network means by 0.</param>
    /// <param name="modelX">Model pixels, in the network's own meaning.</param>
    /// <param name="modelY">Model pixels, in the network's own meaning.</param>
    public static (float X, float Y) ToFrame(this in AffineMap modelToFrame, PixelOrigin origin, double modelX, double modelY)
    {
        // A corner lies half a pixel before a centre, on both sides of the map; so the plain scaling appears.
        double half = origin == PixelOrigin.Corner ? 0.5 : 0;
        (double x, double y) = modelToFrame.Apply(modelX - half, modelY - half);
        return ((float)(x + half), (float)(y + half));
    }
}
