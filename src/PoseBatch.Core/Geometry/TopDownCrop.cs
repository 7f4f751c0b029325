namespace PoseBatch.Geometry;

/// <summary>The part of a frame that a top-down network of mmpose's kind sees for one box (docs/spec, 12.1).</summary>
/// <param name="CenterX">Middle of the box, frame pixels.</param>
/// <param name="CenterY">Middle of the box, frame pixels.</param>
/// <param name="Width">Frame pixels across the crop: the padded box, grown to the aspect of the input.</param>
/// <param name="Height">Frame pixels down the crop.</param>
/// <param name="Input">Size of the model input.</param>
internal readonly record struct TopDownCrop(double CenterX, double CenterY, double Width, double Height, PixelSize Input)
{
    /// <summary>Pads a box and grows its shorter side until it has the aspect of the input.</summary>
    /// <param name="box">Frame pixels.</param>
    /// <param name="input">Size of the model input.</param>
    /// <param name="padding">Factor on both sides. Default 1.25.</param>
    public static TopDownCrop Around(BoundingBox box, PixelSize input, double padding = 1.25)
    {
        double width = box.Width * padding, height = box.Height * padding;
        double aspect = (double)input.Width / input.Height;
        (width, height) = width > height * aspect ? (width, width / aspect) : (height * aspect, height);
        return new(((double)box.XMin + box.XMax) / 2, ((double)box.YMin + box.YMax) / 2, width, height, input);
    }

    /// <summary>Frame to input: one scale for both axes, the centre goes to (in_w / 2, in_h / 2).</summary>
    /// <param name="rotationDegrees">0 at inference; mmpose's own matrix turns this way.</param>
    public AffineMap FrameToInput(double rotationDegrees = 0)
    {
        double scale = Input.Width / Width;
        return Turned(scale, scale, -rotationDegrees, Input.Width * 0.5, Input.Height * 0.5);
    }

    /// <summary>Frame to input for UDP networks: (in_w - 1) / w and (in_h - 1) / h, the corner of the crop goes to 0.</summary>
    /// <param name="rotationDegrees">0 at inference; mmpose's UDP matrix turns the other way than its plain one.</param>
    public AffineMap FrameToInputUdp(double rotationDegrees = 0) => Turned(
        (Input.Width - 1) / Width, (Input.Height - 1) / Height, rotationDegrees,
        (Input.Width - 1) * 0.5, (Input.Height - 1) * 0.5);

    /// <summary>The way back of the reference, without rotation: p / in * scale + centre - scale / 2.</summary>
    public AffineMap InputToFrame => AffineMap.Scale(
        Width / Input.Width, Height / Input.Height, CenterX - (Width / 2), CenterY - (Height / 2));

    private AffineMap Turned(double scaleX, double scaleY, double degrees, double middleX, double middleY)
    {
        (double sin, double cos) = Math.SinCos(double.DegreesToRadians(degrees));
        double m11 = scaleX * cos, m12 = -scaleX * sin, m21 = scaleY * sin, m22 = scaleY * cos;
        return new(
            m11, m12, middleX - (m11 * CenterX) - (m12 * CenterY),
            m21, m22, middleY - (m21 * CenterX) - (m22 * CenterY));
    }
}
