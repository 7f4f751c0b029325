using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Video;

namespace PoseBatch.Estimators;

/// <summary>What AlphaPose's network sees of one person, and the way back (docs/spec, 6, 7 and 12.1).</summary>
/// <remarks>"Seen" pixels are square: the picture's columns times the width of a pixel. For square pixels both are one.</remarks>
/// <param name="Person">The person's box, not enlarged, seen pixels.</param>
/// <param name="Window">Pixels of the picture that may be seen.</param>
/// <param name="InputToPicture">Where each pixel of the input is sampled.</param>
/// <param name="Crop">The crop of the branch pytorch, seen pixels.</param>
/// <param name="Master">The crop of the branch master, seen pixels; null for the other.</param>
internal readonly record struct AlphaPoseView(
    BoundingBox Person, PixelWindow Window, AffineMap InputToPicture, AlphaPoseCrop Crop, TopDownCrop? Master)
{
    /// <summary>Lays out the crop of one person.</summary>
    /// <param name="frame">A frame at full size.</param>
    /// <param name="box">Picture pixels; unknown for the whole picture.</param>
    /// <param name="input">Size of the network's input.</param>
    /// <param name="isMaster">Whether the rules of the branch master hold.</param>
    public static AlphaPoseView Of(Frame frame, BoundingBox box, PixelSize input, bool isMaster)
    {
        PixelSize picture = frame.Format.Size;
        double aspect = PixelAspect(frame);
        AffineMap seenToPicture = SeenToPicture(frame);
        box = box.IsKnown ? box : new(0, 0, picture.Width, picture.Height);
        BoundingBox person = new((float)(box.XMin * aspect), box.YMin, (float)(box.XMax * aspect), box.YMax);
        if (isMaster)
        {
            TopDownCrop master = TopDownCrop.Around(person, input);
            return new(person, PixelWindow.Of(picture), master.InputToFrame.Then(seenToPicture), default, master);
        }

        PixelSize seen = new(Math.Max(1, (int)Math.Round(picture.Width * aspect)), picture.Height);
        AlphaPoseCrop crop = AlphaPoseCrop.Around(person, seen, input);
        PixelWindow window = crop.Window(seen);
        PixelWindow inPicture = new(
            Math.Clamp((int)(window.Left / aspect), 0, picture.Width - 1), Math.Clamp(window.Top, 0, picture.Height - 1),
            Math.Clamp((int)Math.Ceiling(window.Right / aspect), 0, picture.Width - 1), Math.Clamp(window.Bottom, 0, picture.Height - 1));
        return new(person, inPicture, crop.FrameToInput().Inverse().Then(seenToPicture), crop, null);
    }

    /// <summary>Carries a cell of the heat maps to seen pixels.</summary>
    /// <param name="grid">The maps.</param>
    public AffineMap CellToSeen(HeatmapShape grid) => Master is { } crop
        ? AffineMap.Scale((double)crop.Input.Width / grid.Width, (double)crop.Input.Height / grid.Height, 0, 0).Then(crop.InputToFrame)
        : Crop.CellToFrame(grid.Height);

    /// <summary>Carries seen pixels to pixels of the picture.</summary>
    public static AffineMap SeenToPicture(Frame frame) => AffineMap.Scale(1 / PixelAspect(frame), 1, 0, 0);

    private static double PixelAspect(Frame frame) => frame.SampleAspectRatio.IsKnown ? frame.SampleAspectRatio.Value : 1;
}
