using System.Text.Json;
using PoseBatch.Geometry;

namespace PoseBatch.Golden;

/// <summary>What the picture cases share.</summary>
internal static class GoldenPicture
{
    /// <summary>A stored picture (H W C, blue first, 0..255) as rgb24 bytes.</summary>
    public static byte[] Rgb(GoldenCase golden)
    {
        float[] bgr = golden.Tensor("image");
        byte[] rgb = new byte[bgr.Length];
        for (int i = 0; i < bgr.Length; i++)
        {
            rgb[i - (i % 3) + 2 - (i % 3)] = (byte)bgr[i];
        }

        return rgb;
    }

    public static AffineMap Affine(JsonElement rows)
    {
        double[] first = GoldenCase.Numbers(rows[0]), second = GoldenCase.Numbers(rows[1]);
        return new(first[0], first[1], first[2], second[0], second[1], second[2]);
    }

    public static void Compare(AffineMap expected, AffineMap actual, double tolerance, string what)
    {
        Near.Equal(expected.M11, actual.M11, tolerance, $"m11 of {what}");
        Near.Equal(expected.M12, actual.M12, tolerance, $"m12 of {what}");
        Near.Equal(expected.M13, actual.M13, tolerance, $"m13 of {what}");
        Near.Equal(expected.M21, actual.M21, tolerance, $"m21 of {what}");
        Near.Equal(expected.M22, actual.M22, tolerance, $"m22 of {what}");
        Near.Equal(expected.M23, actual.M23, tolerance, $"m23 of {what}");
    }

    public static BoundingBox Box(JsonElement box) => Box(GoldenCase.Numbers(box));

    public static BoundingBox Box(double[] sides) => new((float)sides[0], (float)sides[1], (float)sides[2], (float)sides[3]);

    public static void Compare(double[] expected, BoundingBox actual, double tolerance, string what)
    {
        Near.Equal(expected[0], actual.XMin, tolerance, $"left of {what}");
        Near.Equal(expected[1], actual.YMin, tolerance, $"top of {what}");
        Near.Equal(expected[2], actual.XMax, tolerance, $"right of {what}");
        Near.Equal(expected[3], actual.YMax, tolerance, $"bottom of {what}");
    }

    public static void Compare(float[] expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance))
            {
                Near.Equal(expected[i], actual[i], tolerance, $"number {i}");
            }
        }
    }
}
