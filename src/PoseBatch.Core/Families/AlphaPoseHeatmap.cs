using PoseBatch.Geometry;
using PoseBatch.Heatmaps;
using PoseBatch.Poses;

namespace PoseBatch.Families;

/// <summary>Heatmaps of AlphaPose's FastPose, one person (docs/spec, 7).</summary>
internal static class AlphaPoseHeatmap
{
    /// <summary>Cells added to both axes after the quarter shift.</summary>
    private const float CellShift = 0.2f;

    private static readonly TopDownHeatmapOptions Options = new() { Border = QuarterBorder.BothInside };

    /// <summary>Reads the first K maps.</summary>
    /// <param name="stack">At least K maps; FastPose gives 33, of which the first 17 are COCO's.</param>
    /// <param name="shape">How they lie.</param>
    /// <param name="keypoints">
    /// Receives K joints in cells; the score is the value of the map. <see cref="Keypoint.NotFound"/> when no value is above 0
    /// (the reference puts such joints on the first cell).
    /// </param>
    public static void Parse(ReadOnlySpan<float> stack, HeatmapShape shape, Span<Keypoint> keypoints)
    {
        for (int joint = 0; joint < keypoints.Length; joint++)
        {
            Keypoint cell = TopDownHeatmap.FindCell(new HeatmapPlane(stack, shape, joint), Options);
            keypoints[joint] = cell.IsFound ? cell with { X = cell.X + CellShift, Y = cell.Y + CellShift } : cell;
        }
    }

    /// <summary>Reads the first K maps into frame pixels.</summary>
    public static void Parse(ReadOnlySpan<float> stack, HeatmapShape shape, AlphaPoseCrop crop, Span<Keypoint> keypoints)
    {
        Parse(stack, shape, keypoints);
        KeypointMath.ToFrame(keypoints, crop.CellToFrame(shape.Height), PixelOrigin.Centre);
    }
}
