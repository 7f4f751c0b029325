using System.Text.Json;
using PoseBatch.Geometry;
using PoseBatch.Poses;

namespace PoseBatch.Golden;

/// <summary>The way from the input of a PoseNet back to the picture, as the golden vectors have it.</summary>
internal static class PoseNetImage
{
    /// <summary>The reference resizes without half-pixel centres, so its way back is a plain scale (docs/spec, 3).</summary>
    public static (AffineMap Map, double ScaleX, double ScaleY) WayBack(GoldenCase golden)
    {
        JsonElement padding = golden.Params.GetProperty("padding");
        double Of(string name) => golden.Params.GetProperty(name).GetDouble();
        double Pad(string side) => padding.GetProperty(side).GetDouble();
        double scaleX = (Of("image_width") + Pad("left") + Pad("right")) / Of("input_width");
        double scaleY = (Of("image_height") + Pad("top") + Pad("bottom")) / Of("input_height");
        return (AffineMap.Scale(scaleX, scaleY, -Pad("left"), -Pad("top")), scaleX, scaleY);
    }

    /// <summary>Compares the places of the joints; a tolerance of input pixels grows with the scale.</summary>
    public static void Compare(
        JsonElement expected, ReadOnlySpan<Keypoint> keypoints, double tolerance, double scaleX, double scaleY, string where)
    {
        int joint = 0;
        foreach (JsonElement place in expected.EnumerateArray())
        {
            double[] point = GoldenCase.Numbers(place);
            Near.Equal(point[0], keypoints[joint].X, tolerance * scaleX, $"x of joint {joint} {where}");
            Near.Equal(point[1], keypoints[joint].Y, tolerance * scaleY, $"y of joint {joint} {where}");
            joint++;
        }

        Assert.Equal(keypoints.Length, joint);
    }
}
